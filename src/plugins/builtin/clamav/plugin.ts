import { type Component, type Failure, fail, ok, type Outcome, type PlugIn, type Ports } from '../../../model/index.ts';
import { confirmEngine, reloadAfterRestore } from './confirm.ts';
import { checkEngine, createVersionCache } from '../../engine-version.ts';
import { noLicense } from '../../no-license.ts';
import { CLAMSCAN } from './engine.ts';
import { takeInventory } from './inventory.ts';
import { unfit, versionsOf } from './layout.ts';
import { checkInPlace, finish, restore, swap } from './swap.ts';
import { confPath, namedConfProblem } from './way-to-clamd.ts';

/** The `clamav` plug-in: databases in the engine's own folder, proven by clamscan before the swap and by clamd after it. What judges new content loads then. */
export function createClamavPlugIn(ports: Pick<Ports, 'files' | 'proc' | 'sockets' | 'clock' | 'log' | 'os'>): PlugIn {
  const { files } = ports;
  const engineVersion = createVersionCache(ports, CLAMSCAN);
  return {
    id: 'clamav',
    inventory: (component, depth, signal) => takeInventory(ports, engineVersion, component, depth, signal),
    license: async (component, release) => noLicense(component, release),
    check: (component) => check(ports, component),
    test: async (job) => (await import('./test.ts')).test(ports, engineVersion, job),
    swap: async (job) => swap(files, job),
    confirm: async (job) => {
      const inPlace = checkInPlace(files, job);
      return inPlace.ok ? confirmEngine(ports, job) : inPlace;
    },
    restore: async (job) => {
      const restored = restore(files, job);
      if (restored.ok) await reloadAfterRestore(ports, job);
      return restored;
    },
    finish: async (job) => finish(files, job),
    alive: async (component, timeoutMs) => (await import('./alive.ts')).clamdLife(ports, component, timeoutMs),
  };
}

/** Before a byte is fetched: the folder is one, the versions folder will not be taken for a database, and what settings name is there. */
async function check(ports: Pick<Ports, 'files' | 'proc'>, component: Component): Promise<Outcome<undefined, Failure>> {
  const path = component.installPath;
  const seen = ports.files.statFollowing(path);
  const problem = seen.ok && seen.value.type !== 'folder' ? 'it is no folder' : unfit(component);
  if (problem !== undefined) return fail('install-path-unfit', { component: component.id, path, problem });
  const versions = ports.files.stat(versionsOf(component));
  if (versions.ok && versions.value.type !== 'folder') {
    return fail('install-path-foreign', { component: component.id, path: versionsOf(component), found: 'something that is no folder' });
  }
  const unread = namedConfProblem(ports, component);
  if (unread !== undefined) return fail('clamd-conf-bad', { component: component.id, path: confPath(component), problem: unread });
  const root = component.settings['SignRoot'] ? (await import('./signs.ts')).checkSignRoot(ports.files, component) : ok();
  return root.ok ? checkEngine(ports, component, CLAMSCAN) : root;
}
