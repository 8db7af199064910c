import { type Component, type Failure, fail, failed, ok, type Outcome, type PlugIn, type Ports } from '../../../model/index.ts';
import { readFailed } from '../../io-failures.ts';
import { noLicense } from '../../no-license.ts';
import { foreignAt, standingAt } from './install-path.ts';
import { takeInventory } from './inventory.ts';
import { testCommand } from './test-command.ts';

/** The `files` plug-in: a file, or a tree behind a link, for products that read their content from a path and have no engine to ask. */
export function createFilesPlugIn(ports: Pick<Ports, 'files' | 'proc' | 'os'>): PlugIn {
  const { files } = ports;
  return {
    id: 'files',
    inventory: async (component, depth) => takeInventory(files, component, depth),
    license: async (component, release) => noLicense(component, release),
    check: async (component) => check(ports, component),
    test: async (job) => (await import('./test.ts')).test(ports, job),
    swap: async (job) => (await import('./swap.ts')).swap(files, job),
    confirm: async (job) => {
      const confirmed = (await import('./swap.ts')).confirm(files, job);
      return confirmed.ok ? ok({ loaded: null }) : confirmed;
    },
    restore: async (job) => (await import('./swap.ts')).restore(files, job),
    finish: async (job) => (await import('./swap.ts')).finish(files, job),
  };
}

/** Before a byte is fetched: nothing foreign is at the install path, and the test command can be understood. */
function check(ports: Pick<Ports, 'files'>, component: Component): Outcome<undefined, Failure> {
  const standing = standingAt(ports.files, component);
  if (!standing.ok) return failed(readFailed(component.id, standing.failure));
  const found = foreignAt(ports.files, component, standing.value, null);
  if (found !== undefined) return fail('install-path-foreign', { component: component.id, path: component.installPath, found });
  const command = testCommand(component);
  return command.ok ? ok() : command;
}
