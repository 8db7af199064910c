import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ask } from '../../src/daemon/ask.ts';
import { carryOut, type ChangeRegistry, type Ending } from '../../src/daemon/carry-out.ts';
import { Events } from '../../src/daemon/events.ts';
import { LOCKED_TRIES, LOCKED_WAIT_MS } from '../../src/daemon/limits.ts';
import { Queue } from '../../src/daemon/queue.ts';
import { fail, ok, type RegistryRemoved } from '../../src/model/index.ts';
import { lockState } from '../../src/state/index.ts';
import { type EngineWorld, worldOf } from '../engine/world.ts';
import { must } from '../support/outcome.ts';

const test = suite('a command in the daemon');
const REMOVED: RegistryRemoved = { schema: 'glued.registry/1', removed: { id: 'demo', installPath: '/opt/demo' }, notes: [] };
const LOCKED = fail('locked', { path: '/state', pid: 7, command: 'run', since: 'now' });

type Carried = { readonly ending: Ending; readonly waits: readonly number[] };
type During = (controller: AbortController) => void;

/** Carries a removal out. */
async function removal(changeRegistry: ChangeRegistry, during: During = () => undefined): Promise<Carried> {
  return carried(await worldOf({ demo: {} }), { kind: 'registry-remove', component: 'demo' }, changeRegistry, during);
}

/** Carries a command out; every wait is over at once, and `during` happens in it. */
async function carried(engine: EngineWorld, ask: Ask, changeRegistry: ChangeRegistry, during: During): Promise<Carried> {
  const waits: number[] = [];
  const queue = new Queue(engine.ports);
  const command = queue.add(ask, 'command');
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

const CYCLES: readonly Ask[] = [
  { kind: 'run', contentTypes: [], components: [], force: 'no', mode: 'run' },
  { kind: 'run', contentTypes: [], components: [], force: 'no', mode: 'dry-run' },
  { kind: 'rollback', component: 'demo' },
];
for (const ask of CYCLES) {
  test(`${ask.kind}${'mode' in ask ? ` (${ask.mode})` : ''}: cancelled while another process has the run lock, it ends with 130 and not with 23`, async () => {
    const engine = await worldOf({ demo: {} });
    const lock = must(lockState(engine.ports, engine.state, 'another run', engine.ports.at));
    const { ending, waits } = await carried(engine, ask, async () => LOCKED, (controller) => controller.abort());
    lock.release();
    assert.equal([ending.kind, ending.code, waits.length], ['cycle', 130, 1]);
    assert.match(JSON.stringify(ending.document), /Interrupted by somebody/);
  });
}

test.run();
