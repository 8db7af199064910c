import { type Delta, DELTA_MAX_BYTES, type DeltaStep, type PlanInput, type Release, type Route, VENDOR_DELTA_MAX_BYTES, VENDOR_OUTCOME_MAX_BYTES } from '../model/index.ts';
import { isInstalled, type Subject } from './subject.ts';

/** Whose deltas a chain is made of, all of them: the agent's own lead from tar to tar, a vendor's from tree to tree. */
type Maker = { readonly by: 'agent' } | { readonly by: 'vendor'; readonly algorithm: string };
/** A way from content that is here to one release: what it costs, and by which deltas. */
type Way = { readonly release: Release; readonly bytes: number; readonly base: 'tree' | 'package'; readonly steps: readonly DeltaStep[] };

/**
 * How a release's bytes come here with the fewest of them downloaded: from the cache, else whole or by deltas, whichever is cheaper; whole
 * where they cost the same. A chain begins at any release whose content can be had here, a revoked one too: it is never put in place.
 */
export function routeTo(subject: Subject, release: Release): Route {
  const { input, mode, inventory } = subject;
  if (mode === 'reapply' && isInstalled(subject, release) && inventory?.kept.some((k) => k.sequence === release.sequence) === true) return { kind: 'kept', bytes: 0 };
  if (input.cached.has(release.package.sha256)) return { kind: 'cache', bytes: 0 };
  const full = missing(input, release.package);
  const ways = makersOf(subject).flatMap((maker) => cheapestWay(subject, release, maker) ?? []);
  const [way] = ways.toSorted(compare);
  return way !== undefined && way.bytes < full ? { kind: 'delta', bytes: way.bytes, base: way.base, steps: way.steps } : { kind: 'full', bytes: full };
}

/** What is still to be downloaded of a package or a delta. */
function missing({ cached, begun }: PlanInput, what: Pick<Delta, 'sha256' | 'size'>): number {
  return cached.has(what.sha256) ? 0 : Math.max(0, what.size - (begun.get(what.sha256) ?? 0));
}

function makersOf({ input, component }: Subject): readonly Maker[] {
  const vendors = input.algorithms.plugIns.get(component.plugIn) ?? [];
  return [{ by: 'agent' }, ...vendors.map((algorithm): Maker => ({ by: 'vendor', algorithm }))];
}

/** The best way to each release, made better edge by edge until nothing gets better (Bellman and Ford); an edge costs what it has to download. */
function cheapestWay(subject: Subject, target: Release, maker: Maker): Way | undefined {
  const edges = edgesOf(subject, maker);
  if (edges.length === 0) return undefined;
  const best = new Map<number, Way>(basesOf(subject, target, maker).map((way) => [way.release.sequence, way]));
  for (let better = true; better; ) {
    better = false;
    for (const step of edges) {
      const before = best.get(step.from.sequence);
      if (before === undefined) continue;
      const way = { ...before, release: step.to, bytes: before.bytes + missing(subject.input, step.delta), steps: [...before.steps, step] };
      const known = best.get(step.to.sequence);
      if (known !== undefined && compare(known, way) <= 0) continue;
      best.set(step.to.sequence, way);
      better = true;
    }
  }
  return best.get(target.sequence);
}

/** Fewer bytes, then fewer steps, then a tree before a package, which would have to be unpacked; then anything that is always the same. */
function compare(a: Way, b: Way): number {
  const name = (way: Way): string => [way.base === 'tree' ? 0 : 1, ...way.steps.map((s) => s.delta.sha256)].join(' ');
  return a.bytes - b.bytes || a.steps.length - b.steps.length || (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0);
}

/** Where a chain can begin: a tree that is whole, and for the agent's own deltas only one that is byte for byte the package's, or a cached package. */
function basesOf({ input, catalog, inventory, component }: Subject, target: Release, { by }: Maker): readonly Way[] {
  const kept = (inventory?.kept ?? []).filter((k) => inventory?.state === 'whole' || k.sequence !== component.installed?.sequence);
  const trees = by === 'vendor' ? kept : kept.filter((k) => inventory?.vendorMade?.includes(k.sequence) !== true);
  return (catalog?.releases ?? []).flatMap((release): readonly Way[] => {
    const { sha256, unpackedSha256 } = release.package;
    if (release.sequence === target.sequence || (by === 'agent' && unpackedSha256 === undefined)) return [];
    if (trees.some((k) => k.sequence === release.sequence && k.sha256 === sha256)) return [{ release, bytes: 0, base: 'tree', steps: [] }];
    return by === 'agent' && input.cached.has(sha256) ? [{ release, bytes: 0, base: 'package', steps: [] }] : [];
  });
}

/** The deltas of one maker that can be used here, and none that failed here before. */
function edgesOf({ input, catalog, component }: Subject, maker: Maker): readonly DeltaStep[] {
  const known = maker.by === 'agent' ? input.algorithms.agent : [maker.algorithm];
  const refused = new Set(
    input.refusedDeltas.filter((d) => d.component === component.id && d.policyDigest === input.policy.digest).map((d) => d.sha256),
  );
  const isRefused = (delta: Delta): boolean => input.asked.force === 'no' && refused.has(delta.sha256);
  const releases = new Map((catalog?.releases ?? []).map((r) => [r.sequence, r]));
  return [...releases.values()].flatMap((to) =>
    to.deltas.flatMap((delta): readonly DeltaStep[] => {
      const from = releases.get(delta.fromSequence);
      if (from === undefined || from === to || !known.includes(delta.algorithm) || isRefused(delta)) return [];
      const step = { delta, from, to };
      return (maker.by === 'agent' ? canMeet(step) : canProve(step)) ? [step] : [];
    }),
  );
}

/** Both ends are hashed, and not too large together. */
function canMeet({ from, to }: DeltaStep): boolean {
  const isHashed = from.package.unpackedSha256 !== undefined && to.package.unpackedSha256 !== undefined;
  return isHashed && from.package.unpackedSize + to.package.unpackedSize <= DELTA_MAX_BYTES;
}

/** What comes of it can be held to the catalog, and neither it nor what it changes is too large. */
function canProve({ delta: { size, outcome } }: DeltaStep): boolean {
  return outcome !== undefined && size <= VENDOR_DELTA_MAX_BYTES && outcome.size <= VENDOR_OUTCOME_MAX_BYTES;
}
