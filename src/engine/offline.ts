import { type Failure, type Instant, type LoadedPolicy, type Outcome, type RunDocument, type RunId, runId } from '../model/index.ts';
import { loadPolicy } from '../policy/index.ts';
import { scanRegistry } from '../registry/index.ts';
import { hostId, type State } from '../state/index.ts';
import { hold, holding } from './hold.ts';
import { Ledger } from './ledger.ts';
import { withNext } from './next.ts';
import { placeOf, withPlugIns } from './plugins-of-run.ts';
import { settleRestarts } from './restarts.ts';
import { runDocument } from './result.ts';
import { keepResult } from './stage-report.ts';
import type { UnderWay } from './stages.ts';
import type { RunOptions, World } from './world.ts';

/** What can be done without a server needs no valid policy either: null where there is none. */
export async function policyOrNone({ ports }: World, { trustCheck, policyPath }: RunOptions): Promise<LoadedPolicy | null> {
  const loaded = await loadPolicy(ports, { trustCheck, ...(policyPath === undefined ? {} : { policyPath }) });
  return loaded.ok ? loaded.value : null;
}

/** What a command that asks no server knows of itself. */
export type OfflineRun = { readonly runId: RunId; readonly startedAt: Instant; readonly policy: LoadedPolicy | null; readonly options: RunOptions };

/** A command that asks no server: what it does, how its failure is told, whom it tells of restarts, and whether its document is kept. */
export type OfflineCommand = {
  readonly work: (run: UnderWay, policy: LoadedPolicy | null) => Promise<Outcome<undefined, Failure>>;
  readonly tell: (ledger: Ledger, why: Failure) => void;
  readonly restarts: RunOptions['mode'];
  readonly isKept: (ledger: Ledger, document: RunDocument) => boolean;
};

/** Does such a command under the state's lock, without need of a valid policy. Always gives a document. */
export async function runOffline(world: World, options: RunOptions, command: OfflineCommand): Promise<RunDocument> {
  const { ports } = world;
  const startedAt = ports.clock.now();
  const ledger = new Ledger(ports.clock);
  const about: OfflineRun = { runId: runId(startedAt, ports.random.bytes(10)), startedAt, policy: await policyOrNone(world, options), options };
  const held = hold(world, options, startedAt);
  if (!held.ok) {
    ledger.failRun('lock', held.failure);
    return documentNow(world, ledger, about);
  }
  return holding(held.value, async (state) => {
    const run = { world, state, ledger, runId: about.runId, now: startedAt, options };
    const done = await withPlugIns(world, about.policy, state.scratch, placeOf(world, ledger, options), (plugIns) => command.work({ ...run, plugIns }, about.policy));
    if (!done.ok) command.tell(ledger, done.failure);
    await settleRestarts(ports, state, ledger, startedAt, command.restarts);
    ledger.notes.unshift(...state.notes);
    const document = documentNow(world, ledger, about);
    return command.isKept(ledger, document) ? keepNow(world, state, ledger, about, document) : document;
  });
}

/** The document of what was done up to now. */
export function documentNow(world: World, ledger: Ledger, run: OfflineRun): RunDocument {
  return runDocument(world, ledger, { ...run, finishedAt: world.ports.clock.now(), hostId: hostId(world.ports, run.options.stateDir) });
}

/** Keeps the document as a run's is kept: history, status.json, and when the next run is due. */
export function keepNow(world: World, state: State, ledger: Ledger, { policy, startedAt }: OfflineRun, document: RunDocument): RunDocument {
  const registered = scanRegistry(world.ports, state.dir, startedAt, 'read');
  const components = registered.ok ? registered.value.components : [];
  return keepResult(world, state, ledger, components, policy, withNext(world, state, policy, components, document, null));
}
