import { dirname } from 'node:path';
import { type AllowedPlugIns, type Component, type Content, ok, type PlugIn, type Ports, type RunPlace } from '../model/index.ts';
import { versionsOf } from './builtin/files/install-path.ts';
import { createFilesPlugIn } from './builtin/files/plugin.ts';

export type PlugInPorts = Pick<Ports, 'files' | 'proc' | 'sockets' | 'clock' | 'log' | 'os' | 'sql'>;

/**
 * The plug-ins of this agent by id, and the external ones that policy allows. All but `files` are loaded when a component first asks for them.
 * `place`: the run that they are for, where there is one.
 */
export function createPlugIns(ports: PlugInPorts, allowed?: AllowedPlugIns, place?: RunPlace): ReadonlyMap<string, PlugIn> {
  const agent = lazily('agent', async () => (await import('./builtin/agent/plugin.ts')).createAgentPlugIn(ports, place), 'proves');
  const clamav = lazily('clamav', async () => (await import('./builtin/clamav/plugin.ts')).createClamavPlugIn(ports));
  const suricata = lazily('suricata', async () => (await import('./builtin/suricata/plugin.ts')).createSuricataPlugIn(ports));
  const builtIn = [createFilesPlugIn(ports), clamav, suricata, agent];
  const external = allowed === undefined ? [] : allowed.allow.map((one) => lazily(one.id, async () => (await import('./host/external.ts')).createExternalPlugIn(ports, one, allowed)));
  // the built-in ones last: nobody can take their ids
  return new Map([...external, ...builtIn].map((plugIn) => [plugIn.id, plugIn]));
}

/**
 * The plug-in that can put a component's content back: its own, or where that is not here and the content lies beside the install path,
 * `files`, which needs no word of the other for it.
 */
export function plugInFor(plugIns: ReadonlyMap<string, PlugIn>, component: Component, content: Pick<Content, 'folder'>): PlugIn | undefined {
  return plugIns.get(component.plugIn) ?? (dirname(content.folder) === versionsOf(component) ? plugIns.get('files') : undefined);
}

/** `proves`: its content does work of its own, which whoever has the plug-in must know before it is loaded. */
function lazily(id: string, load: () => Promise<PlugIn>, does: 'proves' | 'nothing more' = 'nothing more'): PlugIn {
  let loading: Promise<PlugIn> | undefined;
  const loaded = (): Promise<PlugIn> => (loading ??= load());
  return {
    id,
    inventory: async (component, depth, signal) => (await loaded()).inventory(component, depth, signal),
    license: async (component, release) => (await loaded()).license(component, release),
    check: async (component, release) => (await loaded()).check(component, release),
    test: async (job) => (await loaded()).test(job),
    swap: async (job) => (await loaded()).swap(job),
    confirm: async (job) => (await loaded()).confirm(job),
    ...(does === 'proves' ? { prove: async (job) => (await (await loaded()).prove?.(job)) ?? ok() } : {}),
    restore: async (job) => (await loaded()).restore(job),
    finish: async (job) => (await loaded()).finish(job),
    alive: async (component, timeoutMs, signal) => (await (await loaded()).alive?.(component, timeoutMs, signal)) ?? { kind: 'none' },
    end: async () => (loading === undefined ? undefined : (await loading).end?.()),
  };
}
