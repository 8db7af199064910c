// runtimes: node, deno
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { reasonText, rfc3339, type ScheduleFacts } from '../../../src/model/index.ts';
import { nextRun, probationEnd, windowAt } from '../../../src/planner/index.ts';
import { component } from '../world.ts';
import { EVERY_DAY, factsAt, at, policyOf } from './world.ts';

const test = suite('when the next run is due');
const NIGHT = [{ days: EVERY_DAY, from: '22:00', to: '04:00' }];

/** `2026-11-25T12:00:00.000Z next-period` */
function next(schedule: Parameters<typeof policyOf>[0], facts: ScheduleFacts): string {
  const due = nextRun(policyOf(schedule), facts);
  return `${rfc3339(due.at).replace('.000Z', 'Z')} ${due.reason.code}`;
}

test('a time of the day is told with the zone whose clock it is on', () => {
  const text = (schedule: Parameters<typeof policyOf>[0], zone: string): string => reasonText(nextRun(policyOf(schedule), factsAt('2026-11-25T12:00:00Z', '2026-11-25T06:30:00Z', { zone })).reason);
  assert.match(text({ dailyAt: ['06:30'], timeZone: 'Europe/Berlin' }, 'UTC'), /^Runs are at 06:30 \(Europe\/Berlin\), /);
  assert.match(text({ dailyAt: ['06:30'] }, 'America/New_York'), /^Runs are at 06:30 \(America\/New_York\), /);
});

const probation = (id: string, until: number): Parameters<typeof probationEnd>[0][number] => ({ component: component(id, 1), until });

type Row = readonly [name: string, schedule: Parameters<typeof policyOf>[0], facts: ScheduleFacts, due: string];
const NOON = '2026-11-25T12:00:00Z';
const ROWS: readonly Row[] = [
  ['where no run was ever made, at once', {}, factsAt(NOON, null), '2026-11-25T12:00:00Z next-first'],
  ['every four hours', {}, factsAt('2026-11-25T09:00:00Z', '2026-11-25T08:00:00Z'), '2026-11-25T12:00:00Z next-period'],
  ['a run by hand between does not move the next one', {}, factsAt('2026-11-25T09:00:00Z', '2026-11-25T08:59:00Z'), '2026-11-25T12:00:00Z next-period'],
  ['daily, in the zone of the policy', { dailyAt: ['06:30', '18:30'], timeZone: 'Asia/Kolkata' }, factsAt(NOON, '2026-11-25T01:00:00Z'), '2026-11-25T13:00:00Z next-daily'],
  ['daily, in the zone of the machine', { dailyAt: ['06:30'] }, factsAt(NOON, '2026-11-25T06:30:00Z', { zone: 'America/New_York' }), '2026-11-25T12:00:00Z next-daily'],
  ['outside of the windows, when the next one opens', { windows: NIGHT }, factsAt(NOON, '2026-11-25T03:00:00Z'), '2026-11-25T22:00:00Z next-window'],
  ['the first run of all waits for a window too', { windows: NIGHT }, factsAt(NOON, null), '2026-11-25T22:00:00Z next-window'],
  ['on the day the clocks go forward, when they have gone forward', { dailyAt: ['02:30'], timeZone: 'Europe/Berlin' }, factsAt('2027-03-27T12:00:00Z', '2027-03-27T01:30:00Z'), '2027-03-28T01:00:00Z next-daily'],
  ['on the day after as before', { dailyAt: ['02:30'], timeZone: 'Europe/Berlin' }, factsAt('2027-03-28T12:00:00Z', '2027-03-28T01:00:00Z'), '2027-03-29T00:30:00Z next-daily'],
  ['on the day the clocks go back, the first time', { dailyAt: ['02:30'], timeZone: 'Europe/Berlin' }, factsAt('2026-10-24T12:00:00Z', '2026-10-24T00:30:00Z'), '2026-10-25T00:30:00Z next-daily'],
  ['on the day the clocks go back, and not again', { dailyAt: ['02:30'], timeZone: 'Europe/Berlin' }, factsAt('2026-10-25T00:31:00Z', '2026-10-25T00:30:00Z'), '2026-10-26T01:30:00Z next-daily'],
  ['where clocks go forward by half an hour', { dailyAt: ['02:15'], timeZone: 'Australia/Lord_Howe' }, factsAt('2026-10-03T12:00:00Z', '2026-10-02T15:45:00Z'), '2026-10-03T15:30:00Z next-daily'],
  ['where clocks go back by half an hour', { dailyAt: ['01:45'], timeZone: 'Australia/Lord_Howe' }, factsAt('2027-04-03T12:00:00Z', '2027-04-02T14:45:00Z'), '2027-04-03T14:45:00Z next-daily'],
  ['where the clock was ten years ahead at the last run, and is right again', {}, factsAt('2026-11-25T09:00:00Z', '2036-11-25T09:00:00Z'), '2026-11-25T12:00:00Z next-period'],
  ['where it was ahead when a server last answered', { onlyIfDisconnectedHours: 4 }, factsAt('2026-11-25T09:00:00Z', '2036-11-25T09:00:00Z'), '2026-11-25T16:00:00Z next-only-if'],
  ['a window over midnight is open after it', { windows: NIGHT }, factsAt('2026-11-25T23:00:00Z', '2026-11-25T22:00:00Z'), '2026-11-26T00:00:00Z next-period'],
];
for (const [name, schedule, facts, due] of ROWS) {
  test(name, () => {
    assert.is(next(schedule, facts), due);
  });
}

test('what was missed while the machine slept follows within a quarter of an hour after it woke up, and not before', () => {
  const woke = at('2026-11-25T12:30:00Z');
  const due = nextRun(policyOf({ splayMinutes: 60 }), factsAt('2026-11-25T12:30:05Z', '2026-11-25T08:30:00Z', { upSince: woke }));
  assert.is(due.reason.code, 'next-missed');
  assert.ok(due.at >= woke && due.at <= woke + 15 * 60_000, rfc3339(due.at));
});

const HALF_A_DAY = { staleFrom: at('2026-11-26T00:00:00Z') };
/** [what happens, schedule, facts, when a run is due] at noon, where one is due */
const SPARED: readonly (readonly [string, Parameters<typeof policyOf>[0], Partial<ScheduleFacts>, string])[] = [
  ['on battery it waits, and looks again', { onBattery: 'wait' }, { ...HALF_A_DAY, power: 'battery' }, '2026-11-25T12:15:00Z next-battery'],
  ['on a network that costs by the byte too', { onMetered: 'wait' }, { ...HALF_A_DAY, network: 'metered' }, '2026-11-25T12:15:00Z next-metered'],
  ['never longer than content is fresh', { onBattery: 'wait' }, { staleFrom: at('2026-11-25T12:05:00Z'), power: 'battery' }, '2026-11-25T12:05:00Z next-battery'],
  ['not where content is stale', { onBattery: 'wait' }, { staleFrom: at(NOON), power: 'battery' }, '2026-11-25T12:00:00Z next-period'],
  ['not where there is no content yet', { onBattery: 'wait' }, { power: 'battery' }, '2026-11-25T12:00:00Z next-period'],
  ['not where policy does not say so', { onMetered: 'wait' }, { ...HALF_A_DAY, power: 'battery' }, '2026-11-25T12:00:00Z next-period'],
  ['not where nobody knows', { onBattery: 'wait', onMetered: 'wait' }, HALF_A_DAY, '2026-11-25T12:00:00Z next-period'],
  ['not on mains power', { onBattery: 'wait', onMetered: 'wait' }, { ...HALF_A_DAY, power: 'ac', network: 'free' }, '2026-11-25T12:00:00Z next-period'],
];
for (const [name, schedule, more, due] of SPARED) {
  test(`a run that is due: ${name}`, () => {
    assert.is(next(schedule, factsAt(NOON, '2026-11-25T08:00:00Z', more)), due);
  });
}

test('a window says when it opens and when it closes', () => {
  const { schedule } = policyOf({ windows: NIGHT });
  assert.equal(windowAt(schedule, at(NOON), 'UTC'), { open: false, opensAt: at('2026-11-25T22:00:00Z'), closesAt: at('2026-11-26T04:00:00Z') });
  assert.equal(windowAt(schedule, at('2026-11-26T03:59:59Z'), 'UTC'), { open: true, opensAt: at('2026-11-26T03:59:59Z'), closesAt: at('2026-11-26T04:00:00Z') });
});

const EARLY = [{ days: ['sun'], from: '02:00', to: '02:30' }];
/** [what happens, now, whether it is open, when it opens, when it closes then], of a window on Sundays from 02:00 to 02:30 in Berlin */
const CHANGED: readonly (readonly [string, string, boolean, string, string])[] = [
  ['does not come on the day on which clocks leave it out', '2027-03-28T00:59:59Z', false, '2027-04-04T00:00:00Z', '2027-04-04T00:30:00Z'],
  ['comes on the day on which clocks show it twice', '2026-10-24T23:00:00Z', false, '2026-10-25T00:00:00Z', '2026-10-25T00:30:00Z'],
  ['is closed between the two', '2026-10-25T00:45:00Z', false, '2026-10-25T01:00:00Z', '2026-10-25T01:30:00Z'],
  ['is open the second time', '2026-10-25T01:10:00Z', true, '2026-10-25T01:10:00Z', '2026-10-25T01:30:00Z'],
];
for (const [name, now, open, opens, closes] of CHANGED) {
  test(`a window ${name}`, () => {
    const { schedule } = policyOf({ windows: EARLY, timeZone: 'Europe/Berlin' });
    assert.equal(windowAt(schedule, at(now), 'UTC'), { open, opensAt: at(opens), closesAt: at(closes) });
  });
}

test('what missed its window is spread over the next one, also while that is open already; what missed a moment of an open window comes at once', () => {
  const policy = policyOf({ windows: NIGHT, splayMinutes: 60 });
  const due = (now: string): number => nextRun(policy, factsAt(now, '2026-11-24T12:00:00Z')).at;
  const waited = due('2026-11-25T05:00:00Z');
  assert.ok(waited > at('2026-11-25T22:00:00Z') && waited < at('2026-11-25T23:00:00Z'), rfc3339(waited));
  assert.is(due('2026-11-25T22:00:00Z'), waited);
  assert.is(due('2026-11-25T03:30:00Z'), at('2026-11-25T03:30:00Z'));
});

test('of what is on probation the first end counts, with all that end then, as it is seen from the moment', () => {
  const [now, soon, later] = [at(NOON), at('2026-11-25T12:10:00Z'), at('2026-11-25T12:20:00Z')];
  const open = [probation('beta', later), probation('alpha', soon), probation('gamma', soon)];
  const ends = (from: number): string => {
    const due = probationEnd(open, now, from);
    return due === undefined ? 'none' : `${rfc3339(due.at).slice(11, 16)} ${String(due.reason.data['components'])}`;
  };
  assert.equal([now, soon, soon + 1, later + 1].map(ends), ['12:10 alpha, gamma', '12:10 alpha, gamma', '12:20 beta', 'none']);
  assert.is(probationEnd([], now, now), undefined);
  assert.is(probationEnd([probation('old', now - 1)], now, now)?.at, now, 'over, and not judged yet');
});

test.run();
