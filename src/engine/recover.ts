import { type Failure, type Outcome, type RunDocument } from '../model/index.ts';
import { scanRegistry } from '../registry/index.ts';
import type { Ledger } from './ledger.ts';
import { runOffline } from './offline.ts';
import { standing } from './recover-state.ts';
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
export const recover = (world: World, options: RunOptions): Promise<RunDocument> =>
  runOffline(world, options, {
    work: (run) => stages({ ...run, signal: options.signal }),
    tell: (ledger, why) => ledger.failRun('recover', why),
    // nobody is logged in yet who could be told of a restart
    restarts: 'dry-run',
    isKept: (ledger) => !isQuiet(ledger),
  });

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
  if (registered.ok) ledger.setAside = registered.value.setAside;
  const components = await standing(bench, known);
  if (!components.ok) return components;
  const judged = await judgeProbations({ ...bench, engineMs: ENGINE_MS }, components.value);
  const shown = judged.ok ? showProbations(state, ledger) : judged;
  if (shown.ok) ledger.keepOnly(components.value);
  return shown;
}
