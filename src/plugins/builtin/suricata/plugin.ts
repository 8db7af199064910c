import { type Component, type Failure, fail, failed, type Inventory, ok, type Outcome, type PlugIn, type Ports } from '../../../model/index.ts';
import type { Depth } from '../../content.ts';
import { finishFailed, readFailed, restoreFailed, swapFailed } from '../../io-failures.ts';
import { foreignAt, standingAt } from '../files/install-path.ts';
import { takeInventory } from '../files/inventory.ts';
import { confirm, finish, restore, swap } from '../files/swap.ts';
import { askRunning, confirmEngine, reloadAfterRestore } from './confirm.ts';
import { checkEngine, createVersionCache, type EngineVersion, findEngine } from '../../engine-version.ts';
import { noLicense } from '../../no-license.ts';
import { readsOf, SURICATA, versionIn } from './engine.ts';
import { bySettings } from './outdated.ts';
import { leaveUnproven, serveAsBefore, serveStaged, tidySlots } from './slots.ts';

type SuricataPorts = Pick<Ports, 'files' | 'proc' | 'sockets' | 'clock' | 'os'>;

/**
 * The `suricata` plug-in: a tree of rules behind a link, swapped as `files` does it, filtered by the administrator's files, proven by
 * `suricata -T` before the swap and by the running engine after it. What judges new content loads then.
 */
export function createSuricataPlugIn(ports: SuricataPorts): PlugIn {
  const { files } = ports;
  const engineVersion = createVersionCache(ports, SURICATA);
  return {
    id: 'suricata',
    inventory: (component, depth, signal) => inventory(ports, engineVersion, component, depth, signal),
    license: async (component, release) => noLicense(component, release),
    check: (component) => check(ports, component),
    test: async (job) => (await import('./test.ts')).test(ports, engineVersion, job),
    swap: async (job) => {
      const served = serveStaged(files, job);
      return served.ok ? swap(files, job) : swapFailed(job, served.failure);
    },
    confirm: async (job) => {
      const inPlace = confirm(files, job);
      return inPlace.ok ? confirmEngine(ports, job) : inPlace;
    },
    restore: async (job) => {
      const served = serveAsBefore(files, job);
      const restored = served.ok ? restore(files, job) : restoreFailed(job, served.failure);
      if (restored.ok) await reloadAfterRestore(ports, job.component);
      return restored;
    },
    finish: async (job) => {
      const left = leaveUnproven(files, job);
      const tidy = left.ok ? tidySlots(files, job) : left;
      return tidy.ok ? finish(files, job) : finishFailed(job, tidy.failure);
    },
    alive: async (component, timeoutMs, signal) => (await import('./alive.ts')).suricataLife(ports, component, timeoutMs, signal),
  };
}

/** What is behind the link, and what the engine runs, where it runs; its version by the socket, else by the installed program. */
async function inventory(ports: SuricataPorts, engineVersion: EngineVersion, component: Component, depth: Depth, signal: AbortSignal): Promise<Outcome<Inventory, Failure>> {
  const found = takeInventory(ports.files, component, depth);
  if (!found.ok) return found;
  const running = await askRunning(ports, component);
  const version = (running === undefined ? null : versionIn(running.version)) ?? (await engineVersion(component, signal));
  const settings = found.value.state === 'whole' ? await bySettings(ports, component) : {};
  return ok({ ...found.value, loaded: running?.text ?? null, engineVersion: version, ...settings });
}

/** Before a byte is fetched: nothing foreign is at the install path, filters can be read, and the engine reads rules from there. */
async function check(ports: SuricataPorts, component: Component): Promise<Outcome<undefined, Failure>> {
  const path = component.installPath;
  const standing = standingAt(ports.files, component);
  if (!standing.ok) return failed(readFailed(component.id, standing.failure));
  if (standing.value.kind === 'file') return fail('install-path-unfit', { component: component.id, path, problem: 'it is a file, and must be the folder of the rules' });
  const found = foreignAt(ports.files, component, standing.value, null);
  if (found !== undefined) return fail('install-path-foreign', { component: component.id, path, found });
  const filters = component.settings['Filters'] ? (await import('./filter-files.ts')).readFilters(ports, component) : ok(undefined);
  if (!filters.ok) return filters;
  const engine = checkEngine(ports, component, SURICATA);
  const program = engine.ok ? findEngine(ports, component, SURICATA) : undefined;
  if (!engine.ok || program === undefined) return engine;
  const reads = await readsOf(ports, { component, signal: new AbortController().signal }, program);
  return reads.ok ? ok() : reads;
}
