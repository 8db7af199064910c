import { type ComponentId, fail, type Failure, ok, type Outcome, type Ports, type RegistryRemoved } from '../model/index.ts';
import { removeComponent, scanRegistry } from '../registry/index.ts';
import { createProbations } from '../state/index.ts';
import { underLock } from './registry-hold.ts';

type RemovePorts = Pick<Ports, 'files' | 'os' | 'sql' | 'proc' | 'clock' | 'log'>;

/** Forgets a component, under the run lock. What is installed stays where it is. */
export function registryRemove(ports: RemovePorts, stateDir: string, id: string): Outcome<RegistryRemoved, Failure> {
  const scanned = scanRegistry(ports, stateDir, ports.clock.now(), 'read');
  if (!scanned.ok) return scanned;
  const component = scanned.value.components.find((c) => c.id === id);
  if (component === undefined) return fail('registry-unknown', { component: id, known: scanned.value.components.map((c) => c.id).join(', ') || 'none' });
  return underLock(ports, stateDir, component.id, 'registry remove', () => remove(ports, stateDir, component.id, component.installPath));
}

function remove(ports: RemovePorts, stateDir: string, id: ComponentId, installPath: string): Outcome<RegistryRemoved, Failure> {
  // before the plist: `recover` would write a lost one anew
  const forgotten = forgetProbations(ports, stateDir, id);
  const removed = forgotten.ok ? removeComponent(ports, stateDir, id) : forgotten;
  if (!removed.ok) return removed;
  ports.log.write('info', 'component-removed', { component: id, installPath });
  return ok({ schema: 'glued.registry/1', removed: { id, installPath }, notes: [`Its content at ${installPath} stays, and is not updated any more.`] });
}

function forgetProbations(ports: RemovePorts, stateDir: string, id: ComponentId): Outcome<undefined, Failure> {
  const probations = createProbations(ports, stateDir);
  const listed = probations.list();
  if (!listed.ok) return listed;
  for (const { component, next } of listed.value.probations) {
    const dropped = component.id === id ? probations.drop(id, next.sequence) : ok();
    if (!dropped.ok) return dropped;
  }
  return ok();
}
