/** What the cache holds and proves by itself, without any request: for rollbacks, `explain`, and the clock. */
import {
  type Catalog,
  type CatalogState,
  type ComponentId,
  failed,
  failure,
  type Failure,
  type Instant,
  ok,
  type Outcome,
} from '../model/index.ts';
import { parseCatalog } from '../formats/catalog.ts';
import type { Document } from './envelope.ts';
import { remember } from './memo.ts';
import { checkEntry, checkTarget } from './targets.ts';
import { signedDelegatedRole, signedTargets, type Rooted } from './trusted-set.ts';
import { own, type Targets } from './tufjs.ts';
import { FROM_CACHE, type Vault } from './vault.ts';
import { type Listed, walk } from './walk.ts';

/** A component's target: `catalog/ID.json`, listed by the role that bears its id. */
export const targetName = (id: ComponentId): string => `catalog/${id}.json`;

/** A catalog, with the bytes that it was read from. */
export type Known = { readonly catalog: Catalog; readonly bytes: Uint8Array };

/** When the newest release of a catalog was made, or null where it has none. */
export function newestDate(catalogs: readonly Catalog[]): Instant | null {
  let newest: Instant | null = null;
  for (const { releases } of catalogs) {
    for (const { date } of releases) newest = newest === null || date > newest ? date : newest;
  }
  return newest;
}

const parsed = remember((_bytes: Uint8Array) => new Map<ComponentId, Outcome<Catalog, string>>());

/** Reads a catalog from verified bytes, each bytes once; fails with 8. */
export function readCatalog(id: ComponentId, from: string, bytes: Uint8Array): Outcome<Catalog, Failure> {
  const known = parsed(bytes);
  const catalog = known.get(id) ?? parseCatalog(id, bytes);
  known.set(id, catalog);
  return catalog.ok ? catalog : failed(failure('catalog-malformed', { from, component: id, problem: catalog.failure }));
}

/** The cached catalog where it is what `listed` names, else undefined. Malformed, but what is listed, is a failure. */
export function cachedCatalog(vault: Vault, id: ComponentId, listed: Listed): Outcome<Known, Failure> | undefined {
  const bytes = vault.catalog(id);
  if (bytes === undefined || !checkEntry(listed).ok || !checkTarget(listed, FROM_CACHE, bytes).ok) return undefined;
  const catalog = readCatalog(id, FROM_CACHE, bytes);
  return catalog.ok ? ok({ catalog: catalog.value, bytes }) : catalog;
}

/**
 * The catalog that was verified before, under the keys that `delegator` names now: what a new one may not fall behind. After a
 * rotation of the component's keys there is none, so that a thief's catalog cannot outlive the stolen key.
 */
export function catalogBefore(vault: Vault, delegator: Document<Targets>, id: ComponentId): Catalog | undefined {
  const envelope = vault.read(id);
  const role = envelope === undefined ? undefined : signedDelegatedRole(delegator, envelope);
  const target = role?.ok === true ? own(role.value.signed.targets, targetName(id)) : undefined;
  if (role?.ok !== true || target === undefined) return undefined;
  const known = cachedCatalog(vault, id, { by: role.value, target });
  return known?.ok === true ? known.value.catalog : undefined;
}

/**
 * Signatures and hashes hold from root down to each catalog; age and snapshot are not looked at, as nothing newer can be had here.
 * `not-fetched` where the cache does not hold, or does not prove, a catalog.
 */
export function knownCatalogs(vault: Vault, root: Rooted, components: readonly ComponentId[]): ReadonlyMap<ComponentId, CatalogState> {
  const envelope = vault.read('targets');
  const targets = envelope === undefined ? undefined : signedTargets(root, envelope);
  const state = (id: ComponentId): CatalogState =>
    targets?.ok === true ? knownCatalog(vault, targets.value, id) : { kind: 'not-fetched' };
  return new Map(components.map((id) => [id, state(id)]));
}

function knownCatalog(vault: Vault, targets: Document<Targets>, id: ComponentId): CatalogState {
  const search = walk(targets, targetName(id));
  let step = search.next();
  while (step.done !== true) {
    const envelope = vault.read(step.value.role);
    const role = envelope === undefined ? undefined : signedDelegatedRole(step.value.delegator, envelope);
    if (role?.ok !== true) return { kind: 'not-fetched' };
    step = search.next(role.value);
  }
  if (step.value === undefined) return { kind: 'not-published' };
  if (step.value.by.envelope.role !== id) return { kind: 'not-fetched' };
  const known = cachedCatalog(vault, id, step.value);
  if (known === undefined) return { kind: 'not-fetched' };
  return known.ok ? { kind: 'catalog', catalog: known.value.catalog } : { kind: 'failed', failure: known.failure };
}
