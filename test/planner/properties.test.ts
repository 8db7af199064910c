import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Catalog, type CatalogState, compareVersions, type Component, type ComponentId, type ComponentPolicy, type Decision, type PlanInput, type Release } from '../../src/model/index.ts';
import { isEnabled, plan, rolloutBucket } from '../../src/planner/index.ts';
import { component, HOUR, id, input, inventory, NOW, policy, release, sha, told } from './world.ts';

/** Worlds by chance, with a fixed seed: whatever is in them, the rules hold. */
const RULES = { seed: 20261125, numRuns: 1000 } as const;
const NAMES = ['alpha', 'beta', 'gamma', 'delta'] as const;

const maybe = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, { arbitrary: arb, weight: 1 });
const rarely: fc.Arbitrary<boolean> = maybe(fc.constant(true)).map((is) => is ?? false);

const aRelease = (name: string): fc.Arbitrary<Release> =>
  fc
    .record({
      sequence: fc.integer({ min: 1, max: 12 }),
      channel: fc.constantFrom('stable', 'stable', 'beta'),
      forced: rarely,
      optional: rarely,
      paused: rarely,
      percent: maybe(fc.integer({ min: 0, max: 100 })),
      os: maybe(fc.constantFrom(['linux'], ['win32'])),
      other: maybe(fc.constantFrom(...NAMES)),
      engine: maybe(fc.constantFrom({ min: '2' }, { max: '2' })),
    })
    .map(({ sequence, percent, os, other, engine, ...flags }) =>
      release(sequence, {
        component: id(name),
        ...flags,
        ...(percent === undefined ? {} : { rollout: { percent, salt: `${sequence}` } }),
        requires: other === undefined ? [] : [{ component: id(other), minSequence: 3 }],
        conditions: { ...(os === undefined ? {} : { os }), ...(engine === undefined ? {} : { engine }) },
      }),
    );

const aComponentPolicy: fc.Arbitrary<ComponentPolicy> = fc
  .record({
    enabled: maybe(fc.boolean()),
    channel: maybe(fc.constantFrom('stable', 'beta')),
    pin: maybe(fc.constantFrom('1.3', '1.6', '1.9')),
    allowDowngrade: maybe(fc.boolean()),
    hours: maybe(fc.constantFrom(0, 30, 100)),
    until: maybe(fc.constantFrom(NOW - HOUR, NOW + HOUR)),
  })
  .map(({ enabled, channel, pin, allowDowngrade, hours, until }) => ({
    ...(enabled === undefined ? {} : { enabled }),
    ...(channel === undefined ? {} : { channel }),
    ...(pin === undefined ? {} : { pin }),
    ...(allowDowngrade === undefined ? {} : { allowDowngrade }),
    hold: { ...(hours === undefined ? {} : { hours }), ...(until === undefined ? {} : { until }) },
  }));

function withCatalogs(world: PlanInput, change: (catalog: Catalog) => Catalog): PlanInput {
  const catalogs = [...world.catalogs].map(([name, state]): [ComponentId, CatalogState] => [
    name,
    state.kind === 'catalog' ? { kind: 'catalog', catalog: change(state.catalog) } : state,
  ]);
  return { ...world, catalogs: new Map(catalogs) };
}

const aWorld: fc.Arbitrary<PlanInput> = fc
  .record({
    catalogs: fc.tuple(...NAMES.map((name) => fc.uniqueArray(aRelease(name), { minLength: 2, maxLength: 7, selector: (r) => r.sequence }))),
    installed: fc.array(fc.option(fc.integer({ min: 1, max: 8 })), { minLength: 4, maxLength: 4 }),
    policies: fc.array(aComponentPolicy, { minLength: 4, maxLength: 4 }),
    states: fc.array(fc.constantFrom('whole', 'whole', 'damaged', 'absent'), { minLength: 4, maxLength: 4 }),
    revoked: fc.array(fc.record({ sequence: fc.integer({ min: 1, max: 12 }), safe: maybe(fc.integer({ min: 1, max: 12 })) }), { maxLength: 2 }),
    quarantined: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }),
    typeOff: rarely,
    optional: fc.constantFrom('install', 'ask', 'never'),
    present: fc.constantFrom('someone', 'nobody'),
    force: fc.constantFrom('yes', 'no'),
    overrides: fc.boolean(),
    closed: rarely,
  })
  .map((w) => {
    const loaded = policy({
      components: Object.fromEntries(NAMES.map((name, i) => [name, w.policies[i] ?? {}])),
      content: { av: { enabled: !w.typeOff } },
      consent: { optional: w.optional },
      rollout: { forcedOverridesHold: w.overrides, forcedOverridesWindow: w.overrides },
      schedule: { windows: w.closed ? [{ days: ['sat', 'sun'], from: '02:00', to: '04:00' }] : [] },
    });
    const made = input({
      policy: loaded,
      components: NAMES.map((name, i) => component(name, w.installed[i] ?? null)),
      releases: Object.fromEntries(NAMES.map((name, i) => [name, w.catalogs[i] ?? []])),
      inventories: Object.fromEntries(NAMES.map((name, i) => [name, inventory({ state: w.states[i] ?? 'whole', engineVersion: i === 0 ? null : '2.1' })])),
      quarantine: w.quarantined.map((sequence) => ({
        component: id('alpha'),
        sequence,
        sha256: sha(`alpha ${sequence}`),
        why: 'its test failed',
        since: NOW - HOUR,
        policyDigest: loaded.digest,
      })),
      facts: { present: w.present },
      asked: { force: w.force },
    });
    const revoked = w.revoked.map((r) => ({ sequence: r.sequence, reason: 'bad', ...(r.safe === undefined ? {} : { safeSequence: r.safe }) }));
    return withCatalogs(made, (catalog) => ({ ...catalog, revoked }));
  });

type Install = { readonly decision: Decision; readonly release: Release; readonly why: string; readonly component: Component; readonly own: ComponentPolicy };

/** What a plan installs, together with what a rule needs to know of it. */
function installsOf(world: PlanInput): readonly Install[] {
  const planned = plan(world);
  return planned.installs.flatMap((name) => {
    const decision = planned.decisions.find((d) => d.id === name);
    const of = world.components.find((c) => c.id === name);
    if (decision?.choice.kind !== 'install' || of === undefined) return [];
    const { release: chosen, why } = decision.choice;
    return [{ decision, release: chosen, why: why.code, component: of, own: world.policy.policy.components.get(of.id) ?? {} }];
  });
}

/** The one way past hold, rollout, pause and pin: away from a revoked release to the safe one that its publisher names. */
const isRescue = ({ why }: Install): boolean => why === 'revoked-safe';

const revokedIn = (world: PlanInput, sequence: number): boolean =>
  [...world.catalogs.values()].some((s) => s.kind === 'catalog' && s.catalog.revoked.some((r) => r.sequence === sequence));

function holds(rule: (install: Install, world: PlanInput) => boolean): void {
  let seen = 0;
  fc.assert(
    fc.property(aWorld, (world) =>
      installsOf(world).every((install) => {
        seen += 1;
        return rule(install, world);
      }),
    ),
    RULES,
  );
  assert.ok(seen > 300, `the worlds install something (${seen})`);
}

test('the same input gives the same plan', () => {
  fc.assert(fc.property(aWorld, (world) => assert.equal(plan(world), plan(world)) === undefined), RULES);
});

test('the order in which components, catalogs and releases come makes no difference', () => {
  const turned = (world: PlanInput): PlanInput => {
    const other = withCatalogs(world, (catalog) => ({ ...catalog, releases: [...catalog.releases].reverse() }));
    return {
      ...other,
      components: [...world.components].reverse(),
      inventories: new Map([...world.inventories].reverse()),
      catalogs: new Map([...other.catalogs].reverse()),
      quarantine: [...world.quarantine].reverse(),
    };
  };
  fc.assert(fc.property(aWorld, (world) => assert.equal(plan(turned(world)), plan(world)) === undefined), RULES);
});

test('nothing disabled is ever in a plan', () => {
  holds(({ component: of }, world) => isEnabled(world.policy.policy, of));
});

test('nothing revoked is ever in a plan', () => {
  holds(({ release: r }, world) => !revokedIn(world, r.sequence));
});

test('nothing new that is held is ever in a plan, but for a safe release and what policy lets a forced one override', () => {
  holds((install, world) => {
    const { release: r, own, component: of } = install;
    const isYoung = r.date + (own.hold?.hours ?? 0) * HOUR > NOW && (own.hold?.hours ?? 0) > 0;
    const isEarly = (own.hold?.until ?? 0) > NOW;
    return isRescue(install) || r.sequence === of.installed?.sequence || !(isYoung || isEarly) || (r.forced && world.policy.policy.rollout.forcedOverridesHold);
  });
});

test('a hold never keeps what is installed from being put back', () => {
  let held = 0;
  fc.assert(
    fc.property(aWorld, (world) => {
      for (const { id: name, verdicts } of plan(world).decisions) {
        const installed = world.components.find((c) => c.id === name)?.installed;
        const verdict = verdicts.find((v) => v.gate === 'hold' && v.sequence === installed?.sequence);
        if (verdict?.reason.code === 'installed-already') held += 1;
        assert.is.not(verdict?.outcome, 'stop', `${name} ${installed?.sequence}`);
      }
    }),
    RULES,
  );
  assert.ok(held > 20, `${held} would have been held`);
});

test('outside of windows nothing is in a plan, but what leaves a revoked release, --force, and forced ones where policy lets them', () => {
  holds(({ release: r, why }, world) => {
    const { schedule, rollout } = world.policy.policy;
    return schedule.windows.length === 0 || why.startsWith('revoked-') || world.asked.force === 'yes' || (r.forced && rollout.forcedOverridesWindow);
  });
});

test('nothing pinned away is ever in a plan, and nothing goes back without leave', () => {
  holds((install) => {
    const { release: r, own, component: of, why } = install;
    const isBack = of.installed !== null && r.sequence < of.installed.sequence;
    const mayGoBack = why.startsWith('revoked-') || (own.pin !== undefined && own.allowDowngrade === true);
    return (isRescue(install) || own.pin === undefined || own.pin === r.version) && (!isBack || mayGoBack);
  });
});

test('nothing new that is paused or outside the rollout, and nothing for another system or in quarantine, is ever in a plan', () => {
  holds((install, world) => {
    const { release: r } = install;
    const bucket = r.rollout === undefined ? 0 : rolloutBucket(world.facts.hostId, r.component, r.rollout.salt);
    const isReached = !r.paused && (r.rollout === undefined || bucket < r.rollout.percent);
    const isQuarantined = world.asked.force === 'no' && world.quarantine.some((q) => q.component === r.component && q.sequence === r.sequence);
    return (isRescue(install) || install.why === 'reinstall-damaged' || isReached) && (r.conditions.os?.includes('linux') ?? true) && !isQuarantined;
  });
});

test('a round with a forced release holds nothing else', () => {
  holds(({ why }, world) => {
    const all = installsOf(world);
    return why !== 'install-forced' ? all.every((other) => other.why !== 'install-forced') : all.every((other) => other.why === 'install-forced');
  });
});

test('a component that does not move always says why', () => {
  fc.assert(
    fc.property(aWorld, (world) => plan(world).decisions.every((d) => !told(d).endsWith(' null'))),
    RULES,
  );
});

test('of 10 000 hosts, p % are in a rollout at p %, give or take 1.5', () => {
  const hosts = Array.from({ length: 10_000 }, (_, n) => rolloutBucket(`host-${n}`, 'clamav.main', 'a-salt'));
  for (const percent of [1, 5, 10, 25, 50, 75, 90, 99]) {
    const share = hosts.filter((bucket) => bucket < percent).length / 100;
    assert.ok(Math.abs(share - percent) <= 1.5, `${share} % at ${percent} %`);
  }
  assert.is(hosts.filter((bucket) => bucket < 100).length, 10_000);
  assert.is(hosts.filter((bucket) => bucket < 0).length, 0);
});

test('raising the percent never removes a host', () => {
  const goes = (host: string, percent: number): boolean =>
    installsOf(input({ facts: { hostId: host }, components: [component('demo', 5)], releases: [release(10, { rollout: { percent, salt: 's' } })] })).length === 1;
  const property = fc.property(fc.string(), fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }), (host, a, b) => {
    const [low, high] = a < b ? [a, b] : [b, a];
    return !goes(host, low) || goes(host, high);
  });
  fc.assert(property, RULES);
});

test('another salt, and another component, draws other hosts', () => {
  const drawn = (name: string, salt: string) => Array.from({ length: 1000 }, (_, n) => rolloutBucket(`host-${n}`, name, salt) < 50);
  const first = drawn('demo', 'one');
  for (const other of [drawn('demo', 'two'), drawn('rules', 'one')]) {
    const same = other.filter((isIn, n) => isIn === first[n]).length;
    assert.ok(same > 400 && same < 600, `${same} of 1000 alike`);
  }
});

const ORDERED = [['1.9', '1.10'], ['1.4', '1.4.1'], ['0.103.12', '1.0'], ['v1', '2'], ['1.4.3+dfsg', '1.4.4']] as const;
for (const [older, newer] of ORDERED) {
  test(`${older} is older than ${newer}`, () => {
    assert.ok((compareVersions(older, newer) ?? 0) < 0);
    assert.ok((compareVersions(newer, older) ?? 0) > 0);
  });
}

test('1.4 is 1.4.0, and a word is no version', () => {
  assert.is(compareVersions('1.4', '1.4.0'), 0);
  assert.is(compareVersions('devel', '1'), undefined);
});

test.run();
