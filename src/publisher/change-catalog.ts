import { catalogBytes } from '../formats/catalog.ts';
import { type Catalog, type ChangeMade, type ComponentId, type Failure, fail, ok, type Outcome, type Release } from '../model/index.ts';
import { keysFolder } from './key-folders.ts';
import { commit } from './commit.ts';
import { findComponent } from './component-catalog.ts';
import { endingSoon } from './expiry.ts';
import { catalogTarget } from './layout.ts';
import { alone } from './lock.ts';
import type { PublisherPorts } from './ports.ts';
import { readLive } from './repository.ts';
import { readSettings } from './settings.ts';
import { writeCatalog } from './store-catalog.ts';

/** Which release of which component a command is about. */
export type ReleaseNamed = { readonly dir: string; readonly id: string; readonly sequence: number; readonly keys?: string };
/** What a command makes of a catalog; `catalog` null where it says that already. */
export type Change<T> = { readonly value: T; readonly catalog: Catalog | null };
/** What came of it: `made` was signed and written, `none` is as it was. `warnings` are about the signatures that were not made anew. */
export type Changed<T> = T & { readonly change: ChangeMade; readonly warnings: readonly string[] };

/** Sequences that a message names at most. */
const MAX_NAMED = 10;

/**
 * Changes what a component's catalog says of one release, and signs it: the component's role, snapshot, timestamp last, under the
 * publisher's lock. Whoever reads meanwhile has the state before or the state after. Where there is nothing to change no key is needed.
 */
export async function changeCatalog<T extends { readonly warnings: readonly string[] }>(
  ports: PublisherPorts,
  options: ReleaseNamed,
  change: (catalog: Catalog, release: Release) => Outcome<Change<T>, Failure>,
): Promise<Outcome<Changed<T>, Failure>> {
  const { dir } = options;
  const settings = readSettings(ports, dir);
  if (!settings.ok) return settings;
  return alone(ports, dir, (): Outcome<Changed<T>, Failure> => {
    const read = readLive(ports, dir);
    if (!read.ok) return read;
    const found = findComponent(ports, read.value, options.id);
    if (!found.ok) return found;
    const { id, catalog } = found.value;
    const release = findRelease(id, catalog, options.sequence);
    if (!release.ok) return release;
    const wanted = change(catalog, release.value);
    if (!wanted.ok) return wanted;
    const { value } = wanted.value;
    if (wanted.value.catalog === null) return ok({ ...value, change: 'none' });
    const keys = keysFolder(ports, dir, options.keys ?? read.value.settings.keys);
    if (!keys.ok) return keys;
    const target = writeCatalog(ports, dir, id, catalogBytes(wanted.value.catalog));
    if (!target.ok) return target;
    const now = ports.clock.now();
    const roles = new Map([[id, new Map([[catalogTarget(id), target.value]])]]);
    const done = commit(ports, read.value, { roles }, { keys: [keys.value], now });
    return done.ok ? ok({ ...value, change: 'made', warnings: [...value.warnings, ...endingSoon(read.value, now)] }) : done;
  });
}

/** A release of the catalog; the newest that there are where it is unknown. */
export function findRelease(id: ComponentId, { releases }: Catalog, sequence: number): Outcome<Release, Failure> {
  const found = releases.find((r) => r.sequence === sequence);
  if (found !== undefined) return ok(found);
  const known = releases.slice(0, MAX_NAMED).map((r) => r.sequence).join(', ');
  const more = releases.length > MAX_NAMED ? ` and ${releases.length - MAX_NAMED} older ones` : '';
  return fail('repo-release-unknown', { id, sequence, known: known === '' ? 'none yet' : `${known}${more}` });
}
