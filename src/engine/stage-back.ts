import { type Content, type Failure, type Final, type JournalEntry, ok, type Outcome, type PlugIn } from '../model/index.ts';
import { writeActive } from '../registry/index.ts';
import { installedAs, leaveAlone, NO_LIMITS } from './after.ts';
import { attempt, contentActs } from './attempt.ts';
import { blame } from './blame.ts';
import { type Entry, leftBehind } from './ledger.ts';
import { earlierOf, provenOf } from './probation.ts';
import type { Bench } from './stage-install.ts';
import { dropOthers } from './trial.ts';

/**
 * Swaps kept content in, without network: a rollback that was asked for, or the way away from a revoked release. It begins at `swapping`,
 * is journalled like an install, and what it replaced comes back where it does not confirm. `kind` rollback: somebody asked, so the
 * release that it leaves is left alone.
 */
export async function goBack(
  bench: Pick<Bench, 'world' | 'state' | 'ledger' | 'runId' | 'now' | 'options'>,
  plugIn: PlugIn,
  entry: Entry,
  target: Content,
  kind: JournalEntry['kind'],
): Promise<Outcome<Final, Failure>> {
  const { world, state, ledger, options } = bench;
  const listed = state.probations.list();
  if (!listed.ok) return listed;
  const current = entry.inventory?.kept.find((k) => k.sequence === entry.component.installed?.sequence) ?? null;
  const job = { component: entry.component, next: target, previous: current, verify: NO_LIMITS, scratch: state.scratch, now: bench.now, signal: options.signal };
  const base = { runId: bench.runId, component: entry.component.id, snapshot: entry.component, next: target, previous: current, kind };
  const acts = contentActs(plugIn, job, (loaded) => {
    entry.loaded = loaded;
  });
  const walked = await attempt({ ledger, entry, journal: state.journal, now: bench.now }, base, 'swapping', acts, () => false);
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
