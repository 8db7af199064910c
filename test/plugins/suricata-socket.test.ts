// runtimes: node, deno
import { writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failureCode, failureText, type Job } from '../../src/model/index.ts';
import { skip } from '../support/skip.ts';
import { fastClock } from '../support/quick-ports.ts';
import { until } from '../support/until.ts';
import { fakeEngine, lacking, rule, startSuricata, suricataWorld, type SuricataWorld, wellBehaved } from './suricata-world.ts';
import { builtIn, installedAs, jobOf, realPorts, type Tree, valueOf, VERIFY, whyOf } from './world.ts';

const plugIn = builtIn('suricata')(realPorts);
const quick = builtIn('suricata')({ ...realPorts, clock: fastClock(10) });
const never = new AbortController().signal;
const QUICK: Job['verify'] = { ...VERIFY, timeoutSeconds: 5 };

/** A job whose content was tested, or not, and is in place. */
async function swapped(tree: Tree, tested: 'tested' | 'untested' = 'untested'): Promise<{ readonly world: SuricataWorld; readonly job: Job }> {
  const world = suricataWorld();
  const job = jobOf(world.component, world.content(1, tree), null, world.root, { verify: QUICK });
  if (tested === 'tested') valueOf(await plugIn.test(job));
  valueOf(await plugIn.swap(job));
  return { world, job };
}

const LACK = lacking();
/** Either way of proving it: the contract of the socket, by a fake that keeps to it and by the engine itself. */
const ENGINES: readonly (readonly [string, (world: SuricataWorld, loaded: number) => Promise<{ readonly stop: () => unknown } | string>])[] = [
  ['a fake', async ({ socket }, loaded) => ({ stop: stopping(await fakeEngine(socket, wellBehaved(loaded))) })],
  ['the real engine', async ({ root, component, socket }) => LACK ?? startSuricata(root, component.installPath, socket)],
];
const stopping = (server: Server) => (): void => void server.close();

for (const [name, start] of ENGINES) {
  const story = 'says its version and its rules, reloads on a command, and says what it runs then';
  const world = suricataWorld();
  const { root, component, socket } = world;
  const first = world.content(1, { 'a.rules': rule(1) });
  const second = world.content(2, { 'a.rules': rule(1) + rule(2) });
  valueOf(await plugIn.swap(jobOf(component, first, null, root)));
  const engine = await start(world, name === 'a fake' ? 2 : 1);
  if (typeof engine === 'string') {
    skip(test, `${name} ${story}`, engine);
    continue;
  }
  test(`${name} ${story}`, async () => {
    const installed = installedAs(component, first);
    const before = valueOf(await plugIn.inventory(installed, 'quick', never));
    assert.match(before.loaded ?? '', /^Suricata \d+\.\d+\.\d+ RELEASE, [12] rules loaded, 0 failed$/);
    assert.match(before.engineVersion ?? '', /^\d+\.\d+\.\d+$/);
    const job = jobOf(installed, second, first, root);
    if (LACK === undefined) assert.equal(valueOf(await plugIn.test(job))?.notes, []);
    valueOf(await plugIn.swap(job));
    for (const _ of [1, 2]) assert.match(valueOf(await plugIn.confirm(job)).loaded ?? '', /^Suricata .*, 2 rules loaded, 0 failed$/);
    valueOf(await plugIn.restore(job));
    await engine.stop();
    assert.is(valueOf(await plugIn.confirm(jobOf(installed, first, null, root))).loaded, null, `${socket} is left, nobody listens`);
  });
}

if (LACK === undefined) {
  const other = suricataWorld();
  valueOf(await plugIn.swap(jobOf(other.component, other.content(1, { 'a.rules': rule(1) }), null, other.root)));
  const engine = await startSuricata(other.root, other.component.installPath, other.socket);
  const story = 'the real engine that refuses a rule of ours is not taken for confirmed, and goes back with a restore';
  if (typeof engine === 'string') skip(test, story, engine);
  else test(story, async () => {
    const { component, root } = other;
    const first = other.content(1, { 'a.rules': rule(1) });
    const job = jobOf(installedAs(component, first), other.content(2, { 'a.rules': `${rule(1)}${rule(2, 'contentx:"no"')}` }), first, root);
    valueOf(await plugIn.swap(job));
    const outcome = await plugIn.confirm(job);
    assert.is(whyOf(outcome), 'confirm-failed');
    assert.match(outcome.ok ? '' : failureText(outcome.failure), /says that 1 rules failed, one of them in .*a\.rules, line 2/);
    valueOf(await plugIn.restore(job));
    const running = async (): Promise<string> => valueOf(await plugIn.inventory(job.component, 'quick', never)).loaded ?? '';
    await until(async () => /1 rules loaded, 0 failed/.test(await running()));
    await engine.stop();
  });
}

test('no socket, and a socket that nobody listens on, is an engine that does not run: null and no failure', async () => {
  const { job, world } = await swapped({ 'a.rules': rule(1) });
  assert.is(valueOf(await plugIn.confirm(job)).loaded, null);
  writeFileSync(world.socket, '');
  assert.is(valueOf(await plugIn.confirm(job)).loaded, null);
  assert.is(valueOf(await plugIn.inventory(job.component, 'quick', never)).loaded, null);
});

test('an engine that is there and does not confirm in time is 12, with what it said', async () => {
  const good = wellBehaved(1);
  const cases: readonly (readonly [string, (command: string) => object | string | undefined, RegExp])[] = [
    ['never greets', () => undefined, /does not answer/],
    ['greets with junk', () => 'hello\n', /answered "hello"/],
    ['refuses our version', () => ({ return: 'NOK', message: 'Unsupported version' }), /Unsupported version/],
    ['refuses to reload', (c) => (c === 'reload-rules' ? { return: 'NOK', message: 'Live rule reload not possible' } : good(c)), /refuses \(it answered "Live rule reload not possible"\)/],
    ['never ends its reload', (c) => (c === 'reload-rules' ? undefined : good(c)), /told to reload, it is gone, silent/],
    ['runs nothing', wellBehaved(0), /runs 0 rules, and the release has 1/],
    ['says no numbers', (c) => (c === 'ruleset-stats' ? { return: 'OK', message: 'none' } : good(c)), /answer to ruleset-stats is not understood/],
    ['says odd numbers', (c) => (c === 'ruleset-stats' ? { return: 'OK', message: [{ rules_loaded: -1, rules_failed: 0 }] } : good(c)), /not understood/],
    ['floods', (c) => (c === 'version' ? 'x'.repeat(17 * 1024 * 1024) : good(c)), /a line of more than/],
  ];
  for (const [name, answer, text] of cases) {
    const { job, world } = await swapped({ 'a.rules': rule(1) });
    const server = await fakeEngine(world.socket, answer);
    const outcome = await quick.confirm(job);
    server.close();
    assert.is(whyOf(outcome), 'confirm-failed', name);
    assert.ok(!outcome.ok && failureCode(outcome.failure) === 'install', name);
    assert.match(outcome.ok ? '' : failureText(outcome.failure), text, name);
  }
});

test('an engine that still starts is asked again until it reloads', async () => {
  const { job, world } = await swapped({ 'a.rules': rule(1) });
  let asked = 0;
  const good = wellBehaved(3);
  const server = await fakeEngine(world.socket, (c) => (c === 'reload-rules' && ++asked < 4 ? { return: 'NOK', message: 'still starting' } : good(c)));
  assert.is(valueOf(await quick.confirm(job)).loaded, 'Suricata 7.0.10 RELEASE, 3 rules loaded, 0 failed');
  assert.is(asked, 4);
  server.close();
});

test("rules of the machine's own that fail are not the release's fault; fewer than the test loaded are", async () => {
  const { job, world } = await swapped({ 'a.rules': rule(1) + rule(2) }, LACK === undefined ? 'tested' : 'untested');
  const own = await fakeEngine(world.socket, wellBehaved(5, 1, '/etc/suricata/rules/local.rules'));
  assert.match(valueOf(await quick.confirm(job)).loaded ?? '', /5 rules loaded, 1 failed/);
  own.close();
  const ours = await fakeEngine(world.socket, wellBehaved(5, 1, join(job.component.installPath, 'a.rules')));
  assert.is(whyOf(await quick.confirm(job)), 'confirm-failed');
  ours.close();
  const few = await fakeEngine(world.socket, wellBehaved(1));
  assert.is(whyOf(await quick.confirm(job)), LACK === undefined ? 'confirm-failed' : 'ok', 'only a test tells how many there must be');
  few.close();
});

test('a run that is stopped while the engine reloads says so', async () => {
  const { job, world } = await swapped({ 'a.rules': rule(1) });
  const good = wellBehaved(1);
  const server = await fakeEngine(world.socket, (c) => (c === 'reload-rules' ? undefined : good(c)));
  const stop = new AbortController();
  setTimeout(() => stop.abort('SIGTERM'), 100);
  const from = performance.now();
  assert.is(whyOf(await plugIn.confirm({ ...job, verify: { ...QUICK, timeoutSeconds: 300 }, signal: stop.signal })), 'interrupted');
  assert.ok(performance.now() - from < 5000);
  server.close();
});

test('files that another program changed after the swap are not confirmed, whatever the engine says', async () => {
  const { job, world } = await swapped({ 'a.rules': rule(1) });
  const server = await fakeEngine(world.socket, wellBehaved(1));
  writeFileSync(join(world.component.installPath, 'a.rules'), 'cut');
  assert.is(whyOf(await plugIn.confirm(job)), 'confirm-not-whole');
  server.close();
});

test.run();
