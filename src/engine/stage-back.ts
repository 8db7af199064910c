import { type CodeName, type Content, type Failure, failureCode, failureText, type Final, type Job, type JournalEntry, ok, type Outcome, type PlugIn } from '../model/index.ts';
import { writeActive } from '../registry/index.ts';
import { installedAs, leaveAlone } from './after.ts';
import { attempt, contentActs } from './attempt.ts';
import { blame } from './blame.ts';
import { type Entry, leftBehind } from './ledger.ts';
import { earlierOf, provenOf } from './probation.ts';
import type { Bench } from './bench.ts';
import { dropOthers } from './trial.ts';

/** The codes by which a test speaks of the content. */
const REFUSALS: ReadonlySet<CodeName> = new Set<CodeName>(['unpack', 'content-test']);

/**
 * Swaps kept content in, without network: a rollback that was asked for, or the way away from a revoked release. It was proven here, but the
 * engine may be another one by now: it is tested again, which is quick where this engine's verdict on it is kept (facts/safety.md, 4). It is
 * journalled like an install, and what it replaced comes back where it does not confirm. `kind` rollback: somebody asked, so the
 * release that it leaves is left alone.
 */
export async function goBack(
  bench: Pick<Bench, 'world' | 'state' | 'ledger' | 'runId' | 'now' | 'verify' | 'options'>,
  plugIn: PlugIn,
  entry: Entry,
  target: Content,
  kind: JournalEntry['kind'],
): Promise<Outcome<Final, Failure>> {
  const { world, state, ledger, options } = bench;
  const listed = state.probations.list();
  if (!listed.ok) return listed;
  const current = entry.inventory?.kept.find((k) => k.sequence === entry.component.installed?.sequence) ?? null;
  // it may well be smaller
  const verify = { ...bench.verify, maxShrinkPercent: 100 };
  const job = { component: entry.component, next: target, previous: current, verify, scratch: state.scratch, now: bench.now, signal: options.signal };
  const base = { runId: bench.runId, component: entry.component.id, snapshot: entry.component, next: target, previous: current, kind };
  const content = contentActs(plugIn, job, (loaded) => {
    entry.loaded = loaded;
  });
  const acts = { ...content, testing: () => tested(ledger, plugIn, job) };
  const walked = await attempt({ ledger, entry, journal: state.journal, now: bench.now }, base, 'testing', acts, () => false);
  if (!walked.ok) return walked;
  const { end } = walked.value;
  blame(ledger, entry, walked.value);
  if (end === 'broken') return ok(end);
  if (end === 'installed') {
    const component = installedAs(entry.component, target, bench.now, provenOf(entry.component, listed.value.probations));
    const written = writeActive(world.ports, state.dir, component);
    if (!written.ok) return written;
    const kept = kind === 'rollback' ? leaveAlone(state, entry.component, bench.now) : ok();
    const over = kept.ok ? dropOthers(state, component.id, null) : kept;
    if (!over.ok) return over;
    entry.component = component;
    entry.moved = 'rollback';
  }
  const cleared = state.journal.clear(entry.component.id);
  if (!cleared.ok) return cleared;
  const finished = await ledger.time(entry, 'finish', () => plugIn.finish({ ...job, component: entry.component, earlier: earlierOf(entry.component, listed.value.probations) }));
  if (!finished.ok) ledger.notes.push(leftBehind(entry.component.id));
  return ok(end);
}

/** Only the content's own fault keeps it from coming back: what is wrong with the machine or its settings is told. */
async function tested(ledger: Bench['ledger'], plugIn: PlugIn, job: Job): Promise<Outcome<undefined, Failure>> {
  const done = await plugIn.test(job);
  if (done.ok) ledger.notes.push(...(done.value?.notes ?? []));
  else if (REFUSALS.has(failureCode(done.failure))) return done;
  else ledger.notes.push(`${job.component.id}: release ${job.next.version} comes back without being tested anew: ${failureText(done.failure)}`);
  return ok();
}
