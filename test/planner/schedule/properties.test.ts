// runtimes: node, deno
/** Whatever policy and machine: ten years of seconds, sampled, and more of them around the changes of the clocks. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Policy, rfc3339, type ScheduleFacts, type Window } from '../../../src/model/index.ts';
import { nextFrom, nextRun, remember, windowAt } from '../../../src/planner/index.ts';
import { at, EVERY_DAY, factsAt, policyOf } from './world.ts';
import { changesOf, FIRST, isWithin, LAST, wallClock, ZONES } from './wall-clock.ts';

const test = suite('properties of the schedule');
const RULES = { seed: 20261128, numRuns: 1500 } as const;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const CHANGES = new Map(ZONES.map((zone) => [zone, changesOf(zone)]));
type Zone = (typeof ZONES)[number];

/** Any second of ten years; every other one within three hours of a change of the zone's clock. */
const momentIn = (zone: Zone): fc.Arbitrary<number> => {
  const any = fc.integer({ min: FIRST, max: LAST }).map((second) => second * 1000);
  const changes = CHANGES.get(zone) ?? [];
  if (changes.length === 0) return any;
  return fc.oneof(any, fc.tuple(fc.constantFrom(...changes), fc.integer({ min: -10_800, max: 10_800 })).map(([change, off]) => (change + off) * 1000));
};

const timeOfDay = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 })),
  // where clocks are changed
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(0, 15, 30, 45)),
).map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);

const aWindow: fc.Arbitrary<Window> = fc
  .record({ days: fc.subarray(EVERY_DAY, { minLength: 1 }), from: timeOfDay, to: timeOfDay })
  .filter(({ from, to }) => from !== to);

type World = { readonly policy: Pick<Policy, 'schedule'>; readonly zone: Zone; readonly now: number; readonly facts: ScheduleFacts };

const aWorld = (least: 0 | 1): fc.Arbitrary<World> =>
  fc.constantFrom(...ZONES).chain((zone) =>
    fc
      .record({
        now: momentIn(zone),
        windows: fc.array(aWindow, { minLength: least, maxLength: 3 }),
        everyMinutes: fc.constantFrom(1, 7, 60, 240, 1440, 10_080),
        dailyAt: fc.oneof(fc.constant([]), fc.array(timeOfDay, { minLength: 1, maxLength: 3 })),
        splayMinutes: fc.constantFrom(0, 1, 60, 1440),
        retryWindowMinutes: fc.constantFrom(0, 30),
        host: fc.string(),
        lastRun: fc.option(fc.integer({ min: 0, max: 10 * DAY })),
        slept: fc.option(fc.integer({ min: 0, max: DAY })),
        failed: fc.option(fc.integer({ min: 1, max: 5 })),
        onlyIfOlderThanHours: fc.option(fc.integer({ min: 1, max: 300 })),
        onlyIfDisconnectedHours: fc.option(fc.integer({ min: 1, max: 300 })),
        cooling: fc.option(fc.integer({ min: 0, max: DAY })),
      })
      .map(({ now, host, lastRun, slept, failed, cooling, onlyIfOlderThanHours: old, onlyIfDisconnectedHours: away, ...rest }) => {
        const schedule = { ...rest, ...(old === null ? {} : { onlyIfOlderThanHours: old }), ...(away === null ? {} : { onlyIfDisconnectedHours: away }) };
        const facts = factsAt(rfc3339(now), lastRun === null ? null : rfc3339(now - lastRun), {
          hostId: host,
          zone,
          upSince: slept === null ? null : now - slept,
          failing: failed === null || lastRun === null ? null : { since: now - lastRun, last: now - lastRun, runs: failed },
          coolingUntil: cooling === null ? null : now + cooling,
        });
        return { policy: policyOf(schedule), zone, now, facts };
      }),
  );

const check = <T>(arbitrary: fc.Arbitrary<T>, rule: (value: T) => void): void => fc.assert(fc.property(arbitrary, rule), RULES);

test('there are changes of the clock to meet: twice a year in three zones, of an hour or half an hour', () => {
  assert.equal(ZONES.map((zone) => CHANGES.get(zone)?.length), [20, 20, 20, 0]);
});

test('a window is open if and only if the clock on the wall shows a time in it', () => {
  let open = 0;
  check(aWorld(1), ({ policy: { schedule }, zone, now }) => {
    const state = windowAt(schedule, now, zone);
    open += state.open ? 1 : 0;
    assert.is(state.open, isWithin(schedule.windows, now, zone), rfc3339(now));
  });
  assert.ok(open > 300 && open < 1200, `${open} of 1500 are open`);
});

test('when a window opens and closes is told to the millisecond, and it stays so until then', () => {
  check(fc.tuple(aWorld(1), fc.double({ min: 0, max: 1, noNaN: true })), ([{ policy: { schedule }, zone, now }, part]) => {
    const { open, opensAt, closesAt } = windowAt(schedule, now, zone);
    const isOpen = (moment: number): boolean => isWithin(schedule.windows, moment, zone);
    const between = (from: number, to: number): number => Math.min(to - 1, from + Math.floor(part * (to - from)));
    assert.ok(isOpen(opensAt), `open at ${rfc3339(opensAt)}`);
    if (!open) assert.equal([isOpen(opensAt - 1), isOpen(between(now, opensAt))], [false, false]);
    if (closesAt === null) return;
    assert.equal([isOpen(closesAt), isOpen(closesAt - 1), isOpen(between(opensAt, closesAt))], [false, true, true], rfc3339(closesAt));
  });
});

test('no run is ever due outside of a window, nor in the past', () => {
  check(aWorld(1), ({ policy, zone, facts }) => {
    const next = nextRun(policy, facts);
    assert.ok(next.at >= facts.now);
    assert.ok(isWithin(policy.schedule.windows, next.at, zone), `${rfc3339(next.at)} ${next.reason.code}`);
  });
});

test('the same facts give the same moment, which stays the same while time goes on towards it', () => {
  check(fc.tuple(aWorld(0), fc.double({ min: 0, max: 1, noNaN: true })), ([{ policy, facts }, part]) => {
    const next = nextRun(policy, facts);
    assert.equal(nextRun(policy, facts), next);
    // where no run was ever made it is due at once, at any moment
    if (facts.lastRun === null) return;
    const now = facts.now + Math.floor(part * (next.at - facts.now));
    assert.is(nextRun(policy, { ...facts, now }).at, next.at, `${next.reason.code} as seen from ${rfc3339(now)}`);
  });
});

test('after a sleep of any length no run comes more than one period late, nor later than a quarter of an hour', () => {
  const schedules = fc.record({ everyMinutes: fc.integer({ min: 1, max: 10_080 }), splayMinutes: fc.integer({ min: 0, max: 1440 }) });
  let missed = 0;
  check(fc.tuple(schedules, fc.string(), momentIn('Europe/Berlin'), fc.integer({ min: 0, max: 30 * DAY })), ([schedule, hostId, slept, ms]) => {
    const policy = policyOf(schedule);
    const woke = slept + ms;
    const facts = { ...factsAt(rfc3339(slept), rfc3339(slept), { hostId }), upSince: woke, now: woke };
    const due = nextRun(policy, { ...facts, now: slept, upSince: null }).at;
    const next = nextRun(policy, facts);
    const period = schedule.everyMinutes * MINUTE;
    assert.ok(due <= slept + period, 'while it is up a run comes once a period');
    if (due >= woke) return assert.is(next.at, due);
    missed += 1;
    assert.ok(next.at >= woke && next.at <= woke + Math.min(period, 15 * MINUTE), `${(next.at - woke) / MINUTE} minutes after it woke up`);
  });
  assert.ok(missed > 500, `${missed} of 1500 missed a run`);
});

test('with windows, what was missed comes in the first of them that is open after that, no further from its opening than the spread', () => {
  let missed = 0;
  check(aWorld(1), ({ policy, facts, zone }) => {
    const woke = facts.upSince ?? facts.now;
    const plain = { ...facts, now: woke, upSince: woke, coolingUntil: null, failing: null };
    const { schedule } = policy;
    const free = { schedule: { ...policyOf().schedule, windows: schedule.windows, everyMinutes: schedule.everyMinutes, splayMinutes: schedule.splayMinutes } };
    if (plain.lastRun === null || nextRun(free, { ...plain, now: plain.lastRun, upSince: null }).at > woke) return;
    missed += 1;
    const due = nextRun(free, plain).at;
    const quarter = woke + 15 * MINUTE;
    const { opensAt, closesAt } = windowAt(schedule, quarter, zone);
    assert.ok(closesAt === null || due < closesAt, `${rfc3339(due)} after it woke up at ${rfc3339(woke)}`);
    assert.ok(due <= Math.max(quarter, opensAt + schedule.splayMinutes * MINUTE), rfc3339(due));
  });
  assert.ok(missed > 300, `${missed} of 1500 missed a run`);
});

test('in every year each of the times of a day has its run on each day, once, on days of a change too', () => {
  for (const zone of ZONES) {
    const policy = policyOf({ dailyAt: ['02:15', '02:45', '20:00'], timeZone: zone });
    const seen = new Map<string, number>();
    let now = at('2026-12-31T12:00:00Z');
    for (const end = at('2028-01-01T12:00:00Z'); now < end; now = nextRun(policy, factsAt(rfc3339(now), rfc3339(now))).at) {
      const { date } = wallClock(now, zone);
      seen.set(date, (seen.get(date) ?? 0) + 1);
    }
    const days = [...seen].filter(([date]) => date.startsWith('2027'));
    assert.is(days.length, 365, zone);
    // what the missing time holds comes when it is over: two times within it are one run
    const odd = days.filter(([, runs]) => runs !== 3);
    assert.ok(odd.every(([, runs]) => runs === 2) && odd.length <= 1, `${zone} ${odd.join(' ')}`);
  }
});

/** 99.9 % of samples of a uniform spread over 60 places stay below this (chi-square, 59 degrees of freedom). */
const CHI_SQUARE_59 = 98.32;

function chiSquare(places: readonly number[]): number {
  const counts = Array.from({ length: 60 }, () => 0);
  for (const place of places) counts[Math.floor(place * 60)] = (counts[Math.floor(place * 60)] ?? 0) + 1;
  const expected = places.length / 60;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

const SPREADS = [
  ['everyMinutes', { everyMinutes: 240, splayMinutes: 60 }, '2026-11-25T12:00:00Z', 60],
  ['a splay longer than the period', { everyMinutes: 30, splayMinutes: 60 }, '2026-11-25T11:30:00Z', 30],
  ['dailyAt', { dailyAt: ['13:00'], splayMinutes: 120 }, '2026-11-25T13:00:00Z', 120],
  ['the opening of a window', { windows: [{ days: EVERY_DAY, from: '20:00', to: '23:00' }], splayMinutes: 60 }, '2026-11-25T20:00:00Z', 60],
  ['a window shorter than the splay', { windows: [{ days: EVERY_DAY, from: '20:00', to: '20:15' }], splayMinutes: 60 }, '2026-11-25T20:00:00Z', 15],
] as const;
for (const [name, schedule, from, minutes] of SPREADS) {
  test(`10 000 hosts are spread evenly: ${name}`, () => {
    const places = Array.from({ length: 10_000 }, (_, host) => {
      const facts = factsAt('2026-11-25T11:30:00Z', '2026-11-25T11:30:00Z', { hostId: `host-${host}` });
      return (nextRun(policyOf(schedule), facts).at - at(from)) / (minutes * MINUTE);
    });
    assert.ok(places.every((place) => place >= 0 && place < 1), 'none is outside of the spread');
    const found = chiSquare(places);
    assert.ok(found < CHI_SQUARE_59, `chi-square ${found}`);
    console.log(`\nNOTE: ${name}: chi-square ${found.toFixed(1)} of at most ${CHI_SQUARE_59}, over 10 000 hosts`);
  });
}

test('a host has the same place in the spread every time, and another under another policy', () => {
  const places = (policy: Pick<Policy, 'id' | 'schedule'>): ReadonlySet<number> => {
    const found = new Set<number>();
    let now = at('2026-11-25T12:00:00Z');
    for (let run = 0; run < 50; run++) {
      now = nextRun(policy, factsAt(rfc3339(now), rfc3339(now))).at;
      found.add(now % (4 * HOUR));
    }
    return found;
  };
  const schedule = { splayMinutes: 60 };
  const [one, other] = [places(policyOf(schedule)), places({ ...policyOf(schedule), id: 'fleet' })];
  assert.equal([one.size, other.size, new Set([...one, ...other]).size], [1, 1, 2]);
});

test('of a moment years ahead explain tells without going there run by run', () => {
  const facts = factsAt('2026-11-25T12:00:00Z', '2026-11-25T12:00:00Z');
  const far = at('2036-11-25T12:00:30Z');
  assert.is(rfc3339(nextFrom(policyOf({ everyMinutes: 1 }), facts, far).at), '2036-11-25T12:01:00.000Z');
  assert.is(nextFrom(policyOf({ everyMinutes: 1 }), facts, far - 30_000).at, far - 30_000, 'that very moment counts');
});

test('explain tells of any later moment what a machine then does that makes its runs', () => {
  check(fc.tuple(aWorld(0), fc.integer({ min: 0, max: 3 * DAY })), ([{ policy: { schedule }, facts, zone }, ms]) => {
    const policy = policyOf({ ...schedule, everyMinutes: Math.max(60, schedule.everyMinutes) });
    const asked = facts.now + ms;
    const predicted = nextFrom(policy, facts, asked);
    let then: ScheduleFacts = facts;
    for (;;) {
      const { at: due } = nextRun(policy, then);
      if (due >= asked) return assert.is(predicted.at, due, `${rfc3339(predicted.at)} ${predicted.reason.code}`);
      const run = { startedAt: due, finishedAt: due, scheduled: 'yes', scope: 'everything', force: 'no', outcome: 'well', answered: 'yes' } as const;
      then = { ...then, ...remember(policy.schedule, then, run, zone), now: due, coolingUntil: null };
    }
  });
});

test.run();
