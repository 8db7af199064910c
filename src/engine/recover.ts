import { type Failure, type Outcome, type RunDocument, runId } from '../model/index.ts';
import { scanRegistry } from '../registry/index.ts';
import { hold } from './cycle.ts';
import { Ledger } from './ledger.ts';
import { placeOf, withPlugIns } from './plugins-of-run.ts';
import { documentNow, keepNow, policyOrNone } from './offline.ts';
import { standing } from './recover-state.ts';
import { settleRestarts } from './restarts.ts';
import { judgeProbations, noticeStart, showProbations } from './stage-probation.ts';
import { recover as recoverJournal } from './stage-recover.ts';
import type { Undoing } from './stage-undo.ts';
import type { RunOptions, World } from './world.ts';

/** Before an engine starts nobody answers; one that runs already is not waited for. */
const ENGINE_MS = 300;
const CONFIRM_SECONDS = 1;

/**
 * `glued recover`, before the engines start: counts the start of the machine, finishes or undoes what was interrupted, and takes back
 * content that never proved itself. It needs no network, no server, no catalog and no policy (one that can be read only allows external
 * plug-ins), and of the state folder only what it finds. What it did is kept like a run's result; where there was nothing to do, the last
 * result stays.
 */
export async function recover(world: World, options: RunOptions): Promise<RunDocument> {
  const { ports } = world;
  const startedAt = ports.clock.now();
  const ledger = new Ledger(ports.clock);
  const id = runId(startedAt, ports.random.bytes(10));
  const policy = await policyOrNone(world, options);
  const about = { runId: id, startedAt, policy, options };
  const held = hold(world, options, startedAt);
  if (!held.ok) {
    ledger.failRun('lock', held.failure);
    return documentNow(world, ledger, about);
  }
  const { state, release } = held.value;
  try {
    const bench = { world, state, ledger, now: startedAt, runId: id, signal: options.signal };
    const done = await withPlugIns(world, policy, state.scratch, placeOf(world, ledger, options), (plugIns) => stages({ ...bench, plugIns }));
    if (!done.ok) ledger.failRun('recover', done.failure);
    // nobody is logged in yet who could be told of a restart
    await settleRestarts(ports, state, ledger, startedAt, 'dry-run');
    ledger.notes.unshift(...state.notes);
    const made = documentNow(world, ledger, about);
    return isQuiet(ledger) ? made : keepNow(world, state, ledger, about, made);
  } finally {
    state.close();
    release();
  }
}

/** Nothing moved, nothing failed and nothing is worth telling: the last run's result says more. */
function isQuiet({ errors, notes, entries }: Ledger): boolean {
  return errors.length === 0 && notes.length === 0 && [...entries.values()].every((e) => e.moved === null && !e.restored);
}

async function stages(bench: Undoing): Promise<Outcome<undefined, Failure>> {
  const { world, state, ledger, now } = bench;
  const noticed = noticeStart(world.ports, state, now, 'count');
  // a start that cannot be counted is told, and the content looked at all the same
  if (!noticed.ok) ledger.failRun('recover', noticed.failure);
  const resumed = await recoverJournal({ ...bench, confirmSeconds: CONFIRM_SECONDS });
  if (!resumed.ok) ledger.failRun('recover', resumed.failure);
  const registered = scanRegistry(world.ports, state.dir, now, 'read');
  if (!registered.ok) ledger.failRun('recover', registered.failure);
  const known = registered.ok ? registered.value.components : [];
  const components = await standing(bench, known);
  if (!components.ok) return components;
  const judged = await judgeProbations({ ...bench, engineMs: ENGINE_MS }, components.value);
  const shown = judged.ok ? showProbations(state, ledger) : judged;
  if (shown.ok) ledger.keepOnly(components.value);
  return shown;
}
