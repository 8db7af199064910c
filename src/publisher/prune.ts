import { catalogBytes } from '../formats/catalog.ts';
import { type Catalog, type Failure, fail, ok, type Outcome, type Release } from '../model/index.ts';
import { commit } from './commit.ts';
import { findComponent } from './component-catalog.ts';
import { endingSoon } from './expiry.ts';
import { keysFolder } from './key-folders.ts';
import { catalogTarget } from './layout.ts';
import { alone } from './lock.ts';
import type { Role } from './metadata.ts';
import { thin } from './old-releases.ts';
import type { PublisherPorts } from './ports.ts';
import { readLive, readRepository, type Repository } from './repository.ts';
import { readSettings } from './settings.ts';
import { writeCatalog } from './store-catalog.ts';
import { removeUnused, type Unused } from './unused-files.ts';

export type PruneOptions = {
  readonly dir: string;
  /** components; all where none is named */
  readonly ids?: readonly string[];
  /** the newest releases of each channel, and kind of machine, that stay; default 20 */
  readonly keep?: number;
  /** releases younger than this stay; default 90 */
  readonly days?: number;
  readonly keys?: string;
  /** `look`: what would be done, and nothing is */
  readonly act: 'remove' | 'look';
};
export type PrunedComponent = { readonly id: string; readonly kept: number; readonly removed: readonly Release[] };
export type Pruned = { readonly components: readonly PrunedComponent[]; readonly files: Unused; readonly warnings: readonly string[] };

const DEFAULTS = { keep: 20, days: 90 } as const;
const MOST = 100_000;
const DAY_MS = 86_400_000;

/**
 * Takes old releases out of catalogs, signs these anew, and removes the files that nothing has named for as long as a client could believe an
 * older state. Where no catalog changes no key is needed. Killed at any moment it leaves a whole repository, and may be given again.
 */
export async function prune(ports: PublisherPorts, options: PruneOptions): Promise<Outcome<Pruned, Failure>> {
  const wrong = optionProblem(options);
  if (wrong !== undefined) return wrong;
  const settings = readSettings(ports, options.dir);
  if (!settings.ok) return settings;
  return alone(ports, options.dir, (): Outcome<Pruned, Failure> => {
    const now = ports.clock.now();
    const read = readLive(ports, options.dir);
    if (!read.ok) return read;
    const thinned = thinAll(ports, read.value, options, now);
    if (!thinned.ok) return thinned;
    const signed = options.act === 'remove' ? sign(ports, read.value, thinned.value, options, now) : ok();
    if (!signed.ok) return signed;
    const after = readRepository(ports, options.dir);
    if (!after.ok) return after;
    const catalogs = allCatalogs(ports, after.value, thinned.value);
    if (!catalogs.ok) return catalogs;
    const files = removeUnused(ports, after.value, catalogs.value, now, options.act);
    if (!files.ok) return files;
    const components = thinned.value.map(({ id, catalog, removed }) => ({ id, kept: catalog.releases.length, removed }));
    return ok({ components, files: files.value, warnings: endingSoon(after.value, now) });
  });
}

function optionProblem({ keep, days, ids }: PruneOptions): Outcome<never, Failure> | undefined {
  if (ids?.length === 0) return fail('repo-option', { option: 'IDS', problem: 'no component is named' });
  for (const [option, value, least] of [['--keep', keep, 1], ['--days', days, 0]] as const) {
    if (value !== undefined && (!Number.isInteger(value) || value < least || value > MOST)) {
      return fail('repo-option', { option, problem: `${value} is no whole number from ${least} to ${MOST}` });
    }
  }
  return undefined;
}

type ThinnedComponent = { readonly id: string; readonly catalog: Catalog; readonly removed: readonly Release[] };

function thinAll(ports: PublisherPorts, repository: Repository, { ids, keep = DEFAULTS.keep, days = DEFAULTS.days }: PruneOptions, now: number): Outcome<readonly ThinnedComponent[], Failure> {
  const all: ThinnedComponent[] = [];
  for (const id of new Set(ids ?? repository.roles.keys())) {
    const found = findComponent(ports, repository, id);
    if (!found.ok) return found;
    all.push({ id, ...thin(found.value.catalog, { keep, since: now - days * DAY_MS, now }) });
  }
  return ok(all);
}

/** The catalogs that lost releases: all of them in one new state. */
function sign(ports: PublisherPorts, repository: Repository, thinned: readonly ThinnedComponent[], options: PruneOptions, now: number): Outcome<undefined, Failure> {
  const { dir, settings } = repository;
  const changed = thinned.filter(({ removed }) => removed.length > 0);
  if (changed.length === 0) return ok();
  const keys = keysFolder(ports, dir, options.keys ?? settings.keys);
  if (!keys.ok) return keys;
  const roles = new Map<string, Role['targets']>();
  for (const { id, catalog } of changed) {
    const target = writeCatalog(ports, dir, id, catalogBytes(catalog));
    if (!target.ok) return target;
    roles.set(id, new Map([[catalogTarget(id), target.value]]));
  }
  const done = commit(ports, repository, { roles }, { keys: [keys.value], now });
  return done.ok ? ok() : done;
}

/** Every component's catalog, as it is after this command or would be. */
function allCatalogs(ports: PublisherPorts, repository: Repository, thinned: readonly ThinnedComponent[]): Outcome<readonly Catalog[], Failure> {
  const all: Catalog[] = [];
  for (const id of repository.roles.keys()) {
    const found = findComponent(ports, repository, id);
    if (!found.ok) return found;
    all.push(thinned.find((one) => one.id === id)?.catalog ?? found.value.catalog);
  }
  return ok(all);
}
