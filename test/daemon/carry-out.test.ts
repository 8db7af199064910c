import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { carryOut, type ChangeRegistry, type Ending } from '../../src/daemon/carry-out.ts';
import { Events } from '../../src/daemon/events.ts';
import { LOCKED_TRIES, LOCKED_WAIT_MS } from '../../src/daemon/limits.ts';
import { Queue } from '../../src/daemon/queue.ts';
import { fail, ok, type RegistryRemoved } from '../../src/model/index.ts';
import { worldOf } from '../engine/world.ts';

const test = suite('a change of the registry in the daemon');
const REMOVED: RegistryRemoved = { schema: 'glued.registry/1', removed: { id: 'demo', installPath: '/opt/demo' }, notes: [] };
const LOCKED = fail('locked', { path: '/state', pid: 7, command: 'run', since: 'now' });

/** Carries one removal out; every wait is over at once, and `during` happens in it. */
async function removal(changeRegistry: ChangeRegistry, during: (controller: AbortController) => void = () => undefined): Promise<{ readonly ending: Ending; readonly waits: readonly number[] }> {
  const engine = await worldOf({ demo: {} });
  const waits: number[] = [];
  const queue = new Queue(engine.ports);
  const command = queue.add({ kind: 'registry-remove', component: 'demo' }, 'command');
  if (command === undefined) throw new Error('the queue is full');
  const sleep = async (ms: number): Promise<void> => {
    waits.push(ms);
    during(command.controller);
  };
  const inner = engine.world();
  const world = { ...inner, ports: { ...inner.ports, clock: { ...inner.ports.clock, sleep } } };
  const place = { stateDir: engine.state, policyPath: engine.policyFile, trustCheck: 'enforce' } as const;
  const ending = await carryOut({ world, events: new Events(), changeRegistry, place, stoppedBy: () => 'somebody' }, command);
  return { ending, waits };
}

test('its end is its own document, and the code of the command line', async () => {
  assert.equal((await removal(async () => ok(REMOVED))).ending, { kind: 'registry', code: 0, document: REMOVED });
  const { ending } = await removal(async () => fail('registry-unknown', { component: 'demo', known: 'none' }));
  assert.equal([ending.kind, ending.code, ending.document.schema], ['registry', 64, 'glued.error/1']);
});

test('where another glued holds the run lock it waits, and is done when that is free', async () => {
  let tries = 0;
  const { ending, waits } = await removal(async () => (++tries < 3 ? LOCKED : ok(REMOVED)));
  assert.equal([ending.code, waits], [0, [LOCKED_WAIT_MS, LOCKED_WAIT_MS]]);
});

test('it is given up with 23 after so many tries', async () => {
  let tries = 0;
  const { ending } = await removal(async () => {
    tries++;
    return LOCKED;
  });
  assert.equal([ending.code, tries], [23, LOCKED_TRIES]);
});

test('one that is cancelled while it waits for the lock ends with 130, and names who stopped it', async () => {
  const locked: ChangeRegistry = async (_ask, { signal, signalName }) => (signal.aborted ? fail('interrupted', { signal: signalName() }) : LOCKED);
  const { ending, waits } = await removal(locked, (controller) => controller.abort());
  assert.equal([ending.code, waits.length], [130, 1]);
  assert.match(JSON.stringify(ending.document), /Interrupted by somebody/);
});

test.run();
