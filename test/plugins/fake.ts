/** The smallest plug-in that keeps the contract: the install path is a text file that holds the sequence. */
import { dirname, join } from 'node:path';
import { fail, type Io, type Job, ok, type PlugIn } from '../../src/model/index.ts';
import { keptContents, prune } from '../../src/plugins/versions.ts';
import type { PlugInUnder } from './world.ts';

export const createFakePlugIn: PlugInUnder = ({ files }): PlugIn => {
  const read = (path: string): string | null => {
    const bytes = files.read(path, 100);
    return bytes.ok ? new TextDecoder().decode(bytes.value) : null;
  };
  const ended = (job: Job, done: Io<undefined>) =>
    done.ok ? ok() : fail('swap-disk-full', { component: job.component.id, version: job.next.version, path: done.failure.path }, done.failure.detail);
  const write = (path: string, sequence: number): Io<undefined> => files.replace(path, new TextEncoder().encode(String(sequence)), 0o644);
  const versionsOf = (path: string): string => join(dirname(path), '.glued-demo');
  return {
    id: 'fake',
    inventory: async (component, depth) => {
      const now = read(component.installPath);
      const wanted = component.installed === null ? null : String(component.installed.sequence);
      const state = now === wanted ? (now === null ? 'absent' : 'whole') : 'damaged';
      const versions = versionsOf(component.installPath);
      return ok({ state, loaded: null, engineVersion: null, versions, kept: keptContents(files, component, versions, depth) });
    },
    license: async () => ok(),
    check: async () => ok(),
    test: async () => ok(),
    swap: async (job) => ended(job, write(job.component.installPath, job.next.sequence)),
    confirm: async (job) =>
      read(job.component.installPath) === String(job.next.sequence)
        ? ok({ loaded: null })
        : fail('confirm-not-whole', { component: job.component.id, version: job.next.version, path: job.component.installPath, problem: 'another number' }),
    restore: async (job) => {
      const path = job.component.installPath;
      return ended(job, job.previous === null ? files.remove(path) : write(path, job.previous.sequence));
    },
    finish: async (job) => ended(job, prune(files, job, versionsOf(job.component.installPath), read(job.component.installPath) === String(job.next.sequence))),
  };
};
