import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KeptState } from '../../src/state/index.ts';
import { EngineWorld, worldOf } from '../engine/world.ts';

const test = suite('what a process that stays keeps of the state');

/** state.db and what SQLite keeps beside it, moved away. */
function moveAway(state: string): void {
  for (const name of ['state.db', 'state.db-wal', 'state.db-shm']) {
    const path = `${state}/${name}`;
    if (existsSync(path)) renameSync(path, `${path}.away`);
  }
}

/** Runs as a daemon does: the same kept state for each. */
async function staying(): Promise<{ readonly world: EngineWorld; readonly kept: KeptState; readonly opened: () => number }> {
  const world = await worldOf({ demo: {} });
  let opened = 0;
  const { sql } = world.ports;
  Object.assign(world.ports, { sql: { open: (path: string) => ((opened += path.endsWith('state.db') ? 1 : 0), sql.open(path)) } });
  const kept = new KeptState();
  const plain = world.world.bind(world);
  world.world = () => ({ ...plain(), kept });
  return { world, kept, opened: () => opened };
}

test('state.db is opened once for many runs, and each of them is in the history', async () => {
  const { world, kept, opened } = await staying();
  for (let run = 0; run < 3; run++) await world.settle();
  assert.is(opened(), 1);
  assert.is(world.status().components[0]?.history.length, 3);
  kept.close();
});

test('another file in its place is noticed: a state.db that somebody set aside is made anew, and nothing goes into the old one', async () => {
  const { world, kept, opened } = await staying();
  await world.settle();
  moveAway(world.state);
  await world.settle();
  assert.is(opened(), 2);
  assert.is(world.status().components[0]?.history.length, 1);
  kept.close();
});

test('garbage in its place heals as in any run, with a note', async () => {
  const { world, kept } = await staying();
  await world.settle();
  moveAway(world.state);
  writeFileSync(`${world.state}/state.db`, 'no database at all, and long enough to be looked at');
  const document = await world.run();
  assert.is(document.code, 0);
  assert.ok(document.notes.some((note) => note.includes('set aside')), document.notes.join('\n'));
  await world.settle();
  kept.close();
});

test('a status.json that somebody damaged between two runs is noticed, one that is as it was written is not read again', async () => {
  const { world, kept } = await staying();
  await world.settle();
  const damaged = (notes: readonly string[]): boolean => notes.some((note) => note.includes('status.json was damaged'));
  assert.not(damaged((await world.settle()).notes));
  writeFileSync(`${world.state}/status.json`, '{"schema":');
  assert.ok(damaged((await world.settle()).notes));
  assert.not(damaged((await world.settle()).notes));
  kept.close();
});

test.run();
