import { ANY_POLICY, type Component, type Failure, fail, failed, type Job, type JournalEntry, ok, type Outcome, type PlugIn, type Ports } from '../model/index.ts';
import { plugInFor } from '../plugins/index.ts';
import { writeActive } from '../registry/index.ts';
import type { State } from '../state/index.ts';
import { attempt, contentActs } from './attempt.ts';
import { recoveryFailed } from './blame.ts';
import type { Ledger } from './ledger.ts';
import { NEXT } from './machine.ts';
import { noteRestart } from './restarts.ts';

/** Nothing is tested anew in recovery or on the way back to kept content: it was proven when it came. */
export const NO_LIMITS = { mustDetect: [], mustNotDetect: [], maxShrinkPercent: 100, timeoutSeconds: 300, maxMemoryBytes: 2 ** 32 };

/**
 * Finishes or undoes what an earlier run left in the journal, without policy, catalog or network. Every component that it touches
 * ends with its old or its new content, whole; one that cannot be recovered stays in the journal and is an error of its own.
 */
export async function recover(
  ports: Ports,
  state: State,
  plugIns: ReadonlyMap<string, PlugIn>,
  ledger: Ledger,
  now: number,
  signal: AbortSignal,
): Promise<Outcome<undefined, Failure>> {
  const open = state.journal.list();
  if (!open.ok) return open;
  for (const left of open.value) {
    const entry = ledger.enter(left.snapshot);
    const from = NEXT[left.stage].crash;
    const plugIn = plugInFor(plugIns, left.snapshot, left.next);
    if (from !== 'abandoned' && plugIn === undefined) {
      ledger.fail(entry, 'recover', planlessPlugIn(left));
      continue;
    }
    const done =
      from === 'abandoned' || plugIn === undefined
        ? await abandon(state, plugIn, left, now, signal)
        : await resume(ports, state, ledger, plugIn, left, from, now, signal);
    if (!done.ok) ledger.fail(entry, 'recover', done.failure);
    else ledger.notes.push(done.value);
  }
  return ok();
}

function planlessPlugIn(left: JournalEntry): Failure {
  const made = fail('recovery-plugin-absent', { component: left.component, plugIn: left.snapshot.plugIn });
  return made.failure;
}

/** Installed content was not touched: only what was unpacked beside it goes. */
async function abandon(
  state: State,
  plugIn: PlugIn | undefined,
  left: JournalEntry,
  now: number,
  signal: AbortSignal,
): Promise<Outcome<string, Failure>> {
  await plugIn?.finish(jobOf(state, left, now, signal));
  const cleared = state.journal.clear(left.component);
  if (!cleared.ok) return cleared;
  return ok(`An earlier run was stopped while ${left.stage} release ${left.next.sequence} of ${left.component}: nothing had been changed.`);
}

function jobOf(state: State, left: JournalEntry, now: number, signal: AbortSignal): Job {
  return { component: left.snapshot, next: left.next, previous: left.previous, verify: NO_LIMITS, scratch: state.scratch, now, signal };
}

async function resume(
  ports: Ports,
  state: State,
  ledger: Ledger,
  plugIn: PlugIn,
  left: JournalEntry,
  from: 'confirming' | 'restoring',
  now: number,
  signal: AbortSignal,
): Promise<Outcome<string, Failure>> {
  const entry = ledger.enter(left.snapshot);
  const { stage: _, at: __, ...base } = left;
  const job = jobOf(state, left, now, signal);
  const walked = await attempt(
    { ledger, entry, journal: state.journal, now },
    base,
    from,
    contentActs(plugIn, job, (loaded) => {
      entry.loaded = loaded;
    }),
    () => false,
  );
  if (!walked.ok) return walked;
  const { end, restoreFailure } = walked.value;
  if (end === 'broken') return failed(recoveryFailed(left.snapshot, restoreFailure));
  if (end === 'installed') {
    const component = installedAs(left, now);
    const written = writeActive(ports, state.dir, component);
    if (!written.ok) return written;
    entry.moved = 'recovered';
    const noted = await noteRestart(ports, state, ledger, component, left.restart ?? 'none', now);
    if (!noted.ok) return noted;
    const kept = left.kind === 'rollback' ? leaveAlone(state, left.snapshot, now) : ok();
    if (!kept.ok) return kept;
  }
  const finished = await plugIn.finish(job);
  const cleared = state.journal.clear(left.component);
  if (!cleared.ok) return cleared;
  const tidy = finished.ok ? '' : ' Old versions could not be removed; the next run tries again.';
  return ok(
    end === 'installed'
      ? `An earlier run was stopped after it had swapped in release ${left.next.sequence} of ${left.component}: it is confirmed now.${tidy}`
      : `An earlier run was stopped while ${left.stage} release ${left.next.sequence} of ${left.component}: the content before it is back.${tidy}`,
  );
}

/** The release that a rollback left waits for a newer one or --force (DESIGN, Fine print). Kept before the journal lets go of it. */
export function leaveAlone(state: State, { id, installed: left }: Component, now: number): Outcome<undefined, Failure> {
  if (left === null) return ok();
  const { sequence, sha256 } = left;
  return state.quarantine.add({ component: id, sequence, sha256, why: 'rolled-back', since: now, policyDigest: ANY_POLICY });
}

/** The component after its journalled release was confirmed. */
export function installedAs(left: Pick<JournalEntry, 'snapshot' | 'next'>, now: number): Component {
  const { folder: _, ...installed } = left.next;
  const previous = left.snapshot.installed;
  return {
    ...left.snapshot,
    installed,
    previous: previous !== null && previous.sequence === installed.sequence ? left.snapshot.previous : previous,
    lastAttempt: now,
    lastSuccess: now,
  };
}
