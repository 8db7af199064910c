// runtimes: node, deno
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Catalog, type CatalogState, type ComponentId, type Delta, DELTA_MAX_BYTES, type PlanInput, type Release, type Route, VENDOR_DELTA_MAX_BYTES, VENDOR_OUTCOME_MAX_BYTES } from '../../src/model/index.ts';
import { plan } from '../../src/planner/index.ts';
import { component, content, decideDemo, decisionOf, id, input, inventory, NOW, policy, release, sha, type World } from './world.ts';

const test = suite('routes');

const delta = (fromSequence: number, size: number, more: Partial<Delta> = {}): Delta => ({ fromSequence, size, sha256: sha(`delta ${fromSequence} ${size}`), algorithm: 'zstd', ...more });

/** A vendor's own, which promises what comes of it. */
const cdiff = (fromSequence: number, size: number, more: Partial<Delta> = {}): Delta => delta(fromSequence, size, { algorithm: 'cdiff', outcome: { sha256: sha(`outcome ${fromSequence}`), size: 5000 }, ...more });
const VENDORS: World['algorithms'] = { agent: ['zstd'], plugIns: new Map([['files', ['cdiff']]]) };

/** Release N of 1000 bytes, whose tar is hashed, with these deltas to it. */
function rel(sequence: number, deltas: readonly Delta[] = [], more: Partial<Release['package']> = {}): Release {
  return release(sequence, { package: { sha256: sha(`demo ${sequence}`), size: 1000, unpackedSize: 5000, unpackedSha256: sha(`tar ${sequence}`), format: 'tar+zstd', ...more }, deltas });
}

/** `delta 30 tree 1>2 2>3`, `full 1000`, `cache 0`. */
function brief(route: Route): string {
  if (route.kind !== 'delta') return `${route.kind} ${route.bytes}`;
  return `delta ${route.bytes} ${route.base} ${route.steps.map((s) => `${s.from.sequence}>${s.to.sequence}`).join(' ')}`;
}

function routeOf(world: World): string {
  const { choice } = decideDemo({ components: [component('demo', 1)], inventories: { demo: inventory({ kept: [content(1)] }) }, ...world });
  return choice.kind === 'install' ? brief(choice.route) : choice.kind;
}

const CHAIN = [rel(3, [delta(2, 10)]), rel(2, [delta(1, 20)]), rel(1)];
const two = (more: Partial<Delta> = {}, size = 40): readonly Release[] => [rel(2, [delta(1, size, more)]), rel(1)];

type Case = readonly [name: string, world: World, expected: string];
const CASES: readonly Case[] = [
  ['one delta from the installed tree', { releases: two() }, 'delta 40 tree 1>2'],
  ['a chain of two', { releases: CHAIN }, 'delta 30 tree 1>2 2>3'],
  ['one large delta against a chain that is cheaper', { releases: [rel(3, [delta(2, 10), delta(1, 31)]), ...CHAIN.slice(1)] }, 'delta 30 tree 1>2 2>3'],
  ['one delta as cheap as a chain: fewer steps', { releases: [rel(3, [delta(2, 10), delta(1, 30)]), ...CHAIN.slice(1)] }, 'delta 30 tree 1>3'],
  ['a delta as large as the package', { releases: two({}, 1000) }, 'full 1000'],
  ['a delta one byte smaller', { releases: two({}, 999) }, 'delta 999 tree 1>2'],
  ['the package in the cache', { releases: two(), cached: [sha('demo 2')] }, 'cache 0'],
  ['deltas in the cache count nothing', { releases: [rel(3, [delta(2, 10), delta(1, 25)]), ...CHAIN.slice(1)], cached: [delta(1, 20).sha256] }, 'delta 10 tree 1>2 2>3'],
  ['a package that has mostly come already', { releases: two(), begun: { [sha('demo 2')]: 970 } }, 'full 30'],
  ['a delta that has mostly come already', { releases: [rel(2, [delta(1, 900)]), rel(1)], begun: { [delta(1, 900).sha256]: 890 } }, 'delta 10 tree 1>2'],
  ['nothing kept, the base in the cache', { releases: two(), inventories: { demo: inventory() }, cached: [sha('demo 1')] }, 'delta 40 package 1>2'],
  ['kept and in the cache: the tree', { releases: two(), cached: [sha('demo 1')] }, 'delta 40 tree 1>2'],
  ['nothing kept and nothing cached', { releases: two(), inventories: { demo: inventory() } }, 'full 1000'],
  ['no inventory', { releases: two(), inventories: {} }, 'full 1000'],
  ['the installed tree is damaged', { releases: two(), inventories: { demo: inventory({ state: 'damaged', kept: [content(1)] }) } }, 'full 1000'],
  ['the installed tree is damaged, its package cached', { releases: two(), inventories: { demo: inventory({ state: 'damaged', kept: [content(1)] }) }, cached: [sha('demo 1')] }, 'delta 40 package 1>2'],
  [
    'the installed tree is damaged, the one before it is kept',
    { releases: [rel(4, [delta(3, 10), delta(2, 50)]), rel(3, [delta(2, 10)]), rel(2)], components: [component('demo', 3)], inventories: { demo: inventory({ state: 'damaged', kept: [content(3), content(2)] }) } },
    'delta 20 tree 2>3 3>4',
  ],
  ['the installed release is made anew from its tree', { releases: [rel(1)], inventories: { demo: inventory({ kept: [content(1)], outdated: 'x' }) }, cached: [sha('demo 1')] }, 'kept 0'],
  ['the installed release is to be made anew, and its tree is not kept', { releases: [rel(1)], inventories: { demo: inventory({ outdated: 'x' }) } }, 'full 1000'],
  ['a newer one comes by its own route', { releases: two(), inventories: { demo: inventory({ kept: [content(1)], outdated: 'x' }) } }, 'delta 40 tree 1>2'],
  ['the kept tree is of another package', { releases: two(), inventories: { demo: inventory({ kept: [{ ...content(1), sha256: sha('adopted') }] }) } }, 'full 1000'],
  ['the base is not in the catalog any more', { releases: two().slice(0, 1) }, 'full 1000'],
  ['the base without its tar’s hash', { releases: [rel(2, [delta(1, 40)]), release(1, { package: { sha256: sha('demo 1'), size: 1000, unpackedSize: 5000, format: 'tar+zstd' } })] }, 'full 1000'],
  ['the release without its tar’s hash', { releases: [release(2, { deltas: [delta(1, 40)], package: { sha256: sha('demo 2'), size: 1000, unpackedSize: 5000, format: 'tar+zstd' } }), rel(1)] }, 'full 1000'],
  ['old and new together at the limit', { releases: [rel(2, [delta(1, 40)], { unpackedSize: DELTA_MAX_BYTES - 5000 }), rel(1)] }, 'delta 40 tree 1>2'],
  ['old and new together above the limit', { releases: [rel(2, [delta(1, 40)], { unpackedSize: DELTA_MAX_BYTES - 4999 }), rel(1)] }, 'full 1000'],
  ['an algorithm that nobody knows', { releases: two({ algorithm: 'courgette' }) }, 'full 1000'],
  ['an algorithm that only another plug-in knows', { releases: two({ algorithm: 'cdiff' }), algorithms: { agent: ['zstd'], plugIns: new Map([['clamav', ['cdiff']]]) } }, 'full 1000'],
  ['a delta from a revoked release', { releases: two(), revoked: [{ sequence: 1, reason: 'bad' }] }, 'delta 40 tree 1>2'],
  ['a chain through a revoked release', { releases: CHAIN, revoked: [{ sequence: 2, reason: 'bad' }] }, 'delta 30 tree 1>2 2>3'],
  ['a delta from itself', { releases: [rel(2, [delta(2, 1)]), rel(1)] }, 'full 1000'],
  ['deltas in a ring', { releases: [rel(4, [delta(3, 900)]), rel(3, [delta(2, 1)]), rel(2, [delta(3, 1)]), rel(1)] }, 'full 1000'],
  ['a delta that costs nothing, in a ring', { releases: [rel(3, [delta(2, 1)]), rel(2, [delta(3, 0), delta(1, 7)]), rel(1)] }, 'delta 8 tree 1>2 2>3'],
];
/** Release N without the hash of its tar, whose package nothing but a tree can stand for. */
const bare = (sequence: number, deltas: readonly Delta[] = [], unpackedSize = 5000): Release => release(sequence, { deltas, package: { sha256: sha(`demo ${sequence}`), size: 1000, unpackedSize, format: 'tar+zstd' } });
const VENDOR_CHAIN = [bare(3, [cdiff(2, 10)]), bare(2, [cdiff(1, 20)]), bare(1)];

const VENDOR_CASES: readonly Case[] = [
  ['one from the installed tree', { releases: [rel(2, [cdiff(1, 40)]), rel(1)] }, 'delta 40 tree 1>2'],
  ['a chain, no tar hashed', { releases: VENDOR_CHAIN }, 'delta 30 tree 1>2 2>3'],
  ['old and new far above what zstd takes', { releases: [bare(2, [cdiff(1, 40)], DELTA_MAX_BYTES), bare(1)] }, 'delta 40 tree 1>2'],
  ['nothing kept, the base in the cache', { releases: VENDOR_CHAIN, inventories: { demo: inventory() }, cached: [sha('demo 1')] }, 'full 1000'],
  ['the installed tree is damaged', { releases: VENDOR_CHAIN, inventories: { demo: inventory({ state: 'damaged', kept: [content(1)] }) } }, 'full 1000'],
  ['the kept tree is of another package', { releases: VENDOR_CHAIN, inventories: { demo: inventory({ kept: [{ ...content(1), sha256: sha('adopted') }] }) } }, 'full 1000'],
  ['nothing is promised of what comes of it', { releases: [rel(2, [delta(1, 40, { algorithm: 'cdiff' })]), rel(1)] }, 'full 1000'],
  ['a step that promises nothing', { releases: [bare(3, [cdiff(2, 10)]), bare(2, [delta(1, 20, { algorithm: 'cdiff' })]), bare(1)] }, 'full 1000'],
  ['one at the limit', { releases: [rel(2, [cdiff(1, VENDOR_DELTA_MAX_BYTES)], { size: 2 ** 30 }), rel(1)] }, `delta ${VENDOR_DELTA_MAX_BYTES} tree 1>2`],
  ['one above the limit', { releases: [rel(2, [cdiff(1, VENDOR_DELTA_MAX_BYTES + 1)], { size: 2 ** 30 }), rel(1)] }, `full ${2 ** 30}`],
  ['what it changes is at the limit', { releases: [rel(2, [cdiff(1, 40, { outcome: { sha256: sha('x'), size: VENDOR_OUTCOME_MAX_BYTES } })]), rel(1)] }, 'delta 40 tree 1>2'],
  ['what it changes is too large', { releases: [rel(2, [cdiff(1, 40, { outcome: { sha256: sha('x'), size: VENDOR_OUTCOME_MAX_BYTES + 1 } })]), rel(1)] }, 'full 1000'],
  ['both kinds lead there: the cheaper, the vendor’s', { releases: [rel(2, [delta(1, 41), cdiff(1, 40)]), rel(1)] }, 'delta 40 tree 1>2'],
  ['both kinds lead there: the cheaper, ours', { releases: [rel(3, [delta(1, 29), cdiff(2, 10)]), rel(2, [cdiff(1, 20)]), rel(1)] }, 'delta 29 tree 1>3'],
  ['a chain is never of both', { releases: [rel(3, [delta(2, 10)]), rel(2, [cdiff(1, 20)]), rel(1)] }, 'full 1000'],
  ['a tree that a vendor’s delta made is the base of the next', { releases: VENDOR_CHAIN.slice(1), inventories: { demo: inventory({ kept: [content(1)], vendorMade: [1] }) } }, 'delta 20 tree 1>2'],
  ['a tree that a vendor’s delta made is no base for zstd', { releases: two(), inventories: { demo: inventory({ kept: [content(1)], vendorMade: [1] }) } }, 'full 1000'],
  ['the same, its package cached', { releases: two(), inventories: { demo: inventory({ kept: [content(1)], vendorMade: [1] }) }, cached: [sha('demo 1')] }, 'delta 40 package 1>2'],
  ['the cdiff failed here before', { releases: [bare(2, [cdiff(1, 40)]), bare(1)], refusedDeltas: [{ component: id('demo'), sequence: 2, sha256: cdiff(1, 40).sha256, why: 'x', since: NOW, policyDigest: policy().digest }] }, 'full 1000'],
];
for (const [name, world, expected] of VENDOR_CASES) {
  test(`a vendor’s deltas, ${name}: ${expected}`, () => assert.is(routeOf({ algorithms: VENDORS, ...world }), expected));
}

for (const [name, world, expected] of CASES) {
  test(`${name}: ${expected}`, () => assert.is(routeOf(world), expected));
}

const refusedDelta = { component: id('demo'), sequence: 2, sha256: delta(1, 40).sha256, why: 'delta-refused', since: NOW };
const REFUSED: readonly Case[] = [
  ['under this policy', { refusedDeltas: [{ ...refusedDelta, policyDigest: policy().digest }] }, 'full 1000'],
  ['under another policy', { refusedDeltas: [{ ...refusedDelta, policyDigest: sha('another') }] }, 'delta 40 tree 1>2'],
  ['under this policy, and --force', { refusedDeltas: [{ ...refusedDelta, policyDigest: policy().digest }], asked: { force: 'yes' } }, 'delta 40 tree 1>2'],
  ['for another component', { refusedDeltas: [{ ...refusedDelta, component: id('other'), policyDigest: policy().digest }] }, 'delta 40 tree 1>2'],
];
for (const [name, world, expected] of REFUSED) {
  test(`a delta that failed here before, ${name}: ${expected}`, () => assert.is(routeOf({ releases: two(), ...world }), expected));
}

const RULES = { seed: 20261125, numRuns: 1000 } as const;
const COUNT = 8;
const aDelta = fc.record({
  fromSequence: fc.integer({ min: 1, max: COUNT + 1 }),
  size: fc.integer({ min: 0, max: 700 }),
  algorithm: fc.constantFrom('zstd', 'zstd', 'zstd', 'cdiff', 'cdiff'),
  isPromised: fc.constantFrom(true, true, true, false),
});
const aCatalog = fc.array(fc.tuple(fc.array(aDelta, { maxLength: 5 }), fc.constantFrom(true, true, true, true, false), fc.constantFrom(1000, 1000, 1000, 100_000_000, 200_000_000), fc.integer({ min: 100, max: 1500 })), { minLength: COUNT, maxLength: COUNT });
const aWorld = fc
  .record({
    catalog: aCatalog,
    installed: fc.integer({ min: 1, max: COUNT - 1 }),
    kept: fc.uniqueArray(fc.integer({ min: 1, max: COUNT }), { minLength: 1, maxLength: 3 }),
    cached: fc.uniqueArray(fc.integer({ min: 1, max: COUNT }), { maxLength: 2 }),
    cachedDeltas: fc.array(fc.nat(20), { maxLength: 3 }),
    revoked: fc.uniqueArray(fc.integer({ min: 1, max: COUNT }), { maxLength: 3 }),
    state: fc.constantFrom('whole', 'whole', 'damaged'),
    vendorMade: fc.subarray([1, 2, 3, 4, 5, 6, 7, 8]),
  })
  .map((w) => {
    const releases = w.catalog.map(([deltas, isHashed, unpackedSize, size], i) => {
      const sequence = i + 1;
      const { unpackedSha256, ...bare } = rel(sequence, [], { unpackedSize, size }).package;
      const named = deltas.map(({ isPromised, ...d }, n) => ({
        ...d,
        sha256: sha(`delta ${d.fromSequence} ${sequence} ${n}`),
        ...(d.algorithm === 'cdiff' && isPromised ? { outcome: { sha256: sha('outcome'), size: 1 } } : {}),
      }));
      return release(sequence, { package: isHashed && unpackedSha256 !== undefined ? { ...bare, unpackedSha256 } : bare, deltas: named });
    });
    const all = releases.flatMap((r) => r.deltas.map((d) => d.sha256));
    return input({
      components: [component('demo', w.installed)],
      releases: [...releases].reverse(),
      revoked: w.revoked.map((sequence) => ({ sequence, reason: 'bad' })),
      inventories: { demo: inventory({ state: w.state, kept: w.kept.map((n) => content(n)), vendorMade: w.vendorMade }) },
      algorithms: VENDORS,
      cached: [...w.cached.map((n) => sha(`demo ${n}`)), ...w.cachedDeltas.flatMap((n) => all[n] ?? [])],
    });
  });

type Found = { readonly release: Release; readonly route: Route };
function found(world: PlanInput): Found | undefined {
  const { choice } = decisionOf(plan(world));
  return choice.kind === 'install' ? choice : undefined;
}

function catalogOf(world: PlanInput): Catalog {
  const state = world.catalogs.get(id('demo'));
  if (state?.kind !== 'catalog') throw new Error('no catalog');
  return state.catalog;
}

const isVendors = (route: Extract<Route, { kind: 'delta' }>): boolean => route.steps.some((s) => s.delta.algorithm === 'cdiff');

function holds(rule: (found: Found, world: PlanInput) => boolean): void {
  let [deltas, vendors] = [0, 0];
  fc.assert(
    fc.property(aWorld, (world) => {
      const one = found(world);
      if (one?.route.kind === 'delta') deltas += 1;
      if (one?.route.kind === 'delta' && isVendors(one.route)) vendors += 1;
      return one === undefined || rule(one, world);
    }),
    RULES,
  );
  assert.ok(deltas > 100 && vendors > 30, `the worlds have deltas (${deltas}), of vendors too (${vendors})`);
}

test('no route is dearer than the full package', () => {
  holds(({ release: to, route }) => route.bytes <= to.package.size);
});

test('a chain costs what its deltas cost, and each step begins where the one before ended', () => {
  holds(({ release: to, route }, world) => {
    if (route.kind !== 'delta') return true;
    const cost = route.steps.reduce((sum, s) => sum + (world.cached.has(s.delta.sha256) ? 0 : s.delta.size), 0);
    const joined = route.steps.every((s, i) => i === 0 || route.steps[i - 1]?.to === s.from);
    const ends = route.steps.every((s) => s.delta.fromSequence === s.from.sequence && s.to.deltas.includes(s.delta));
    const hashed = route.steps.every((s) => s.from.package.unpackedSha256 !== undefined && s.to.package.unpackedSha256 !== undefined);
    const fits = route.steps.every((s) => s.from.package.unpackedSize + s.to.package.unpackedSize <= DELTA_MAX_BYTES && s.delta.algorithm === 'zstd');
    const proven = route.base === 'tree' && route.steps.every((s) => s.delta.algorithm === 'cdiff' && s.delta.outcome !== undefined);
    return cost === route.bytes && joined && ends && (isVendors(route) ? proven : hashed && fits) && route.steps.at(-1)?.to === to && new Set(route.steps).size === route.steps.length;
  });
});

test('a chain begins at what is here: a kept tree that is whole, or a cached package', () => {
  holds(({ route }, world) => {
    const first = route.kind === 'delta' ? route.steps[0]?.from : undefined;
    if (route.kind !== 'delta' || first === undefined) return route.kind !== 'delta';
    const here = world.inventories.get(id('demo'));
    const isDamaged = here?.state !== 'whole' && first.sequence === world.components[0]?.installed?.sequence;
    const isOther = !isVendors(route) && here?.vendorMade?.includes(first.sequence) === true;
    const isKept = here?.kept.some((k) => k.sequence === first.sequence) === true && !isDamaged && !isOther;
    return route.base === 'tree' ? isKept : world.cached.has(first.package.sha256) && !isKept;
  });
});

test('nothing revoked is a destination, by whatever route', () => {
  holds(({ release: to }, world) => catalogOf(world).revoked.every((r) => r.sequence !== to.sequence));
});

/** The cheapest way by trying every chain without a ring. */
function cheapest(world: PlanInput, to: Release): number {
  const { releases } = catalogOf(world);
  const here = world.inventories.get(id('demo'));
  const installed = world.components[0]?.installed?.sequence;
  const isTree = (r: Release): boolean => here?.kept.some((k) => k.sequence === r.sequence) === true && (here.state === 'whole' || r.sequence !== installed);
  const isTar = (r: Release): boolean => world.cached.has(r.package.sha256) || (isTree(r) && here?.vendorMade?.includes(r.sequence) !== true);
  const meet = (from: Release, at: Release): boolean =>
    from.package.unpackedSha256 !== undefined && at.package.unpackedSha256 !== undefined && from.package.unpackedSize + at.package.unpackedSize <= DELTA_MAX_BYTES;
  const back = (by: 'zstd' | 'cdiff', at: Release, seen: readonly Release[]): number => {
    if (seen.length > 0 && (by === 'cdiff' ? isTree(at) : isTar(at))) return 0;
    const costs = at.deltas.map((d) => {
      const from = releases.find((r) => r.sequence === d.fromSequence);
      if (from === undefined || d.algorithm !== by || from === at || seen.includes(from)) return Infinity;
      if (by === 'cdiff' ? d.outcome === undefined : !meet(from, at)) return Infinity;
      return (world.cached.has(d.sha256) ? 0 : d.size) + back(by, from, [...seen, at]);
    });
    return Math.min(Infinity, ...costs);
  };
  return Math.min(back('zstd', to, []), back('cdiff', to, []), to.package.size);
}

test('no cheaper route exists', () => {
  holds(({ release: to, route }, world) => route.kind === 'cache' || route.bytes === cheapest(world, to));
});

test('the order in which releases, deltas and kept content come makes no difference', () => {
  const shuffled = (world: PlanInput, order: number): PlanInput => {
    const turn = <T>(list: readonly T[]): readonly T[] => (list.length < 2 ? list : [...list.slice(order % list.length), ...list.slice(0, order % list.length)].reverse());
    const catalog = catalogOf(world);
    const releases = turn(catalog.releases).map((r) => ({ ...r, deltas: turn(r.deltas) }));
    const state: CatalogState = { kind: 'catalog', catalog: { ...catalog, releases } };
    const here = world.inventories.get(id('demo'));
    const inventories = new Map(here === undefined ? [] : [[id('demo'), { ...here, kept: turn(here.kept) }] as const]);
    return { ...world, catalogs: new Map<ComponentId, CatalogState>([[id('demo'), state]]), inventories };
  };
  const told = (world: PlanInput): string => {
    const one = found(world);
    return one === undefined ? 'nothing' : `${brief(one.route)} ${one.route.kind === 'delta' ? one.route.steps.map((s) => s.delta.sha256).join() : ''}`;
  };
  fc.assert(fc.property(aWorld, fc.nat(100), (world, order) => told(world) === told(shuffled(world, order))), RULES);
});

test.run();
