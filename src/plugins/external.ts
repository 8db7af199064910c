import { type AllowedPlugIns, BUILT_IN_PLUG_INS, type Component, type Failure, fail, ok, type Outcome, type PlugInCheckResult, type PlugInReport, type Ports } from '../model/index.ts';
import type { PlugInPorts } from './plugins.ts';

/** Runs the conformance kit on an external plug-in, in a private folder. Code 2 where there is nothing that can be started. */
export async function checkPlugIn(ports: PlugInPorts, path: string, dir: string, tell: (result: PlugInCheckResult) => void): Promise<Outcome<PlugInReport, Failure>> {
  const kit = await import('./host/check/kit.ts');
  return kit.checkPlugIn(ports, path, dir, { builtIn: new Set<string>(BUILT_IN_PLUG_INS), tell });
}

/**
 * The settings that an external plug-in reads, by its own word; undefined where it is not one that policy allows, or cannot be asked now
 * (the next run says why).
 */
export async function externalSettings(ports: Pick<Ports, 'files' | 'proc' | 'log' | 'os'>, id: string, allowed: AllowedPlugIns): Promise<readonly string[] | undefined> {
  const one = allowed.allow.find((entry) => entry.id === id);
  if (one === undefined) return undefined;
  const { PlugInProcess } = await import('./host/process.ts');
  const process = new PlugInProcess(ports, one, allowed);
  const hello = await process.hello();
  await process.end();
  return hello.ok ? hello.value.settings.map(({ key }) => key) : undefined;
}

/** Refuses a setting that is not among those that the plug-in reads. */
export function checkExternalSettings(component: Component, known: readonly string[]): Outcome<undefined, Failure> {
  const strange = Object.keys(component.settings).find((key) => !known.includes(key));
  if (strange === undefined) return ok();
  return fail('setting-unknown', { component: component.id, plugIn: component.plugIn, setting: strange, known: known.join(', ') || 'none' });
}
