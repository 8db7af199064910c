import { type AllowedPlugIns, type Component, type Failure, fail, ok, type Outcome, type Ports } from '../model/index.ts';
import type { CheckResult, KitReport } from './host/check/kit.ts';
import { createPlugIns, type PlugInPorts } from './plugins.ts';

export type { CheckResult, KitReport };

/** Ids that no external plug-in may have: those of today's built-in ones, and of those to come. */
const RESERVED = ['agent'];

/** Runs the conformance kit on an external plug-in, in a private folder. Code 2 where there is nothing that can be started. */
export async function checkPlugIn(ports: PlugInPorts, path: string, dir: string, tell: (result: CheckResult) => void): Promise<Outcome<KitReport, Failure>> {
  const kit = await import('./host/check/kit.ts');
  return kit.checkPlugIn(ports, path, dir, { builtIn: new Set([...createPlugIns(ports).keys(), ...RESERVED]), tell });
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
