import { asComponentId, type ContentType, type Failure, fail, ok, type Outcome } from '../model/index.ts';
import { catalogBytes } from '../formats/catalog.ts';
import { commit } from './commit.ts';
import { type KeyOptions, keyFolders } from './key-folders.ts';
import { createKey, readKey, type Signer } from './keys.ts';
import { catalogTarget, isTopRole, keyName } from './layout.ts';
import { alone } from './lock.ts';
import { type PublisherPorts, stored } from './ports.ts';
import { readLive, type Repository } from './repository.ts';
import { readSettings, writeSettings } from './settings.ts';
import { writeCatalog } from './store-catalog.ts';

export type AddOptions = { readonly dir: string; readonly id: string; readonly type: ContentType; readonly plugin: string; readonly name?: string } & KeyOptions;
export type Added = { readonly id: string; readonly keyFile: string };

const PLUGIN = /^[a-z][a-z0-9._-]{0,63}$/;
const NAME = /^[^\u0000-\u001f\u007f-\u009f]{1,200}$/;

/**
 * Adds a component: a key of its own and a delegated role that may sign its catalog and nothing else, so that a stolen key of one component
 * is of no use against another. Needs the targets key.
 */
export async function addComponent(ports: PublisherPorts, options: AddOptions): Promise<Outcome<Added, Failure>> {
  const { dir, id } = options;
  const component = asComponentId(id);
  if (isTopRole(id)) return fail('repo-id-reserved', { id });
  if (component === undefined) return fail('repo-option', { option: 'ID', problem: `${JSON.stringify(id)} is no component id ([a-z][a-z0-9._-]{0,63})` });
  if (!PLUGIN.test(options.plugin)) return fail('repo-option', { option: '--plugin', problem: `${JSON.stringify(options.plugin)} is no name of a plug-in` });
  const name = options.name ?? id;
  if (!NAME.test(name)) return fail('repo-option', { option: '--name', problem: 'a name is 1 to 200 printable characters' });
  const settings = readSettings(ports, dir);
  if (!settings.ok) return settings;
  const folders = keyFolders(ports, dir, options, settings.value.keys);
  if (!folders.ok) return folders;
  const { online, all } = folders.value;
  return alone(ports, dir, () => {
    const read = readLive(ports, dir);
    if (!read.ok) return read;
    if (read.value.roles.has(id)) return fail('repo-component-exists', { id });
    const key = componentKey(ports, online, id);
    if (!key.ok) return key;
    const catalog = catalogBytes({ component, releases: [], revoked: [] });
    const target = writeCatalog(ports, dir, id, catalog);
    if (!target.ok) return target;
    const changes = { roles: new Map([[id, new Map([[catalogTarget(id), target.value]])]]), targets: delegating(read.value, id, key.value) };
    const done = commit(ports, read.value, changes, { keys: all, now: ports.clock.now() });
    if (!done.ok) return done;
    const components = new Map(read.value.settings.components).set(id, { type: options.type, plugin: options.plugin, name });
    const saved = writeSettings(ports, dir, { ...read.value.settings, keys: online, components });
    return saved.ok ? ok({ id, keyFile: keyName(id, 1) }) : saved;
  });
}

/** A key that an interrupted `repo add` left behind is used; it was never trusted by anyone. */
function componentKey(ports: PublisherPorts, keys: string, id: string): Outcome<Signer, Failure> {
  const made = createKey(ports, keys, keyName(id, 1));
  if (!made.ok) return made.failure.why === 'repo-key-exists' ? readKey(ports, keys, keyName(id, 1), id) : made;
  const synced = stored(ports.files.syncFolder(keys));
  return synced.ok ? made : synced;
}

function delegating({ targets }: Repository, id: string, key: Signer): Pick<Repository['targets'], 'custom' | 'delegations' | 'targets'> {
  const role = { keyids: [key.keyid], name: id, paths: [catalogTarget(id)], terminating: true, threshold: 1 };
  const keys = new Map(targets.delegations.keys).set(key.keyid, key.key);
  const kept = targets.custom === undefined ? {} : { custom: targets.custom };
  return { ...kept, delegations: { keys, roles: [...targets.delegations.roles, role] }, targets: targets.targets };
}
