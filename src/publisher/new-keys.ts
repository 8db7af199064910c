/** The private keys of a rotation: made or taken, written before anything names them, the old ones put aside after. */
import { basename, dirname, join } from 'node:path';
import { type Failure, fail, ok, type Outcome, type ReplacedKeys } from '../model/index.ts';
import type { KeyFolders } from './key-folders.ts';
import { keyFiles, newKeyNames } from './keyring.ts';
import { makeKey, readKey, readKeyFile, type Signer, storeKey } from './keys.ts';
import { isOffline, isTopRole, keyNumber, RETIRED, TOP_ROLES } from './layout.ts';
import type { RoleKeys, Root } from './metadata.ts';
import { type PublisherPorts, stored } from './ports.ts';
import { readRepository, type Repository } from './repository.ts';

/** One role's new keys, in the order of their files; `kept` is a file that is in its place already. `old`: ids that nothing is to name any more. */
type RoleNewKeys = { readonly folder: string; readonly files: readonly string[]; readonly kept: ReadonlySet<string>; readonly signers: readonly Signer[]; readonly old: ReadonlySet<string>; readonly before: readonly string[] };
export type NewKeys = ReadonlyMap<string, RoleNewKeys>;

type Known = { readonly repository: Repository; readonly roots: readonly Root[]; readonly folders: KeyFolders };
type Asked = { readonly roles: readonly string[]; readonly newKeys?: readonly string[] };

/** The new keys, in memory: as many for each role as `repo init` makes, or those that are named. */
export function newKeys(ports: PublisherPorts, known: Known, asked: Asked): Outcome<NewKeys, Failure> {
  const roles = [...new Set(asked.roles)];
  const given = asked.newKeys ?? [];
  if (given.length > 0 && roles.length !== 1) return fail('repo-option', { option: '--new-key', problem: 'keys can be named for one role at a time' });
  const all = new Map<string, RoleNewKeys>();
  for (const role of roles) {
    const made = roleKeys(ports, known, role, given);
    if (!made.ok) return made;
    all.set(role, made.value);
  }
  return ok(all);
}

function roleKeys(ports: PublisherPorts, known: Known, role: string, given: readonly string[]): Outcome<RoleNewKeys, Failure> {
  const { repository, roots, folders } = known;
  const now = isTopRole(role) ? repository.root.roles[role] : repository.targets.delegations.roles.find((r) => r.name === role);
  if (now === undefined) return fail('repo-role-unknown', { role, known: [...TOP_ROLES, ...repository.roles.keys()].join(', ') });
  const signers = given.length > 0 ? takeKeys(ports, known, role, now, given) : ok(Array.from({ length: keysOf(role, now.threshold) }, makeKey));
  if (!signers.ok) return signers;
  const folder = isOffline(role) ? folders.offline : folders.online;
  const ever = new Set(isTopRole(role) ? roots.flatMap((root) => root.roles[role].keyids) : now.keyids);
  const names = newKeyNames(ports, folders.all, role, ever.size, signers.value.length);
  if (!names.ok) return names;
  const inPlace = given.filter((path) => folders.all.includes(dirname(path)) && keyNumber(role, basename(path)) !== undefined);
  const files = names.value.map((name, i) => {
    const path = given[i];
    return path !== undefined && inPlace.includes(path) ? path : join(folder, name);
  });
  return ok({ folder, files, kept: new Set(inPlace), signers: signers.value, old: ever, before: now.keyids });
}

/** Root has a spare, as it cannot be replaced without itself. */
const keysOf = (role: string, threshold: number): number => threshold + (role === 'root' ? 1 : 0);

/** Keys from files. One that was ever trusted is refused: whoever had it would have it still. */
function takeKeys(ports: PublisherPorts, { repository, roots }: Known, role: string, { threshold }: RoleKeys, paths: readonly string[]): Outcome<readonly Signer[], Failure> {
  const before = new Set([...roots.flatMap((root) => [...root.keys.keys()]), ...repository.targets.delegations.keys.keys()]);
  const signers: Signer[] = [];
  for (const path of paths) {
    const read = readKeyFile(ports, path, role);
    if (!read.ok) return read;
    if (before.has(read.value.keyid)) return fail('repo-key-known', { path, role, problem: 'the repository trusts it already, or did once' });
    if (signers.some((s) => s.keyid === read.value.keyid)) return fail('repo-key-known', { path, role, problem: 'it is named twice' });
    signers.push(read.value);
  }
  if (signers.length >= threshold) return ok(signers);
  return fail('repo-option', { option: '--new-key', problem: `${role} needs ${threshold} signatures, and ${signers.length} keys are named` });
}

/** Writes the new keys, durably. */
export function storeKeys(ports: PublisherPorts, keys: NewKeys): Outcome<undefined, Failure> {
  for (const { folder, files, kept, signers } of keys.values()) {
    for (const [i, signer] of signers.entries()) {
      const path = files[i] ?? '';
      const done = kept.has(path) ? ok() : storeKey(ports, folder, basename(path), signer);
      if (!done.ok) return done;
    }
    const synced = stored(ports.files.syncFolder(folder));
    if (!synced.ok) return synced;
  }
  return ok();
}

/** After a failure: takes away the new keys that no metadata names. Where that cannot be said for sure they stay. */
export function withdrawKeys(ports: PublisherPorts, dir: string, keys: NewKeys): void {
  const read = readRepository(ports, dir);
  if (!read.ok) return;
  const { root, targets } = read.value;
  for (const { folder, files, kept, signers } of keys.values()) {
    for (const [i, { keyid }] of signers.entries()) {
      const path = files[i] ?? '';
      const isNamed = root.keys.has(keyid) || targets.delegations.keys.has(keyid);
      const there = readKey(ports, folder, basename(path), '');
      if (!isNamed && !kept.has(path) && there.ok && there.value.keyid === keyid) ports.files.remove(path);
    }
  }
}

/** Puts the files of old keys aside, under a name that is never read for a key again. What cannot be renamed stays, and signs nothing either. */
export function retireKeys(ports: PublisherPorts, folders: readonly string[], keys: NewKeys): readonly ReplacedKeys[] {
  return [...keys].map(([role, { files, signers, old, before }]) => {
    const retired: string[] = [];
    const found = new Set<string>();
    const candidates = keyFiles(ports, folders, role);
    for (const { folder, name } of candidates.ok ? candidates.value : []) {
      const read = name.endsWith(RETIRED) ? undefined : readKey(ports, folder, name, role);
      if (read?.ok !== true || !old.has(read.value.keyid)) continue;
      const aside = join(folder, `${name}${RETIRED}`);
      const renamed = ports.files.stat(aside).ok ? undefined : ports.files.rename(join(folder, name), aside);
      if (renamed?.ok !== true) continue;
      retired.push(aside);
      found.add(read.value.keyid);
    }
    return { role, files, keyids: signers.map((s) => s.keyid), retired, elsewhere: before.filter((id) => !found.has(id)) };
  });
}
