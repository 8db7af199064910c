// runtimes: node, deno
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ask } from '../../src/daemon/ask.ts';
import { MAX_QUEUE } from '../../src/daemon/limits.ts';
import { Queue } from '../../src/daemon/queue.ts';

const test = suite("the daemon's queue");
const ALL: Ask = { kind: 'run', contentTypes: [], components: [], force: 'no', mode: 'run' };

function queue(): Queue {
  let n = 0;
  return new Queue({ clock: { now: () => 1_800_000_000_000 + n }, random: { bytes: (count) => new Uint8Array(count).fill(++n) } });
}

/** Puts one more in, and gives its id. */
function add(into: Queue): string {
  const command = into.add(ALL, 'command');
  if (command === undefined) throw new Error('the queue is full');
  return command.id;
}

test('first in, first done; one runs, the others wait', () => {
  const q = queue();
  const ids = [add(q), add(q), add(q)];
  assert.is(q.take()?.id, ids[0]);
  assert.equal([q.running?.id, q.shown().queue.map((c) => c.id)], [ids[0], ids.slice(1)]);
  q.done();
  assert.equal([q.take()?.id, q.take()?.id, q.take()], [ids[1], ids[2], undefined]);
  assert.is(q.running, null);
});

test('no more than so many wait', () => {
  const q = queue();
  for (let i = 0; i < MAX_QUEUE; i++) add(q);
  assert.is(q.add(ALL, 'command'), undefined);
  q.take();
  assert.ok(q.add(ALL, 'command') !== undefined);
});

test('cancelled by id, waiting or running; without an id it is the one that runs', () => {
  const q = queue();
  const [first, second] = [add(q), add(q)];
  assert.is(q.cancel(undefined), undefined, 'nothing runs yet');
  const running = q.take();
  assert.equal([q.cancel(second)?.was, q.length], ['waiting', 0]);
  assert.is(q.cancel(second), undefined, 'once is enough');
  assert.not(running?.controller.signal.aborted);
  assert.equal([q.cancel(undefined)?.command.id, q.cancel(first)?.was, running?.controller.signal.aborted], [first, 'running', true]);
});

test('at the end nothing waits, and what runs is told to stop', () => {
  const q = queue();
  const ids = [add(q), add(q)];
  const running = q.take();
  assert.equal([q.clear().map((c) => c.id), running?.controller.signal.aborted, q.length], [ids.slice(1), true, 0]);
});

test.run();
