import type { LoadedPolicy, PlugIn } from '../model/index.ts';
import type { World } from './world.ts';

/**
 * Does the work with the plug-ins that this agent has and that policy allows, and ends what they have running afterwards. Without a policy
 * there are only the built-in ones.
 */
export async function withPlugIns<T>(
  world: World,
  policy: LoadedPolicy | null,
  scratch: string,
  work: (plugIns: ReadonlyMap<string, PlugIn>) => Promise<T>,
): Promise<T> {
  const plugIns = policy === null ? await world.plugIns() : await world.plugIns({ ...policy.policy.plugins, verify: policy.policy.verify, scratch });
  try {
    return await work(plugIns);
  } finally {
    await Promise.all([...plugIns.values()].map((plugIn) => plugIn.end?.()));
  }
}
