import { type Failure, fail, ok, type Outcome } from '../model/index.ts';
import type { PublisherPorts } from './ports.ts';
import { isWithin } from './settings.ts';

/** Folders of keys as a command names them. `keys`: the one that the repository remembers, where it is left out. */
export type KeyOptions = {
  readonly keys?: string;
  /** a medium with the keys of root and targets, where these are not in the folder of the others */
  readonly offlineKeys?: string;
};
export type KeyFolders = { readonly online: string; readonly offline: string; readonly all: readonly string[] };

/** The folder of keys, wherever it was said; never inside the repository. */
export function keysFolder(ports: PublisherPorts, dir: string, keys: string): Outcome<string, Failure> {
  return isWithin(ports, keys, dir) ? fail('repo-keys-inside', { keys, repository: dir }) : ok(keys);
}

/** The same for both; `offline` is the online one where none is named. */
export function keyFolders(ports: PublisherPorts, dir: string, { keys, offlineKeys }: KeyOptions, remembered: string): Outcome<KeyFolders, Failure> {
  const online = keysFolder(ports, dir, keys ?? remembered);
  if (!online.ok) return online;
  const offline = keysFolder(ports, dir, offlineKeys ?? online.value);
  return offline.ok ? ok({ online: online.value, offline: offline.value, all: [...new Set([online.value, offline.value])] }) : offline;
}
