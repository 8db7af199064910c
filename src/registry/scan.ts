import { basename, dirname } from 'node:path';
import { type Component, fail, type Failure, type Instant, ok, type Outcome, type Ports, type SetAside } from '../model/index.ts';
import { ioFailed, readableFolder } from '../state/index.ts';
import { readRegistryFolder, type Registration } from './read-folder.ts';
import { setAsidePlist } from './set-aside.ts';
import { writeActive } from './write.ts';

type RegistryPorts = Pick<Ports, 'files' | 'os'>;

/** What is registered on this machine. A problem is one plist's, and costs no other component anything. */
export type Registry = {
  readonly components: readonly Component[];
  readonly problems: readonly { readonly id: string; readonly failure: Failure }[];
  readonly notes: readonly string[];
  /** registrations that an earlier run set aside, whose component was not registered again */
  readonly setAside: readonly SetAside[];
};

/**
 * Reads ActiveRegistry, then NewRegistry, whose good plists move to ActiveRegistry and keep what is known to be installed. `read`
 * gives the same components and moves, writes and sets aside nothing.
 */
export function scanRegistry(ports: RegistryPorts, stateDir: string, now: Instant, mode: 'apply' | 'read'): Outcome<Registry, Failure> {
  const folder = readableFolder(ports, stateDir);
  if (!folder.ok) return folder;
  const active = readRegistryFolder(ports, stateDir, 'activeRegistry');
  if (!active.ok) return active;
  const fresh = readRegistryFolder(ports, stateDir, 'newRegistry');
  if (!fresh.ok) return fresh;
  const scan = new Scan(ports, stateDir, now, mode);
  for (const one of active.value.registrations) scan.active(one);
  for (const one of fresh.value.registrations) scan.fresh(one);
  return ok(scan.result([...active.value.setAside, ...fresh.value.setAside]));
}

class Scan {
  readonly notes: string[] = [];
  private readonly ports: RegistryPorts;
  private readonly stateDir: string;
  private readonly now: Instant;
  private readonly mode: 'apply' | 'read';
  private readonly components = new Map<string, Component>();
  private readonly problems: { readonly id: string; readonly failure: Failure }[] = [];

  constructor(ports: RegistryPorts, stateDir: string, now: Instant, mode: 'apply' | 'read') {
    this.ports = ports;
    this.stateDir = stateDir;
    this.now = now;
    this.mode = mode;
  }

  active(one: Registration): void {
    const component = this.sound(one);
    if (component !== undefined) this.components.set(component.id, component);
  }

  fresh(one: Registration): void {
    const component = this.sound(one);
    if (component === undefined) return;
    const merged = this.merge(component, this.components.get(component.id));
    this.components.set(merged.id, merged);
    if (this.mode === 'read') return;
    // durable in its new place before it leaves the old one: a crash between the two only merges again
    const written = writeActive(this.ports, this.stateDir, merged);
    if (!written.ok) {
      this.problems.push({ id: one.id, failure: written.failure });
      return;
    }
    const removed = this.ports.files.remove(one.path);
    const synced = removed.ok ? this.ports.files.syncFolder(dirname(one.path)) : removed;
    if (!synced.ok) this.problems.push({ id: one.id, failure: ioFailed(synced.failure).failure });
  }

  result(bad: readonly string[]): Registry {
    const components = [...this.components.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    const setAside = bad.map((path) => ({ id: basename(path, '.plist.bad'), path })).filter(({ id }) => !this.components.has(id));
    const notes = setAside.map(({ path }) => `${path} is set aside; ${path}.reason.txt says why. Its component is not updated.`);
    return { components, problems: this.problems, notes: [...this.notes, ...notes], setAside };
  }

  /** A registration says what shall be; what is there stays known, unless another place or another plug-in is named now. */
  private merge(fresh: Component, before: Component | undefined): Component {
    const { lastAttempt: _, lastSuccess: __, ...registered } = fresh;
    if (before === undefined) return { ...registered, installed: null, previous: null };
    const times = {
      ...(before.lastAttempt === undefined ? {} : { lastAttempt: before.lastAttempt }),
      ...(before.lastSuccess === undefined ? {} : { lastSuccess: before.lastSuccess }),
    };
    if (before.installPath === fresh.installPath && before.plugIn === fresh.plugIn) {
      return { ...registered, installed: before.installed, previous: before.previous, ...times };
    }
    this.notes.push(`${fresh.id} was registered anew, at ${fresh.installPath} with the plug-in ${fresh.plugIn}; its content at ${before.installPath} stays and is not updated any more.`);
    return { ...registered, installed: null, previous: null, ...times };
  }

  private sound(one: Registration): Component | undefined {
    switch (one.kind) {
      case 'component':
        if (one.unknownKeys.length > 0) this.notes.push(`${one.path}: nobody knows the keys ${one.unknownKeys.join(', ')}; they were ignored.`);
        return one.component;
      case 'unreadable':
        this.problems.push({ id: one.id, failure: ioFailed(one.failure).failure });
        return undefined;
      case 'bad':
        this.problems.push({ id: one.id, failure: this.refuse(one.path, one.id, one.problem) });
        return undefined;
    }
  }

  private refuse(path: string, id: string, problem: string): Failure {
    if (this.mode === 'apply') return setAsidePlist(this.ports.files, path, id, problem, this.now);
    return fail('registry-plist-seen', { path, problem, id }).failure;
  }
}
