import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { explain } from '../../src/cli/explain.ts';
import { history } from '../../src/cli/history.ts';
import { fail, ok } from '../../src/model/index.ts';
import { plan } from '../../src/planner/index.ts';
import { component, id, input, release } from '../planner/world.ts';
import { HISTORY } from '../report/documents.ts';
import { keptTerminal } from './kept-terminal.ts';

const world = input({
  components: [component('demo', 5), component('rules', 5, { contentType: 'ips' })],
  releases: { demo: [release(10, { paused: true })], rules: [release(10, { component: id('rules') })] },
});
const load = () => Promise.resolve(ok({ plan: plan(world), input: world }));
const broken = () => Promise.resolve(fail('plugin-absent', { component: 'demo', plugIn: 'x' }));

async function explained(format: 'text' | 'json', only?: string) {
  const terminal = keptTerminal();
  const exit = await explain({ terminal }, { load, format, ...(only === undefined ? {} : { only }) });
  return { exit, stdout: terminal.stdout(), stderr: terminal.stderr() };
}

test('every component is explained', async () => {
  const { exit, stdout } = await explained('text');
  assert.is(exit, 0);
  assert.match(stdout, /demo: is deferred\n/);
  assert.match(stdout, /rules: a run would install 1\.10 \(10\)/);
});

test('one component, or one content type, when it is named', async () => {
  const ids = async (only: string) => JSON.parse((await explained('json', only)).stdout).components.map((c: { id: string }) => c.id);
  assert.equal(await ids('demo'), ['demo']);
  assert.equal(await ids('ips'), ['rules']);
  assert.equal(await ids('product'), []);
});

test('a name that is neither is 64, and names what there is', async () => {
  const { exit, stdout, stderr } = await explained('text', 'dmeo');
  assert.equal([exit, stdout], [64, '']);
  assert.match(stderr, /No component dmeo is registered here; registered: demo, rules/);
});

test('the reason and every gate’s verdict of the explanation are the plan’s', async () => {
  const [shown] = JSON.parse((await explained('json', 'demo')).stdout).components;
  assert.equal([shown.choice, shown.reason.code], ['deferred', 'paused']);
  const planned = plan(world).decisions.find((d) => d.id === 'demo');
  assert.equal(
    shown.verdicts.map((v: { gate: string; outcome: string }) => [v.gate, v.outcome]),
    planned?.verdicts.map((v) => [v.gate, v.outcome]),
  );
});

test('where no server could be asked the explanation says on what it rests', async () => {
  const terminal = keptTerminal();
  const offline = fail('no-network', { servers: 1 }).failure;
  const exit = await explain({ terminal }, { load: () => Promise.resolve(ok({ plan: plan(world), input: world, notes: ['a note'], offline })), format: 'text' });
  assert.is(exit, 0);
  assert.match(terminal.stdout(), /Notes\n {2}No server could be asked, so this rests on the metadata of the last run: No network/);
  assert.match(terminal.stdout(), / {2}a note\n/);
});

for (const format of ['text', 'json'] as const) {
  test(`what keeps us from an explanation gives its code (${format})`, async () => {
    const terminal = keptTerminal();
    assert.is(await explain({ terminal }, { load: broken, format }), 2);
    assert.match(terminal.stderr(), /explain: code 2 \(plugin-load\)/);
    if (format === 'json') assert.is(JSON.parse(terminal.stdout()).errors[0].code, 2);
    else assert.is(terminal.stdout(), '');
  });

  test(`what keeps us from the history gives its code (${format})`, async () => {
    const terminal = keptTerminal();
    assert.is(await history({ terminal }, { load: broken, format }), 2);
    assert.match(terminal.stderr(), /history: code 2 \(plugin-load\)/);
    if (format === 'json') assert.is(JSON.parse(terminal.stdout()).errors[0].code, 2);
    else assert.is(terminal.stdout(), '');
  });
}

const kept = () => Promise.resolve(ok(new Map([['demo', HISTORY], ['rules', []]])));

test('a history of all components, and of one', async () => {
  const all = keptTerminal();
  assert.is(await history({ terminal: all }, { load: kept, format: 'json' }), 0);
  assert.equal(JSON.parse(all.stdout()).components, [{ id: 'demo', history: HISTORY }, { id: 'rules', history: [] }]);
  const one = keptTerminal();
  await history({ terminal: one }, { load: kept, format: 'text', only: 'demo' });
  assert.match(one.stdout(), /^demo\nAT/);
  assert.not.match(one.stdout(), /rules/);
});

test('a history of a component that is not here is 64', async () => {
  const terminal = keptTerminal();
  assert.is(await history({ terminal }, { load: kept, format: 'text', only: 'x' }), 64);
  assert.match(terminal.stderr(), /no run had to do with one; known: demo, rules/);
});

test.run();
