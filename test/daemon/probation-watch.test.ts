import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ProbationWatch } from '../../src/daemon/probation-watch.ts';
import { type EngineWorld, worldOf } from '../engine/world.ts';

const test = suite("the daemon's watch over probation");
const MINUTE = 60_000;

async function watching(): Promise<{ readonly world: EngineWorld; readonly watch: ProbationWatch; readonly pass: (ms: number) => void }> {
  const world = await worldOf({ alpha: { plugIn: 'scripted' } });
  world.engines.set('alpha', { kind: 'up', identity: 'a', says: 'Engine 1' });
  let steady = 1;
  Object.assign(world.ports, { clock: { ...world.ports.clock, now: () => world.ports.at, monotonic: () => steady } });
  const { stateDir, policyPath, trustCheck, signal, signalName } = world.options();
  const watch = new ProbationWatch(world.world(), { stateDir, trustCheck, signal, signalName, ...(policyPath === undefined ? {} : { policyPath }) });
  const pass = (ms: number): void => {
    world.ports.at += ms;
    steady += ms;
  };
  return { world, watch, pass };
}

test('it looks every half minute while something is on probation, from the command on that installed it, and seldom otherwise', async () => {
  const { world, watch, pass } = await watching();
  assert.equal([await watch.look(), watch.untilDue()], [null, 5 * MINUTE]);
  await world.settle();
  watch.ran();
  assert.equal([await watch.look(), watch.untilDue()], [null, 30_000]);
  pass(10 * MINUTE);
  assert.equal([await watch.look(), watch.untilDue()], [null, 5 * MINUTE]);
});

test('an engine that dies between two runs is noticed within half a minute, and the document says so', async () => {
  const { world, watch, pass } = await watching();
  await world.settle();
  await watch.look();
  world.engines.set('alpha', { kind: 'dead', since: null, detail: 'nobody listens any more', lastWords: '' });
  pass(20_000);
  assert.is(await watch.look(), null, 'not due yet');
  pass(10_000);
  const document = await watch.look();
  assert.equal([document?.code, document?.trigger, world.content('alpha'), watch.untilDue()], [12, 'probation', 'absent', 5 * MINUTE]);
});

test('somebody has to stay until the end of it is there, and no longer', async () => {
  const { world, watch, pass } = await watching();
  await watch.look();
  assert.not(watch.isWaiting());
  await world.settle();
  watch.ran();
  await watch.look();
  assert.ok(watch.isWaiting());
  pass(9 * MINUTE);
  await watch.look();
  assert.ok(watch.isWaiting());
  // it cannot be judged while the engine is silent: that is for the next run to find
  world.engines.set('alpha', { kind: 'silent', detail: 'no answer' });
  pass(2 * MINUTE);
  await watch.look();
  pass(1001);
  assert.not(watch.isWaiting());
});

test('a clock that is set back does not make it wait', async () => {
  const { world, watch } = await watching();
  await world.settle();
  await watch.look();
  world.ports.at -= 600 * MINUTE;
  assert.is(watch.untilDue(), 30_000);
});

test.run();
