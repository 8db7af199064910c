/** The private keys of a rotation on disk: written before anything names them, the old ones put aside after. */
import { basename, join } from 'node:path';
import { type Failure, ok, type Outcome, type ReplacedKeys } from '../model/index.ts';
import { keyFiles } from './keyring.ts';
import { readKey, storeKey } from './keys.ts';
import { RETIRED } from './layout.ts';
import type { NewKeys } from './new-keys.ts';
import { type PublisherPorts, stored } from './ports.ts';
import { readRepository } from './repository.ts';

/** Writes the new keys, durably. */
export function storeKeys(ports: PublisherPorts, keys: NewKeys): Outcome<undefined, Failure> {
  for (const { folder, files, inPlace, signers } of keys.values()) {
    for (const [i, signer] of signers.entries()) {
      const path = files[i] ?? '';
      const done = inPlace.has(path) ? ok() : storeKey(ports, folder, basename(path), signer);
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
  for (const { folder, files, inPlace, signers } of keys.values()) {
    for (const [i, { keyid }] of signers.entries()) {
      const path = files[i] ?? '';
      const isNamed = root.keys.has(keyid) || targets.delegations.keys.has(keyid);
      const there = readKey(ports, folder, basename(path), '');
      if (!isNamed && !inPlace.has(path) && there.ok && there.value.keyid === keyid) ports.files.remove(path);
    }
  }
}

/** Puts the files of old keys aside, under a name that is never read for a key again. What cannot be renamed stays, and signs nothing either. */
export function retireKeys(ports: PublisherPorts, folders: readonly string[], keys: NewKeys): readonly ReplacedKeys[] {
  return [...keys].map(([role, { files, signers, old, replaced }]) => {
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
    return { role, files, keyids: signers.map((s) => s.keyid), retired, elsewhere: replaced.filter((id) => !found.has(id)) };
  });
}
