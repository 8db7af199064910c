import { dirname } from 'node:path';
import { type Component, type Content, fail, type Failure, ok, type Outcome, type Ports, type RegistrationRequest, type RegistryAdded } from '../model/index.ts';
import { checkRegistration, registerComponent, scanRegistry } from '../registry/index.ts';
import { underLock } from './registry-hold.ts';
import { registryEntry } from './registry-list.ts';

type AddPorts = Pick<Ports, 'files' | 'os' | 'sql' | 'proc' | 'clock' | 'log'>;

export type RegistryAdd = {
  readonly stateDir: string;
  readonly request: RegistrationRequest;
  readonly existing: 'refuse' | 'adopt';
  /** plug-ins of this agent; one that is not among them may come by policy, so its absence is only said */
  readonly plugIns: ReadonlySet<string>;
  /** refuses settings that a plug-in of this agent cannot use */
  readonly checkSettings: (component: Component) => Outcome<undefined, Failure>;
  /** what the installed service could not do for it, in words */
  readonly service: (component: Component) => string | undefined;
  /** takes over what is at the install path; null: there was nothing to take over */
  readonly adopt: (component: Component) => Outcome<Content | null, Failure>;
};

/** Registers a component, under the run lock (23 while a run goes on). */
export function registryAdd(ports: AddPorts, add: RegistryAdd): Outcome<RegistryAdded, Failure> {
  const checked = checkRegistration(add.request, add.stateDir);
  if (!checked.ok) return checked;
  const component = checked.value;
  const settings = add.checkSettings(component);
  if (!settings.ok) return settings;
  return underLock(ports, add.stateDir, component.id, 'registry add', () => register(ports, add, component));
}

function register(ports: AddPorts, add: RegistryAdd, component: Component): Outcome<RegistryAdded, Failure> {
  const there = inTheWay(ports, add, component);
  if (!there.ok) return there;
  const adopted = add.existing === 'adopt' ? add.adopt(component) : ok(null);
  if (!adopted.ok) return adopted;
  const registered = registerComponent(ports, add.stateDir, component, adopted.value);
  if (!registered.ok) return registered;
  ports.log.write('info', 'component-registered', { component: component.id, installPath: component.installPath, adopted: adopted.value !== null });
  const notes = [...there.value, ...adoptionNote(component, adopted.value), ...circumstances(ports, add, component)];
  const entry = registryEntry(adopted.value === null ? component : { ...component, installed: adopted.value });
  return ok({ schema: 'glued.registry/1', added: entry, file: registered.value.where, notes });
}

/** Plug-ins that put a link at the install path. */
const REPLACING: ReadonlySet<string> = new Set(['files', 'suricata', 'agent']);

/** Only these replace what stands at the install path as a whole; other plug-ins work inside their engine's folder. */
function inTheWay(ports: AddPorts, add: RegistryAdd, component: Component): Outcome<readonly string[], Failure> {
  const { id, plugIn, installPath: path } = component;
  if (!REPLACING.has(plugIn)) return ok([]);
  const known = scanRegistry(ports, add.stateDir, ports.clock.now(), 'read');
  const there = known.ok ? known.value.components.filter((c) => c.installPath === path) : [];
  const owner = there.find((c) => c.id !== id);
  if (owner !== undefined) return fail('registry-path-taken', { component: id, plugIn, path, owner: owner.id });
  const seen = ports.files.stat(path);
  if (add.existing === 'adopt' || !seen.ok) return ok([]);
  if (seen.value.type === 'folder') return fail('registry-in-the-way', { path });
  const isOurs = there.some((c) => c.installed !== null);
  if (seen.value.type !== 'file' || isOurs) return ok([]);
  return ok([`${path} is there already: the first release takes its place. To keep it as the first version, register with --adopt.`]);
}

function adoptionNote(component: Component, adopted: Content | null): readonly string[] {
  return adopted === null ? [] : [`What was at ${component.installPath} is release ${adopted.sequence} (${adopted.version}) now, kept in ${adopted.folder}.`];
}

function circumstances(ports: AddPorts, add: RegistryAdd, component: Component): readonly string[] {
  const parent = dirname(component.installPath);
  const notes: string[] = [];
  if (!add.plugIns.has(component.plugIn)) {
    notes.push(`This agent has no plug-in ${component.plugIn}; until policy allows one by that name, every run fails for ${component.id} (code 2).`);
  }
  const limits = add.service(component);
  if (limits !== undefined) notes.push(limits);
  else if (!ports.files.statFollowing(parent).ok) notes.push(`${parent} is not there yet: the first update makes it.`);
  return notes;
}
