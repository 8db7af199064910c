/** One component's catalog from a trusted repository. What fails here is this component's alone. */
import {
  CLOCK_TOLERANCE_MS,
  type Catalog,
  type CatalogState,
  type ComponentId,
  fail,
  type Failure,
  ok,
  type Outcome,
  rfc3339,
} from '../model/index.ts';
import type { Document } from './envelope.ts';
import { cachedCatalog, catalogBefore, readCatalog, targetName } from './known-catalogs.ts';
import { MAX_BYTES } from './limits.ts';
import type { Session } from './session.ts';
import { checkEntry, checkNames, fetchTarget, findTarget, type Roles } from './targets.ts';
import type { Trusted } from './trusted-set.ts';
import type { Targets } from './tufjs.ts';
import type { Listed } from './walk.ts';

type Step<T> = Outcome<T, Failure>;

/**
 * Finds, fetches, verifies and keeps the catalog of `id`. The catalog is kept before the role that lists it: killed between the two,
 * the next run finds the catalog whole and asks for the role again, and a catalog that is refused leaves the older role, which
 * proves what it fell behind.
 */
export async function componentCatalog(session: Session, trust: Trusted, roles: Roles, id: ComponentId): Promise<CatalogState> {
  const fetched: Document<Targets>[] = [];
  const listed = await findTarget(trust, targetName(id), roles, (document) => {
    fetched.push(document);
    return ok();
  });
  if (!listed.ok) return { kind: 'failed', failure: listed.failure };
  const known = listed.value === undefined ? stillPublished(session, trust, id) : await verifiedCatalog(session, trust, listed.value, id);
  if (!known.ok) return { kind: 'failed', failure: known.failure };
  for (const document of fetched) {
    const kept = session.vault.keep(document.envelope);
    if (!kept.ok) return { kind: 'failed', failure: kept.failure };
  }
  return known.value === undefined ? { kind: 'not-published' } : { kind: 'catalog', catalog: known.value };
}

/** Nobody lists the catalog: so be it, but for a role that listed one before and lost it. */
function stillPublished(session: Session, trust: Trusted, id: ComponentId): Step<undefined> {
  // undefined, too, where targets delegates to no role of that name
  const before = catalogBefore(session.vault, trust.targets, id);
  if (before === undefined) return ok();
  return rolledBack(trust.snapshot.envelope.from, id, undefined, before);
}

async function verifiedCatalog(session: Session, trust: Trusted, listed: Listed, id: ComponentId): Promise<Step<Catalog>> {
  const by = listed.by.envelope.role;
  if (by !== id) return fail('target-foreign', { target: targetName(id), role: by, component: id });
  const names = checkNames(listed.by);
  const entry = names.ok ? checkEntry(listed) : names;
  if (!entry.ok) return entry;
  const cached = cachedCatalog(session.vault, id, listed);
  if (cached !== undefined) return cached.ok ? ok(cached.value.catalog) : cached;
  const before = catalogBefore(session.vault, trust.targets, id);
  if (before === undefined && session.vault.catalog(id) !== undefined && session.vault.read(id) === listed.by.envelope) {
    session.vault.notes.push(`The cached catalog of ${id} was not what its role lists, and was fetched again.`);
  }
  const file = await fetchTarget(session, trust, listed, MAX_BYTES.catalog);
  if (!file.ok) return file;
  const { url, bytes } = file.value;
  const catalog = readCatalog(id, url, bytes);
  const good = catalog.ok ? checkProgress(session, id, url, catalog.value, before) : catalog;
  if (!good.ok) return good;
  const kept = session.vault.keepCatalog(id, bytes);
  return kept.ok ? catalog : kept;
}

function checkProgress(session: Session, id: ComponentId, from: string, catalog: Catalog, before: Catalog | undefined): Step<undefined> {
  const found = catalog.releases[0];
  const known = before?.releases[0];
  if (before !== undefined && known !== undefined && (found === undefined || found.sequence < known.sequence)) {
    return rolledBack(from, id, found, before);
  }
  const future = catalog.releases.find((r) => r.date > session.now + CLOCK_TOLERANCE_MS);
  if (future === undefined) return ok();
  return fail('catalog-future', { from, component: id, sequence: future.sequence, date: rfc3339(future.date), now: rfc3339(session.now) });
}

function rolledBack(from: string, component: ComponentId, found: Catalog['releases'][number] | undefined, before: Catalog): Step<never> {
  const known = before.releases[0];
  return fail('catalog-rollback', {
    from,
    component,
    found: found === undefined ? 'no release at all' : `release ${found.sequence} of ${rfc3339(found.date)}`,
    known: known?.sequence ?? 0,
    date: rfc3339(known?.date ?? 0),
  });
}
