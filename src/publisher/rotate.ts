import { type Failure, fail, ok, type Outcome, type ReplacedKeys } from '../model/index.ts';
import { writeSigned } from './commit.ts';
import { type KeyFolders, type KeyOptions, keyFolders, type KeysMoved, keysMoved, remembering } from './key-folders.ts';
import { retireKeys, storeKeys, withdrawKeys } from './key-changes.ts';
import { type KeysWanted, type NewKeys, newKeys } from './new-keys.ts';
import { isTopRole, type TopRole } from './layout.ts';
import { alone } from './lock.ts';
import type { Key, Root, Targets } from './metadata.ts';
import type { PublisherPorts } from './ports.ts';
import { readLive, readRepository, readRoots, type Repository } from './repository.ts';
import { type RoleEnds, roleEnds } from './role-ends.ts';
import { readSettings, writeSettings } from './settings.ts';
import { type Changes, signChanges } from './sign.ts';

export type RotateOptions = KeyOptions & KeysWanted & { readonly dir: string };
export type Rotated = RoleEnds & KeysMoved & {
  readonly keys: readonly ReplacedKeys[];
  /** roles whose old keys were not there: root has two new versions, and a run that was under way may have failed */
  readonly bridged: readonly TopRole[];
};

/**
 * Gives roles new keys. Metadata then names the new ones and no more the old ones, and all that the old ones signed is
 * signed by the new ones. A top role needs as many root keys as root's threshold asks for, a component the targets keys. The new keys are written
 * before anything names them; after a kill at any moment the repository is the old one or the new one, whole, and the same command may be
 * given again.
 */
export async function rotate(ports: PublisherPorts, options: RotateOptions): Promise<Outcome<Rotated, Failure>> {
  if (options.roles.length === 0) return fail('repo-option', { option: 'ROLES', problem: 'no role is named' });
  const settings = readSettings(ports, options.dir);
  if (!settings.ok) return settings;
  return alone(ports, options.dir, () => {
    // a new root gets new dates, so that it may have expired; a component's keys need a root that clients take
    const read = options.roles.some(isTopRole) ? readRepository(ports, options.dir) : readLive(ports, options.dir);
    if (!read.ok) return read;
    const roots = readRoots(ports, options.dir);
    if (!roots.ok) return roots;
    const folders = keyFolders(ports, options.dir, options, read.value.settings.keys);
    if (!folders.ok) return folders;
    const keys = newKeys(ports, { repository: read.value, roots: roots.value, folders: folders.value }, options);
    return keys.ok ? replace(ports, read.value, folders.value, keys.value) : keys;
  });
}

function replace(ports: PublisherPorts, repository: Repository, folders: KeyFolders, keys: NewKeys): Outcome<Rotated, Failure> {
  const fresh = [...keys.values()].flatMap((role) => role.signers);
  const signed = signChanges(ports, repository, changesFor(repository, keys), { keys: folders.all, fresh, now: ports.clock.now() });
  if (!signed.ok) return signed;
  const stored = storeKeys(ports, keys);
  const written = stored.ok ? writeSigned(ports, repository.dir, signed.value) : stored;
  if (!written.ok) {
    withdrawKeys(ports, repository.dir, keys);
    return written;
  }
  const retired = retireKeys(ports, folders.all, keys);
  const kept = remembering(ports, repository.settings, folders, nextRoot(repository.root, keys).roles.timestamp, signed.value);
  const remembered = kept.keys === repository.settings.keys ? ok() : writeSettings(ports, repository.dir, kept);
  return remembered.ok ? ok({ ...roleEnds(repository, signed.value), ...keysMoved(repository.settings, kept), keys: retired, bridged: signed.value.bridged }) : remembered;
}

/** What names the new keys, and what they sign. */
function changesFor(repository: Repository, keys: NewKeys): Changes {
  const top = [...keys.keys()].filter(isTopRole);
  const components = [...keys.keys()].filter((role) => !isTopRole(role));
  const roles = new Map(components.flatMap((id) => [[id, repository.roles.get(id)?.targets ?? new Map()] as const]));
  return {
    ...(top.length === 0 ? {} : { root: nextRoot(repository.root, keys) }),
    ...(components.length > 0 || keys.has('targets') ? { targets: nextTargets(repository.targets, keys) } : {}),
    roles,
    ...online(top, components.length),
  };
}

/** Root's keys sign root alone, timestamp's the timestamp; what the others sign is named by both snapshot and timestamp. */
function online(top: readonly TopRole[], components: number): Pick<Changes, 'online'> {
  const below = top.filter((role) => role !== 'root');
  if (components > 0 || below.some((role) => role !== 'timestamp')) return {};
  return { online: below.length === 0 ? 'none' : 'timestamp' };
}

function nextRoot(root: Root, keys: NewKeys): Pick<Root, 'keys' | 'roles'> {
  const of = (role: TopRole) => ({ ...root.roles[role], keyids: keys.get(role)?.keyids ?? root.roles[role].keyids });
  const roles = { root: of('root'), targets: of('targets'), snapshot: of('snapshot'), timestamp: of('timestamp') };
  return { roles, keys: named(Object.values(roles), root.keys, keys) };
}

function nextTargets({ custom, delegations, targets }: Targets, keys: NewKeys): Pick<Targets, 'custom' | 'delegations' | 'targets'> {
  const roles = delegations.roles.map((role) => ({ ...role, keyids: keys.get(role.name)?.keyids ?? role.keyids }));
  return { ...(custom === undefined ? {} : { custom }), delegations: { keys: named(roles, delegations.keys, keys), roles }, targets };
}

/** The keys that the roles name, and no other. */
function named(roles: readonly { readonly keyids: readonly string[] }[], before: ReadonlyMap<string, Key>, keys: NewKeys): ReadonlyMap<string, Key> {
  const all = new Map(before);
  for (const { signers } of keys.values()) for (const { keyid, key } of signers) all.set(keyid, key);
  const wanted = new Set(roles.flatMap((role) => role.keyids));
  return new Map([...all].filter(([id]) => wanted.has(id)));
}
