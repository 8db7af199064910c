import type { Instant, LoadedPolicy, RunDocument, RunId } from '../model/index.ts';
import { loadPolicy } from '../policy/index.ts';
import { scanRegistry } from '../registry/index.ts';
import { hostId, type State } from '../state/index.ts';
import type { Ledger } from './ledger.ts';
import { withNext } from './next.ts';
import { runDocument } from './result.ts';
import { keepResult } from './stage-report.ts';
import type { RunOptions, World } from './world.ts';

/** What can be done without a server needs no valid policy either: null where there is none. */
export async function policyOrNone({ ports }: World, { trustCheck, policyPath }: RunOptions): Promise<LoadedPolicy | null> {
  const loaded = await loadPolicy(ports, { trustCheck, ...(policyPath === undefined ? {} : { policyPath }) });
  return loaded.ok ? loaded.value : null;
}

/** What a command that asks no server knows of itself. */
export type OfflineRun = { readonly runId: RunId; readonly startedAt: Instant; readonly policy: LoadedPolicy | null; readonly options: RunOptions };

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
