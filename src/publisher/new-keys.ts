/** Which keys of which roles a rotation replaces, and with which: in memory, nothing is written here. */
import { basename, dirname, join } from 'node:path';
import { type Failure, fail, ok, type Outcome } from '../model/index.ts';
import type { KeyFolders } from './key-folders.ts';
import { keyFiles, newKeyNames } from './keyring.ts';
import { makeKey, readKey, readKeyFile, type Signer } from './keys.ts';
import { isOffline, isTopRole, keyNumber, TOP_ROLES } from './layout.ts';
import type { Root } from './metadata.ts';
import type { PublisherPorts } from './ports.ts';
import type { Repository } from './repository.ts';

/** One role's change of keys. */
export type RoleNewKeys = {
  readonly signers: readonly Signer[];
  /** where each of them lies, or is to lie, in `folder` */
  readonly files: readonly string[];
  readonly folder: string;
  /** those of `files` that are there already */
  readonly inPlace: ReadonlySet<string>;
  /** every id that the role names from now on */
  readonly keyids: readonly Signer['keyid'][];
  /** ids that it named until now, and no more */
  readonly replaced: readonly string[];
  /** ids that it ever named, and does not now */
  readonly old: ReadonlySet<string>;
};
/** By role. */
export type NewKeys = ReadonlyMap<string, RoleNewKeys>;

/** What is asked of a rotation. */
export type KeysWanted = {
  /** root, targets, snapshot, timestamp, components */
  readonly roles: readonly string[];
  /** files of the new keys, for one role; they are made where none is named */
  readonly newKeys?: readonly string[];
  /** for one role: the ids, or the files, of the keys that are replaced; all of them where none is named */
  readonly only?: readonly string[];
};
type Known = { readonly repository: Repository; readonly roots: readonly Root[]; readonly folders: KeyFolders };

/** The new keys of each role: as many as `repo init` makes, or one for each that is replaced, or those that are named. */
export function newKeys(ports: PublisherPorts, known: Known, wanted: KeysWanted): Outcome<NewKeys, Failure> {
  const roles = [...new Set(wanted.roles)];
  const { newKeys: given = [], only = [] } = wanted;
  if (given.length + only.length > 0 && roles.length !== 1) {
    return fail('repo-option', { option: given.length > 0 ? '--new-key' : '--only', problem: 'keys can be named for one role at a time' });
  }
  const all = new Map<string, RoleNewKeys>();
  for (const role of roles) {
    const made = roleKeys(ports, known, role, { given, only });
    if (!made.ok) return made;
    all.set(role, made.value);
  }
  return ok(all);
}

type Named = { readonly given: readonly string[]; readonly only: readonly string[] };

function roleKeys(ports: PublisherPorts, known: Known, role: string, { given, only }: Named): Outcome<RoleNewKeys, Failure> {
  const { repository, roots, folders } = known;
  const now = isTopRole(role) ? repository.root.roles[role] : repository.targets.delegations.roles.find((r) => r.name === role);
  if (now === undefined) return fail('repo-role-unknown', { role, known: [...TOP_ROLES, ...repository.roles.keys()].join(', ') });
  const replaced = only.length > 0 ? namedIds(ports, folders.all, role, now.keyids, only) : ok(now.keyids);
  if (!replaced.ok) return replaced;
  const kept = now.keyids.filter((id) => !replaced.value.includes(id));
  const count = only.length > 0 ? replaced.value.length : keysOf(role, now.threshold);
  const signers = given.length > 0 ? takeKeys(ports, known, role, given) : ok(Array.from({ length: count }, makeKey));
  if (!signers.ok) return signers;
  const keyids = [...kept, ...signers.value.map((s) => s.keyid)];
  if (keyids.length < now.threshold) return fail('repo-option', { option: '--new-key', problem: `${role} needs ${now.threshold} signatures, and would have ${keyids.length} keys` });
  const ever = new Set(isTopRole(role) ? roots.flatMap((root) => root.roles[role].keyids) : now.keyids);
  const names = newKeyNames(ports, folders.all, role, ever.size, signers.value.length);
  if (!names.ok) return names;
  const folder = isOffline(role) ? folders.offline : folders.online;
  const inPlace = given.filter((path) => folders.all.includes(dirname(path)) && keyNumber(role, basename(path)) !== undefined);
  const files = names.value.map((name, i) => inPlace.find((path) => path === given[i]) ?? join(folder, name));
  const old = new Set([...ever].filter((id) => !kept.some((k) => k === id)));
  return ok({ signers: signers.value, files, folder, inPlace: new Set(inPlace), keyids, replaced: replaced.value, old });
}

/** Root has a spare, as it cannot be replaced without itself. */
const keysOf = (role: string, threshold: number): number => threshold + (role === 'root' ? 1 : 0);

/** The ids that are meant by ids or by names of files in the folders. */
function namedIds(ports: PublisherPorts, folders: readonly string[], role: string, keyids: readonly string[], only: readonly string[]): Outcome<readonly string[], Failure> {
  const files = keyFiles(ports, folders, role);
  if (!files.ok) return files;
  const nameOf = new Map<string, string>();
  for (const { folder, name } of files.value) {
    const read = readKey(ports, folder, name, role);
    if (read.ok && keyids.some((id) => id === read.value.keyid)) nameOf.set(read.value.keyid, name);
  }
  const found = only.map((text) => keyids.find((id) => id === text || nameOf.get(id) === text));
  const stranger = only.find((_, i) => found[i] === undefined);
  if (stranger === undefined) return ok([...new Set(found.filter((id) => id !== undefined))]);
  const there = keyids.map((id) => `${id} (${nameOf.get(id) ?? 'its file is not here'})`).join(', ');
  return fail('repo-option', { option: '--only', problem: `${stranger} is no key of ${role}, which has: ${there}` });
}

/** Keys from files. One that was ever trusted is refused: whoever had it would have it still. */
function takeKeys(ports: PublisherPorts, { repository, roots }: Known, role: string, paths: readonly string[]): Outcome<readonly Signer[], Failure> {
  const before = new Set([...roots.flatMap((root) => [...root.keys.keys()]), ...repository.targets.delegations.keys.keys()]);
  const signers: Signer[] = [];
  for (const path of paths) {
    const read = readKeyFile(ports, path, role);
    if (!read.ok) return read;
    if (before.has(read.value.keyid)) return fail('repo-key-known', { path, role, problem: 'the repository trusts it already, or did once' });
    if (signers.some((s) => s.keyid === read.value.keyid)) return fail('repo-key-known', { path, role, problem: 'it is named twice' });
    signers.push(read.value);
  }
  return ok(signers);
}
