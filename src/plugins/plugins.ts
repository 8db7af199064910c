import { dirname } from 'node:path';
import type { AllowedPlugIns, Component, Content, Failure, Outcome, PlugIn, Ports, RunPlace } from '../model/index.ts';
import { ok } from '../model/index.ts';
import { adoptFiles } from './builtin/files/adopt.ts';
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

/** What the agent at a path says that it is, for `registry add --adopt`. */
export async function agentVersionAt(ports: Pick<Ports, 'proc' | 'os'>, component: string, path: string): Promise<Outcome<string, Failure>> {
  return (await import('./builtin/agent/adopt.ts')).versionAt(ports, component, path);
}

/** Plug-ins whose install path is a link, or a file, of ours alone. */
const LINKED: ReadonlySet<string> = new Set(['files', 'suricata', 'agent']);

/**
 * Takes over what is at a component's install path (`registry add --adopt`), as release 0. Null: there is nothing to take over. What stands
 * in the way of `clamav` is set aside by its first install instead, because its folder is shared. `version`: what it is, where that is known.
 */
export function adopt(ports: Pick<Ports, 'files'>, component: Component, version?: string): Outcome<Content | null, Failure> {
  const adopted = LINKED.has(component.plugIn) ? adoptFiles(ports.files, component) : ok(null);
  return version === undefined || !adopted.ok || adopted.value === null ? adopted : ok({ ...adopted.value, version });
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
