import type { LoadedPolicy, PlugIn, RunPlace } from '../model/index.ts';
import { hostId } from '../state/index.ts';
import type { Ledger } from './ledger.ts';
import { withWatchdog } from './watchdog.ts';
import type { RunOptions, World } from './world.ts';

/**
 * Does the work with the plug-ins that this agent has and that policy allows, each call under the watchdog, and ends what they have running
 * afterwards. Without a policy there are only the built-in ones.
 */
export async function withPlugIns<T>(
  world: World,
  policy: LoadedPolicy | null,
  scratch: string,
  place: RunPlace | undefined,
  work: (plugIns: ReadonlyMap<string, PlugIn>) => Promise<T>,
): Promise<T> {
  const found = await world.plugIns(policy === null ? undefined : { ...policy.policy.plugins, verify: policy.policy.verify, scratch }, place);
  const plugIns = new Map([...found].map(([id, plugIn]) => [id, withWatchdog(plugIn, world.ports.clock)]));
  try {
    return await work(plugIns);
  } finally {
    await Promise.all([...plugIns.values()].map((plugIn) => plugIn.end?.()));
  }
}

/** The run, for the plug-ins that are told of it. */
export function placeOf({ ports, agentVersion }: World, ledger: Ledger, options: RunOptions): RunPlace {
  const { stateDir, policyPath, trustCheck } = options;
  return {
    stateDir,
    ...(policyPath === undefined ? {} : { policyPath }),
    trustCheck,
    agentVersion,
    hostId: () => hostId(ports, stateDir),
    components: () => [...ledger.entries.values()].map((e) => e.component),
  };
}
