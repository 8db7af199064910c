import { type Failure, fail, ok, type Outcome } from '../model/index.ts';
import { trustedSigners } from './keyring.ts';
import type { RoleKeys } from './metadata.ts';
import type { PublisherPorts } from './ports.ts';
import { isWithin, type Settings } from './settings.ts';
import type { Signed } from './sign.ts';

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

/**
 * What the repository remembers after `renew` and `rotate`: the folder that `--keys` named, where the command signed the timestamp and its key, which
 * every command needs, is in there. A root that was signed alone says nothing of the keys of every day.
 */
export function remembering(ports: PublisherPorts, settings: Settings, { online }: KeyFolders, timestamp: RoleKeys, { documents }: Pick<Signed, 'documents'>): Settings {
  const isOfEveryDay = documents.some(({ role }) => role === 'timestamp') && trustedSigners(ports, { folders: [online] }, 'timestamp', timestamp).ok;
  return isOfEveryDay ? { ...settings, keys: online } : settings;
}

/** The folder of keys that is remembered from now on, where it is another one. */
export type KeysMoved = { readonly keysMoved?: { readonly from: string; readonly to: string } };
export const keysMoved = (before: Settings, after: Settings): KeysMoved => (before.keys === after.keys ? {} : { keysMoved: { from: before.keys, to: after.keys } });
