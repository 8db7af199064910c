import type { Catalog, Instant, Release } from '../model/index.ts';
import { revocationOf } from './revocations.ts';

/** What stays in any case: the newest `keep` of each kind, and what is younger than `since`. */
export type Keeping = { readonly keep: number; readonly since: Instant; readonly now: Instant };
/** A catalog without its old releases, and these. */
export type Thinned = { readonly catalog: Catalog; readonly removed: readonly Release[] };

/**
 * Leaves out releases that no machine would be given any more. Of each channel and kind of machine (system, processor, engine, license) all
 * stay from the newest down to the first that every such machine may have. Forced, paused, revoked and safe releases stay, and every revocation.
 * Deltas from what is left out go too: without its hash no machine uses them.
 */
export function thin(catalog: Catalog, keeping: Keeping): Thinned {
  const kept = new Set(byKind(catalog.releases).flatMap((releases) => staying(catalog, releases, keeping)));
  const removed = catalog.releases.filter((r) => !kept.has(r));
  if (removed.length === 0) return { catalog, removed };
  const gone = new Set(removed.map((r) => r.sequence));
  const releases = catalog.releases.filter((r) => kept.has(r)).map((r) => ({ ...r, deltas: r.deltas.filter((d) => !gone.has(d.fromSequence)) }));
  return { catalog: { ...catalog, releases }, removed };
}

/** Releases, newest first, by who may have them. */
function byKind(releases: readonly Release[]): readonly (readonly Release[])[] {
  const kinds = new Map<string, Release[]>();
  for (const release of releases) {
    const { channel, conditions, license } = release;
    const kind = JSON.stringify([channel, conditions, license]);
    kinds.set(kind, [...(kinds.get(kind) ?? []), release]);
  }
  return [...kinds.values()];
}

function staying(catalog: Catalog, releases: readonly Release[], { keep, since, now }: Keeping): readonly Release[] {
  const sure = releases.findIndex((r) => isSure(catalog, r, now));
  const first = Math.max(keep, sure === -1 ? releases.length : sure + 1);
  return releases.filter((r, i) => i < first || r.date >= since || isNamed(catalog, r));
}

/** Nothing but policy keeps it from a machine that its conditions fit. */
function isSure(catalog: Catalog, release: Release, now: Instant): boolean {
  const { paused, optional, requires, rollout } = release;
  const isForAll = rollout === undefined || (rollout.percent === 100 && (rollout.from ?? now) <= now);
  return !paused && !optional && requires.length === 0 && isForAll && revocationOf(catalog, release) === undefined;
}

/** Somebody asked for it by its number, or asks machines to take each of its kind. */
function isNamed(catalog: Catalog, release: Release): boolean {
  const { sequence, forced, paused } = release;
  return forced || paused || revocationOf(catalog, release) !== undefined || catalog.revoked.some((r) => r.safeSequence === sequence);
}
