import { type Failure, fail, failed, type Final, type Job, type JournalEntry, ok, type Outcome, type PlugIn, type Probation } from '../model/index.ts';
import { plugInFor } from '../plugins/index.ts';
import { writeActive } from '../registry/index.ts';
import { installedAs, leaveAlone, NO_LIMITS } from './after.ts';
import { attempt, contentActs } from './attempt.ts';
import { recoveryFailed } from './blame.ts';
import { NEXT } from './machine.ts';
import { earlierOf, provenOf } from './probation.ts';
import { noteRestart } from './restarts.ts';
import type { Bench } from './bench.ts';
import { isUndone, undoActs } from './stage-undo.ts';
import { dropOthers, keepsWayBack } from './trial.ts';

/** What recovery needs of a run. `confirmSeconds`: how long an engine that runs may take to confirm content that was swapped in. */
export type Recovering = Pick<Bench, 'world' | 'state' | 'ledger' | 'now'> & {
  readonly plugIns: ReadonlyMap<string, PlugIn>;
  readonly signal: AbortSignal;
  readonly confirmSeconds: number;
};

/**
 * Finishes or undoes what an earlier run left in the journal, without policy, catalog or network. Every component that it touches
 * ends with its old or its new content, whole; one that cannot be recovered stays in the journal and is an error of its own.
 */
export async function recover(bench: Recovering): Promise<Outcome<undefined, Failure>> {
  const { state, ledger, plugIns } = bench;
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
    const done = from === 'abandoned' || plugIn === undefined ? await abandon(bench, plugIn, left) : await resume(bench, plugIn, left, from);
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
async function abandon(bench: Recovering, plugIn: PlugIn | undefined, left: JournalEntry): Promise<Outcome<string, Failure>> {
  const { state } = bench;
  const listed = state.probations.list();
  if (!listed.ok) return listed;
  const { probations } = listed.value;
  await plugIn?.finish({ ...jobOf(bench, left), earlier: earlierOf(left.snapshot, probations), ...keepsWayBack(probationOf(left, probations)) });
  const cleared = state.journal.clear(left.component);
  if (!cleared.ok) return cleared;
  return ok(`An earlier run was stopped while ${left.stage} release ${left.next.sequence} of ${left.component}: nothing had been changed.`);
}

function jobOf({ state, now, signal, confirmSeconds }: Recovering, left: JournalEntry): Job {
  const verify = { ...NO_LIMITS, timeoutSeconds: confirmSeconds };
  const condemned = left.kind === 'unproven' ? ({ condemned: 'yes' } as const) : {};
  return { component: left.snapshot, next: left.next, previous: left.previous, verify, scratch: state.scratch, now, signal, ...condemned };
}

const probationOf = ({ component, next }: JournalEntry, probations: readonly Probation[]): Probation | undefined =>
  probations.find((p) => p.component.id === component && p.next.sequence === next.sequence);

async function resume(bench: Recovering, plugIn: PlugIn, left: JournalEntry, from: 'confirming' | 'restoring'): Promise<Outcome<string, Failure>> {
  const { state, ledger, now } = bench;
  const entry = ledger.enter(left.snapshot);
  const { stage: _, at: __, ...base } = left;
  const job = jobOf(bench, left);
  const walked = await attempt(
    { ledger, entry, journal: state.journal, now },
    base,
    from,
    left.kind === 'unproven'
      ? undoActs(plugIn, job)
      : contentActs(plugIn, job, (loaded) => {
          entry.loaded = loaded;
        }),
    () => false,
  );
  if (!walked.ok) return walked;
  const { end, restoreFailure } = walked.value;
  if (end === 'broken') return failed(recoveryFailed(left.snapshot, restoreFailure));
  const settled = left.kind === 'unproven' ? settleUndo(bench, left, end) : await settleInstall(bench, left, end);
  if (!settled.ok) return settled;
  entry.component = settled.value.component;
  if (end === 'installed') entry.moved = 'recovered';
  const finished = await plugIn.finish({ ...job, ...settled.value });
  const cleared = state.journal.clear(left.component);
  if (!cleared.ok) return cleared;
  const tidy = finished.ok ? '' : ' Old versions could not be removed; the next run tries again.';
  return ok(
    end === 'installed'
      ? `An earlier run was stopped after it had swapped in release ${left.next.sequence} of ${left.component}: it is confirmed now.${tidy}`
      : `An earlier run was stopped while ${left.stage} release ${left.next.sequence} of ${left.component}: the content before it is back.${tidy}`,
  );
}

/** What `finish` has to know after the walk. */
type Settled = Outcome<Pick<Job, 'component' | 'earlier' | 'wayBack'>, Failure>;

/** The registry and what is on probation, after an install or a rollback was finished, or undone. */
async function settleInstall(bench: Recovering, left: JournalEntry, end: Final): Promise<Settled> {
  const { state, ledger, now } = bench;
  const { ports } = bench.world;
  const listed = state.probations.list();
  if (!listed.ok) return listed;
  const { probations } = listed.value;
  const own = probationOf(left, probations);
  if (end !== 'installed') {
    const goesOn = left.snapshot.installed?.sequence === left.next.sequence && own?.remade === undefined;
    const dropped = own === undefined || goesOn ? ok() : state.probations.drop(left.component, left.next.sequence);
    return dropped.ok ? ok({ component: left.snapshot, earlier: earlierOf(left.snapshot, probations) }) : dropped;
  }
  const component = installedAs(left.snapshot, left.next, now, provenOf(left.snapshot, probations));
  const written = writeActive(ports, state.dir, component);
  if (!written.ok) return written;
  const noted = await noteRestart(ports, state, ledger, component, left.restart ?? 'none', now);
  if (!noted.ok) return noted;
  const kept = left.kind === 'rollback' ? leaveAlone(state, left.snapshot, now) : ok();
  const dropped = kept.ok ? dropOthers(state, left.component, own ?? null) : kept;
  return dropped.ok ? ok({ component, earlier: own?.component.previous ?? null, ...keepsWayBack(own) }) : dropped;
}

/** Content that failed its probation is gone, and the registry says so; where it is back, its probation says that it still has to go. */
function settleUndo({ world, state }: Recovering, left: JournalEntry, end: Final): Settled {
  if (!isUndone({ end }, left)) return ok({ component: left.snapshot });
  const written = writeActive(world.ports, state.dir, left.snapshot);
  return written.ok ? ok({ component: left.snapshot }) : written;
}
