import type { Component, Content, Failure, Outcome, PlugIn, Ports } from '../model/index.ts';
import { ok } from '../model/index.ts';
import { adoptFiles } from './builtin/files/adopt.ts';
import { createFilesPlugIn } from './builtin/files/plugin.ts';

export type PlugInPorts = Pick<Ports, 'files' | 'proc' | 'sockets' | 'clock' | 'log' | 'os'>;

/** The plug-ins of this agent by id. ClamAV's code is loaded when a component first asks for it. */
export function createPlugIns(ports: PlugInPorts): ReadonlyMap<string, PlugIn> {
  const clamav = lazily('clamav', async () => (await import('./builtin/clamav/plugin.ts')).createClamavPlugIn(ports));
  return new Map([createFilesPlugIn(ports), clamav].map((plugIn) => [plugIn.id, plugIn]));
}

/**
 * Takes over what is at a component's install path (`registry add --adopt`), as release 0. Null: there is nothing to take over. What stands
 * in the way of `clamav` is set aside by its first install instead, because its folder is shared.
 */
export function adopt(ports: Pick<Ports, 'files'>, component: Component): Outcome<Content | null, Failure> {
  return component.plugIn === 'files' ? adoptFiles(ports.files, component) : ok(null);
}

function lazily(id: string, load: () => Promise<PlugIn>): PlugIn {
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
    restore: async (job) => (await loaded()).restore(job),
    finish: async (job) => (await loaded()).finish(job),
  };
}
