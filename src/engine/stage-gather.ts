import { type Component, type ComponentId, type Failure, fail, failure, type Inventory, ok, type Outcome, type PlugIn, type Policy, type Ports } from '../model/index.ts';
import { scanRegistry } from '../registry/index.ts';
import type { Ledger } from './ledger.ts';

/**
 * What is installed here: the registry, then each plug-in's own look at what is on the disk. A bad plist and a plug-in that cannot
 * look are errors of their own; a registry that cannot be read at all ends the run (26).
 */
export async function gather(
  ports: Ports,
  stateDir: string,
  ledger: Ledger,
  now: number,
  mode: 'apply' | 'read',
): Promise<Outcome<readonly Component[], Failure>> {
  const scanned = scanRegistry(ports, stateDir, now, mode);
  if (!scanned.ok) return scanned;
  for (const problem of scanned.value.problems) ledger.failRun('gather', problem.failure, problem.id);
  ledger.setAside = scanned.value.setAside;
  ledger.notes.push(...scanned.value.notes);
  for (const component of scanned.value.components) {
    const entry = ledger.enter(component);
    entry.component = component;
  }
  return ok(scanned.value.components);
}

/** Asks each component's plug-in what is really there. A failure is the component's own. */
export async function takeInventory(
  plugIns: ReadonlyMap<string, PlugIn>,
  components: readonly Component[],
  ledger: Ledger,
  depth: 'quick' | 'deep',
  signal: AbortSignal,
): Promise<void> {
  for (const component of components) {
    const plugIn = plugIns.get(component.plugIn);
    const entry = ledger.enter(component);
    if (plugIn === undefined || entry.failure !== null) continue;
    const looked = await ledger.time(entry, 'inventory', () => plugIn.inventory(component, depth, signal));
    if (!looked.ok) {
      ledger.fail(entry, 'gather', looked.failure);
      continue;
    }
    entry.inventory = looked.value;
    entry.loaded = looked.value.loaded;
    const { remark } = looked.value;
    if (remark !== undefined && !ledger.notes.includes(remark)) ledger.notes.push(remark);
    const owner = ownerOf(ledger, component, looked.value);
    if (owner === undefined) continue;
    const problem = `it is the install path of ${owner} too, and the plug-in ${component.plugIn} replaces it as a whole`;
    ledger.fail(entry, 'gather', failure('install-path-unfit', { component: component.id, path: component.installPath, problem }));
  }
}

/**
 * The other component that has this one's install path first: the one with content there, else by id. A plug-in that keeps its versions
 * inside the install path shares that folder with others; one that keeps them elsewhere has the path for itself.
 */
function ownerOf(ledger: Ledger, component: Component, { versions }: Inventory): ComponentId | undefined {
  if (versions.startsWith(`${component.installPath}/`)) return undefined;
  const there = [...ledger.entries.values()].map((e) => e.component).filter((c) => c.installPath === component.installPath);
  const rank = (c: Component): string => `${c.installed === null ? 1 : 0}${c.id}`;
  const first = there.reduce((a, b) => (rank(b) < rank(a) ? b : a), component);
  return first.id === component.id ? undefined : first.id;
}

/** 18 only when no interface but loopback is up and no server is on loopback (DESIGN, Network). */
export function checkNetwork(os: Ports['os'], policy: Policy): Outcome<undefined, Failure> {
  const local = policy.servers.some((s) => /^https?:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?(\/|$)/i.test(s.url));
  return local || os.hasNetwork() ? ok() : fail('no-network', { servers: policy.servers.length });
}
