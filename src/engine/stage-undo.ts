import { dirname, join } from 'node:path';
import { type Component, type Content, type Failure, fail, type Installed, type Job, type JournalEntry, ok, type Outcome, type PlugIn, type Probation, type RunId } from '../model/index.ts';
import { keptProblem, plugInFor, wayBackProblem } from '../plugins/index.ts';
import { writeActive } from '../registry/index.ts';
import { type Acts, attempt, type AttemptEnd } from './attempt.ts';
import { recoveryFailed } from './blame.ts';
import { type Entry, leftBehind } from './ledger.ts';
import type { Bench } from './bench.ts';
import { NO_LIMITS } from './after.ts';

/** What undoing needs of a run: no policy, no catalog, no network. */
export type Undoing = Pick<Bench, 'world' | 'state' | 'ledger' | 'now'> & {
  readonly plugIns: ReadonlyMap<string, PlugIn>;
  readonly runId: RunId;
  readonly signal: AbortSignal;
};

/** An engine that runs is told of what was put back, and gets no more time for it: it may be the one that is to start next. */
const TOLD_SECONDS = 1;

/**
 * Puts the last known good in the place of content that was condemned, or what was there before the first release. It is hashed before,
 * not tested anew: it ran here until now, and before an engine starts there is no time to. The engine is told, and not waited for.
 * What was condemned stays only where nothing whole can take its place (13).
 */
export async function undo(bench: Undoing, probation: Probation, component: Component): Promise<Outcome<undefined, Failure>> {
  const { ledger } = bench;
  const entry = ledger.enter(component);
  const chosen = targetOf(bench, probation);
  if (!chosen.ok) return chosen;
  const target = chosen.value;
  const plugIn = plugInFor(bench.plugIns, component, target.content ?? probation.next);
  if (plugIn === undefined) return fail('recovery-plugin-absent', { component: component.id, plugIn: component.plugIn });
  const snapshot: Component = { ...component, installed: target.installed, previous: target.previous };
  const content = contentOf(probation, target);
  const base = { runId: bench.runId, component: component.id, snapshot, kind: 'unproven' as const, ...content };
  const job: Job = { component: snapshot, ...content, verify: { ...NO_LIMITS, timeoutSeconds: TOLD_SECONDS }, scratch: bench.state.scratch, now: bench.now, signal: bench.signal, condemned: 'yes' };
  const from = isWholeWay(content) ? 'swapping' : 'restoring';
  const walked = await attempt({ ledger, entry, journal: bench.state.journal, now: bench.now }, base, from, undoActs(plugIn, job), () => false);
  if (!walked.ok) return walked;
  if (!isUndone(walked.value, base)) return { ok: false, failure: notUndone(component, walked.value) };
  return settleUndone(bench, probation, plugIn, entry, job);
}

type Contents = Pick<JournalEntry, 'next' | 'previous'>;

/** Where nothing was there before, and where the same release was made anew, what was swapped in is undone; else the last known good is swapped in. */
function contentOf({ next, remade }: Probation, { content }: Target): Contents {
  if (content === null) return { next, previous: null };
  return remade === undefined ? { next: content, previous: next } : { next: content, previous: content };
}

const isWholeWay = ({ next, previous }: Contents): boolean => previous !== null && previous.sequence !== next.sequence;

/** From `swapping` the last known good takes the place, and the engine is told; where there is none, `restoring` puts back what was there before. */
export function undoActs(plugIn: PlugIn, job: Job): Acts {
  const { next, previous } = job;
  return {
    swapping: () => plugIn.swap(job),
    confirming: () => (previous === null ? plugIn.confirm(job) : plugIn.restore({ ...job, next: previous, previous: next })),
    restoring: () => plugIn.restore(job),
  };
}

/** Is what was condemned gone? A walk that ended with it in place again has only undone itself. */
export const isUndone = ({ end }: Pick<AttemptEnd, 'end'>, contents: Contents): boolean => end === (isWholeWay(contents) ? 'installed' : 'rolledBack');

function notUndone(component: Component, { end, failure, restoreFailure }: AttemptEnd): Failure {
  return recoveryFailed(component, (end === 'broken' ? restoreFailure : null) ?? failure);
}

type Target = { readonly content: Content | null; readonly installed: Installed | null; readonly previous: Installed | null };

/** The last known good, or the one before it where that one is not whole any more. */
function targetOf({ world }: Undoing, { component, next, good, remade }: Probation): Outcome<Target, Failure> {
  if (good === null) return ok({ content: null, installed: null, previous: null });
  const problem = remade === undefined ? keptProblem(world.ports.files, good) : wayBackProblem(world.ports.files, good);
  if (problem === undefined) return ok({ content: good, installed: component.installed, previous: component.previous });
  const { previous } = component;
  const earlier = previous === null ? undefined : { ...previous, folder: join(dirname(good.folder), String(previous.sequence)) };
  if (earlier !== undefined && keptProblem(world.ports.files, earlier) === undefined) return ok({ content: earlier, installed: previous, previous: null });
  return fail('last-good-damaged', { component: component.id, version: next.version, problem });
}

/** The registry, the quarantine, the journal, and last of all the probation itself: until then the next run does it again. */
async function settleUndone(bench: Undoing, probation: Probation, plugIn: PlugIn, entry: Entry, job: Job): Promise<Outcome<undefined, Failure>> {
  const { state, ledger, now } = bench;
  const component: Component = { ...job.component, lastAttempt: now };
  const written = writeActive(bench.world.ports, state.dir, component);
  if (!written.ok) return written;
  entry.component = component;
  entry.restored = true;
  entry.probation = null;
  const { condemned, next, policyDigest, remade } = probation;
  if (condemned !== null && remade === undefined) {
    const { sequence, sha256 } = next;
    const kept = state.quarantine.add({ component: component.id, sequence, sha256, why: condemned.why, since: now, policyDigest });
    if (!kept.ok) return kept;
  }
  // what it would have taken effect after is not waited for any more
  const waiting = state.restarts.list();
  for (const need of waiting.ok ? waiting.value : []) if (need.component === component.id && need.sequence === next.sequence) state.restarts.drop(need);
  const cleared = state.journal.clear(component.id);
  const dropped = cleared.ok ? state.probations.drop(component.id, next.sequence) : cleared;
  if (!dropped.ok) return dropped;
  const finished = await ledger.time(entry, 'finish', () => plugIn.finish({ ...job, component }));
  if (!finished.ok) ledger.notes.push(leftBehind(component.id));
  return ok();
}
