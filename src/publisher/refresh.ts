import { type Failure, ok, type Outcome } from '../model/index.ts';
import { keysFolder } from './key-folders.ts';
import { commit } from './commit.ts';
import { alone } from './lock.ts';
import type { PublisherPorts } from './ports.ts';
import { readSettings } from './settings.ts';
import { readLive } from './repository.ts';

export type RefreshOptions = { readonly dir: string; readonly keys?: string };
export type Refreshed = { readonly timestampVersion: number };

/** Signs snapshot and timestamp anew, so that their dates go on where nothing was published for a while. Run it daily. */
export async function refresh(ports: PublisherPorts, options: RefreshOptions): Promise<Outcome<Refreshed, Failure>> {
  const settings = readSettings(ports, options.dir);
  if (!settings.ok) return settings;
  return alone(ports, options.dir, () => {
    const read = readLive(ports, options.dir);
    if (!read.ok) return read;
    const keys = keysFolder(ports, options.dir, options.keys ?? read.value.settings.keys);
    if (!keys.ok) return keys;
    const done = commit(ports, read.value, {}, { keys: [keys.value], now: ports.clock.now() });
    return done.ok ? ok({ timestampVersion: read.value.timestamp.version + 1 }) : done;
  });
}
