// runtimes: node, deno
/** When the next run is due, and what a run does where none may act: the same in the result, in status, in explain and for who waits. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { explainRun, whenNext } from '../../src/engine/index.ts';
import { type Next, type NextRef, rfc3339, type RunDocument } from '../../src/model/index.ts';
import { loadPolicy } from '../../src/policy/index.ts';
import { must } from '../support/outcome.ts';
import { brief, type EngineWorld, HOUR_MS, part, worldOf } from './world.ts';

const test = suite('schedule of runs');
const MINUTE_MS = 60_000;
/** the world's clock stands at 08:00 UTC on a Wednesday */
const NIGHT = { timeZone: 'UTC', windows: [{ days: ['tue', 'wed', 'thu'], from: '22:00', to: '04:00' }] };
const time = ({ at }: NextRef): string => `${at?.slice(11, 16)}`;
const told = ({ next }: RunDocument): string => `${time(next)} ${next.reason?.code}`;
const later = (world: EngineWorld, minutes: number): void => {
  world.ports.at += minutes * MINUTE_MS;
};

async function due(world: EngineWorld, wokeAt: number | null = null): Promise<Next> {
  return must(whenNext(world.world(), world.state, must(await loadPolicy(world.ports, { trustCheck: 'enforce', policyPath: world.policyFile })), { wokeAt, ranAt: null }));
}

async function scheduled(schedule: object): Promise<EngineWorld> {
  const world = await worldOf({ demo: {} });
  world.policy({ schedule: { splayMinutes: 0, ...schedule } });
  return world;
}

test('the result, status, explain and who waits between runs say the same', async () => {
  const world = await scheduled({ dailyAt: ['07:00', '19:30'], timeZone: 'Asia/Kolkata' });
  const document = await world.run();
  assert.is(told(document), '14:00 next-daily');
  assert.equal([document.next.reason?.policyKey, document.next.reason?.source], ['schedule.dailyAt', world.policyFile]);
  assert.equal(world.status().next, document.next);
  assert.is(rfc3339((await world.explain()).next.at), document.next.at);
  assert.is(rfc3339((await due(world)).at), document.next.at);
  assert.equal((await world.run({ mode: 'dry-run' })).next, document.next);
});

test('outside of the windows trust is refreshed, nothing is installed, and a run by hand does not stand for the one that is due', async () => {
  const world = await scheduled({ ...NIGHT, dailyAt: ['23:00'] });
  const held = await world.run();
  assert.equal([brief(held, 'demo'), held.code, held.outcome], ['deferred ->- window', 0, 'deferred']);
  assert.equal([part(held, 'demo').reason?.policyKey, part(held, 'demo').reason?.until?.slice(11, 16)], ['schedule.windows', '22:00']);
  assert.ok(held.trust.expiresAt !== null && world.requests.every((path) => !path.startsWith('/packages/')), world.requests.join('\n'));
  assert.is(told(held), '22:00 next-window', 'no run was made yet: the first comes when the window opens');
  world.ports.at = Date.parse(held.next.at ?? '');
  assert.is(brief(await world.run({ trigger: 'schedule' }), 'demo'), 'updated ->1 up-to-date');
  assert.is(told(await world.run()), '23:00 next-daily');
});

test('--force passes the windows, and then stands for the run that is due', async () => {
  const world = await scheduled({ ...NIGHT, dailyAt: ['23:00'] });
  const forced = await world.run({ force: 'yes' });
  assert.equal([brief(forced, 'demo'), told(forced)], ['updated ->1 up-to-date', '23:00 next-daily']);
});

test('a run of some components, and a dry run, leave what is due as it is', async () => {
  const world = await scheduled({});
  for (const ask of [{ components: ['demo'] }, { contentTypes: ['av'] }, { mode: 'dry-run' }] as const) assert.is(told(await world.run(ask)), '08:00 next-first');
  assert.is(told(await world.run()), '12:00 next-period');
});

test('a scheduled run that fails is tried again, ever later, within the window for that, and a good run by hand ends it', async () => {
  const world = await scheduled({ retryWindowMinutes: 60 });
  await world.run();
  later(world, 240);
  world.fault = () => ({ fail: 'unreachable' });
  const waits: number[] = [];
  for (;;) {
    const failed = await world.run({ trigger: 'schedule' });
    assert.is(failed.code, 4);
    const again = Date.parse(failed.next.at ?? '');
    if (failed.next.reason?.code !== 'next-retry') {
      assert.is(told(failed), '16:00 next-period');
      break;
    }
    waits.push((again - world.ports.at) / MINUTE_MS);
    world.ports.at = again;
  }
  assert.ok(waits.length >= 3 && waits.every((wait, n) => wait >= 2 ** (n + 1) && wait <= 2 ** (n + 2)), waits.join(', '));
  world.ports.at = Date.parse('2026-11-25T16:00:00Z');
  assert.is(told(await world.run({ trigger: 'schedule' })).slice(6), 'next-retry');
  assert.is(told(await world.run()).slice(6), 'next-retry', 'one that fails by hand does not change that');
  world.fault = () => undefined;
  assert.is(told(await world.run()), '20:00 next-period');
});

test('a run by hand that fails is not tried again by itself', async () => {
  const world = await scheduled({ retryWindowMinutes: 60 });
  world.fault = () => ({ fail: 'unreachable' });
  assert.is(told(await world.run()), '12:00 next-period');
});

test('where all servers asked us to wait, the end of that counts', async () => {
  const world = await scheduled({ everyMinutes: 60 });
  world.fault = () => ({ status: 429, headers: { 'retry-after': String(100 * 60) } });
  const busy = await world.run();
  assert.equal([busy.code, told(busy)], [25, '09:40 next-cooling']);
  later(world, -24 * 60);
  assert.is((await due(world)).at, world.ports.at + 100 * MINUTE_MS, 'no longer than was asked for, where the clock went back');
});

test('scheduled runs wait until content is old enough, or no server answered for long enough', async () => {
  const world = await scheduled({ onlyIfOlderThanHours: 48, onlyIfDisconnectedHours: 9 });
  const first = await world.run();
  assert.equal([told(first), first.next.reason?.policyKey], ['20:00 next-only-if', 'schedule.onlyIfDisconnectedHours']);
  world.policy({ schedule: { splayMinutes: 0, onlyIfOlderThanHours: 48 } });
  const old = await world.run();
  assert.ok(Date.parse(old.next.at ?? '') >= world.ports.at + 47 * HOUR_MS, old.next.at ?? '');
  const seen = await due(world);
  assert.is(rfc3339(seen.at), old.next.at);
});

test('what was missed while the machine slept, or was off, follows soon after it is back', async () => {
  const world = await scheduled({ splayMinutes: 60 });
  await world.run();
  later(world, 600);
  const next = await due(world, world.ports.at);
  assert.is(next.reason.code, 'next-missed');
  assert.ok(next.at >= world.ports.at && next.at <= world.ports.at + 15 * MINUTE_MS, rfc3339(next.at));
  Object.assign(world.ports.os, { upMs: () => 2000 });
  assert.is((await due(world)).at, next.at - 2000, 'and after it started');
  Object.assign(world.ports.os, { upMs: () => 300 * MINUTE_MS });
  assert.is((await due(world)).at, world.ports.at, 'and at once where it was up by then');
});

test('a laptop on battery waits for the mains while its content is fresh, and no longer', async () => {
  const world = await scheduled({ onBattery: 'wait' });
  await world.run();
  later(world, 300);
  const asked: string[] = [];
  Object.assign(world.ports.os, { power: () => 'battery', networkCost: () => (asked.push('network'), 'metered') });
  const waits = await due(world);
  assert.equal([waits.reason.code, waits.at], ['next-battery', world.ports.at + 15 * MINUTE_MS]);
  world.policy({ schedule: { splayMinutes: 0, onBattery: 'wait' }, content: { av: { maxAgeHours: 1 } } });
  assert.is((await due(world)).at, world.ports.at);
  assert.equal(asked, [], 'what no key is about is not asked');
});

test('where the memory of the schedule is lost a run is due at once', async () => {
  const world = await scheduled({});
  await world.run();
  rmSync(join(world.state, 'state.db'));
  const next = await due(world);
  assert.equal([next.at, next.reason.code], [world.ports.at, 'next-first']);
});

test('explain says when a run is due as seen from another time, and what every gate says then', async () => {
  const world = await scheduled({ ...NIGHT, everyMinutes: 60 });
  await world.run();
  const at = Date.parse('2026-11-26T01:30:00Z');
  const explained = must(await explainRun(world.world(), world.options(), at));
  assert.equal([rfc3339(explained.next.at), explained.next.reason.code], ['2026-11-26T02:00:00.000Z', 'next-period']);
  const word = explained.plan.decisions[0]?.verdicts.find((v) => v.gate === 'window');
  assert.equal([word?.outcome, word?.reason.code], ['pass', 'window-open']);
  assert.is(explained.plan.decisions[0]?.choice.kind, 'install');
});

test('what is on probation has its end in next: in the result, status, explain and for who waits, until it is judged', async () => {
  const world = await scheduled({ everyMinutes: 240 });
  const document = await world.run();
  const ends = part(document, 'demo').probation?.until;
  const { probation } = document.next;
  assert.equal([probation?.at, probation?.reason.code], [ends, 'next-probation']);
  assert.match(probation?.reason.text ?? '', /^The probation of demo ends: a daemon judges it then;/);
  assert.ok(Date.parse(ends ?? '') < Date.parse(document.next.at ?? ''), 'the next run is another matter');
  assert.equal(world.status().next, document.next);
  const seen = async () => [(await world.explain()).next.probation, (await due(world)).probation].map((d) => d && rfc3339(d.at));
  assert.equal(await seen(), [ends, ends]);
  const from = async (minutes: number) => must(await explainRun(world.world(), world.options(), world.ports.at + minutes * MINUTE_MS)).next.probation;
  assert.equal([(await from(5))?.at, await from(11)], [Date.parse(ends ?? ''), undefined]);
  later(world, 11);
  assert.is((await due(world)).probation?.at, world.ports.at, 'over, and not judged yet: at once');
  await world.poll();
  assert.equal(await seen(), [undefined, undefined]);
  assert.is((await world.run()).next.probation, undefined);
});

test.run();
