import { type ComponentId, type ExitCode, fail, type Failure, ok, type Outcome, type Ports } from '../model/index.ts';
import { removeComponent, scanRegistry } from '../registry/index.ts';
import { jsonText, printable } from '../report/index.ts';
import { createProbations } from '../state/index.ts';
import { underLock } from './registry-hold.ts';

type RemovePorts = Pick<Ports, 'files' | 'os' | 'sql' | 'proc' | 'clock' | 'log' | 'terminal'>;
type RemoveFlags = { readonly stateDir: string; readonly output: 'text' | 'json' };

/** `glued registry remove ID`: forgets a component, under the run lock. What is installed stays where it is. */
export function registryRemove(ports: RemovePorts, id: string, flags: RemoveFlags): Outcome<ExitCode, Failure> {
  const scanned = scanRegistry(ports, flags.stateDir, ports.clock.now(), 'read');
  if (!scanned.ok) return scanned;
  const component = scanned.value.components.find((c) => c.id === id);
  if (component === undefined) return fail('registry-unknown', { component: id, known: scanned.value.components.map((c) => c.id).join(', ') || 'none' });
  return underLock(ports, flags.stateDir, component.id, 'registry remove', () => remove(ports, component.id, component.installPath, flags));
}

function remove(ports: RemovePorts, id: ComponentId, installPath: string, flags: RemoveFlags): Outcome<ExitCode, Failure> {
  // before the plist: `recover` would write a lost one anew
  const forgotten = forgetProbations(ports, flags.stateDir, id);
  const removed = forgotten.ok ? removeComponent(ports, flags.stateDir, id) : forgotten;
  if (!removed.ok) return removed;
  ports.log.write('info', 'component-removed', { component: id, installPath });
  const text = `Its content at ${installPath} stays, and is not updated any more.`;
  ports.terminal.out(
    flags.output === 'json' ? jsonText({ schema: 'glued.registry/1', removed: { id, installPath }, notes: [text] }) : `${id} is removed from the registry. ${printable(text)}\n`,
  );
  return ok(0);
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
