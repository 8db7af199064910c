// runtimes: node, deno
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Pool } from '../../src/engine/pool.ts';

const test = suite('jobs side by side');
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('no more jobs are at work than the width, and each is started once', async () => {
  const started: number[] = [];
  let atWork = 0;
  let most = 0;
  const pool = new Pool(2, [0, 1, 2, 3, 4], async (item) => {
    started.push(item);
    most = Math.max(most, ++atWork);
    await turn();
    atWork -= 1;
    return item * 10;
  });
  for (const i of [0, 1, 2, 3, 4]) assert.is(await pool.take(i), i * 10);
  assert.equal([started, most], [[0, 1, 2, 3, 4], 2]);
});

test('a job that throws is heard by whoever takes it, and by nobody before', async () => {
  const pool = new Pool(2, ['good', 'bad'], async (item) => {
    if (item === 'bad') throw new Error('a bug');
    return item;
  });
  assert.is(await pool.take(0), 'good');
  // a rejection that nobody handles would end the process here
  await turn();
  await turn();
  await pool.take(1).then(() => assert.unreachable(), (error: unknown) => assert.match(String(error), 'a bug'));
});

test('settled waits for jobs that nobody took', async () => {
  const ended: number[] = [];
  const pool = new Pool(3, [0, 1, 2], async (item) => {
    for (let turns = 0; turns < item * 3; turns++) await turn();
    ended.push(item);
  });
  await pool.take(0);
  await pool.settled();
  assert.equal(ended, [0, 1, 2]);
});

test('settled does not throw for a job that did, and starts none', async () => {
  let started = 0;
  const pool = new Pool(1, [0, 1], async () => {
    started += 1;
    throw new Error('a bug');
  });
  await pool.take(0).catch(() => undefined);
  await pool.settled();
  assert.is(started, 1);
});

test.run();
