import { writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Wakeups } from '../../src/daemon/wakeups.ts';
import { type EngineWorld, HOUR_MS, worldOf } from '../engine/world.ts';

const test = suite("the daemon's wake-ups");
const MINUTE = 60_000;

/** A daemon's wake-ups on a machine whose wall and steady clock the test moves. */
async function waiting(schedule: object = { everyMinutes: 60, splayMinutes: 0 }): Promise<{ readonly world: EngineWorld; readonly wakeups: Wakeups; readonly pass: (ms: number) => void; readonly jump: (ms: number) => void; readonly run: () => Promise<void>; readonly events: string[] }> {
  const world = await worldOf({ demo: {} });
  world.policy({ schedule });
  let steady = 0;
  const events: string[] = [];
  Object.assign(world.ports, { clock: { ...world.ports.clock, now: () => world.ports.at, monotonic: () => steady }, log: { write: (_level: string, event: string) => events.push(event) } });
  const wakeups = new Wakeups(world.world(), { stateDir: world.state, policyPath: world.policyFile, trustCheck: 'enforce' });
  const jump = (ms: number): void => {
    world.ports.at += ms;
  };
  const pass = (ms: number): void => {
    jump(ms);
    steady += ms;
  };
  const run = async (): Promise<void> => {
    wakeups.runs();
    wakeups.ran(await world.run());
  };
  return { world, wakeups, pass, jump, run, events };
}

test('where no run was ever made it is due at once; then at its time, and not before', async () => {
  const { wakeups, pass, run } = await waiting();
  assert.ok(await wakeups.isDue());
  await run();
  assert.not(await wakeups.isDue());
  const ms = wakeups.untilDue();
  assert.ok(ms > 0 && ms <= HOUR_MS, `${ms}`);
  pass(ms - 1000);
  assert.not(await wakeups.isDue());
  pass(1000);
  assert.ok(await wakeups.isDue());
});

test('it shows when probation ends, and no longer than it lasts', async () => {
  const { world, wakeups, pass, run } = await waiting();
  await run();
  assert.is(wakeups.shown().next.probation?.reason.code, 'next-probation');
  pass(11 * MINUTE);
  await world.poll();
  assert.is(wakeups.shown().next.probation, undefined);
});

test('a machine that slept over its time runs after it woke, not all at once', async () => {
  const { wakeups, jump, run, events } = await waiting({ everyMinutes: 60, splayMinutes: 60 });
  await wakeups.isDue();
  await run();
  jump(5 * HOUR_MS);
  await wakeups.isDue();
  assert.ok(events.includes('clock-jumped'));
  assert.ok(wakeups.untilDue() <= 15 * MINUTE, `${wakeups.untilDue()} ms`);
  assert.is(wakeups.shown().next.reason?.code, 'next-missed');
});

test('a new policy counts at the next look; one that cannot be used leaves the last good one in force, and is said', async () => {
  const { world, wakeups, run, events } = await waiting();
  await wakeups.isDue();
  await run();
  await wakeups.isDue();
  const before = wakeups.untilDue();
  world.policy({ schedule: { everyMinutes: 5, splayMinutes: 0 } });
  await wakeups.isDue();
  assert.ok(wakeups.untilDue() < before || before <= 5 * MINUTE);
  assert.ok(events.includes('policy-changed'));
  const at = wakeups.shown().next.at;
  writeFileSync(world.policyFile, '{"nonsense": 1}', { mode: 0o600 });
  await wakeups.isDue();
  assert.equal([wakeups.shown().problem?.why, wakeups.shown().next.at], ['policy-invalid', at]);
});

test('runs that the policy keeps from being remembered do not follow each other without end', async () => {
  const { world, wakeups, pass, run } = await waiting();
  await wakeups.isDue();
  await run();
  writeFileSync(world.policyFile, '{"nonsense": 1}', { mode: 0o600 });
  pass(2 * HOUR_MS);
  assert.ok(await wakeups.isDue());
  await run();
  assert.not(await wakeups.isDue());
});

test('without any policy that can be used one run says so, and no more until it changes', async () => {
  const { world, wakeups, pass, run } = await waiting();
  writeFileSync(world.policyFile, '{"nonsense": 1}', { mode: 0o600 });
  assert.ok(await wakeups.isDue());
  await run();
  pass(100 * HOUR_MS);
  assert.not(await wakeups.isDue());
  assert.equal([wakeups.shown().next.at, wakeups.shown().problem?.why], [null, 'policy-invalid']);
  world.policy({ schedule: { everyMinutes: 60, splayMinutes: 0 } });
  await wakeups.isDue();
  assert.ok(wakeups.shown().next.at !== null);
});

test.run();
