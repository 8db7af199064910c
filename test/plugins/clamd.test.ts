import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failureCode, failureText, type Job } from '../../src/model/index.ts';
import { engineOf, loadedVersion, printable } from '../../src/plugins/builtin/clamav/clamd.ts';
import { fastClock } from '../support/quick-ports.ts';
import { skip } from '../support/skip.ts';
import { clamWorld, type ClamWorld, fixture, lacking, startClamd } from './clamav-world.ts';
import { builtIn, installedAs, jobOf, readView, realPorts, type Tree, valueOf, VERIFY, viewOf, whyOf } from './world.ts';

const plugIn = builtIn('clamav')({ ...realPorts, clock: fastClock(10) });
const never = new AbortController().signal;
const QUICK: Job['verify'] = { ...VERIFY, timeoutSeconds: 2 };

const when = (lack: string | undefined, name: string, run: () => Promise<void>): void => {
  if (lack === undefined) test(name, run);
  else skip(test, name, lack);
};

/** A job whose content is in place already. */
async function swapped(tree: Tree): Promise<{ readonly world: ClamWorld; readonly job: Job; readonly socket: string }> {
  const world = clamWorld();
  const job = jobOf(world.component, world.content(1, tree), null, world.root, { verify: QUICK });
  valueOf(await plugIn.swap(job));
  return { world, job, socket: join(world.root, 'clamd.ctl') };
}

/** A clamd that is a script: what it answers to each command; undefined says nothing and holds the line. */
function fakeClamd(socket: string, answer: (command: string) => string | undefined): Promise<Server> {
  const server = createServer((line) => {
    line.on('error', () => undefined);
    line.on('data', (bytes) => {
      const said = answer(bytes.toString().replace(/^z|\0$/g, ''));
      if (said !== undefined) line.end(said);
    });
  });
  server.unref();
  return new Promise((resolve) => server.listen(socket, () => resolve(server)));
}

when(lacking('data', 'clamd', 'clamscan'), 'the real clamd loads what was installed, says so, and goes back with a restore', async () => {
  const world = clamWorld();
  const { root, component } = world;
  const first = world.content(1, { 'daily.cvd': fixture('test-5.cvd') });
  valueOf(await plugIn.swap(jobOf(component, first, null, root)));
  const clamd = await startClamd(root, component.installPath);
  const installed = installedAs(component, first);
  const before = valueOf(await plugIn.inventory(installed, 'quick', never));
  assert.is(before.state, 'whole');
  assert.match(before.loaded ?? '', /^ClamAV [\d.]+\/5\//);
  assert.match(before.engineVersion ?? '', /^\d+\.\d+\.\d+$/);
  const job = jobOf(installed, world.content(2, { 'daily.cvd': fixture('test-6.cvd') }), first, root);
  valueOf(await plugIn.test(job));
  valueOf(await plugIn.swap(job));
  for (const _ of [1, 2]) assert.match(valueOf(await plugIn.confirm(job)).loaded ?? '', /^ClamAV [\d.]+\/6\//);
  valueOf(await plugIn.restore(job));
  assert.match(valueOf(await plugIn.inventory(installed, 'quick', never)).loaded ?? '', /\/5\//);
  await clamd.stop();
  assert.is(valueOf(await plugIn.confirm(jobOf(installed, first, null, root))).loaded, null, 'its socket is left, nobody listens');
});

when(lacking('data', 'clamd'), 'the real clamd that keeps its old database is not taken for confirmed: 12', async () => {
  const { job, world, socket } = await swapped({ 'daily.cvd': fixture('test-6.cvd') });
  const elsewhere = join(world.root, 'elsewhere');
  mkdirSync(elsewhere);
  copyFileSync(new URL('../../../shared/data/clamav/test-5.cvd', import.meta.url), join(elsewhere, 'daily.cvd'));
  const clamd = await startClamd(world.root, elsewhere);
  const outcome = await plugIn.confirm(job);
  assert.is(whyOf(outcome), 'confirm-failed');
  assert.ok(!outcome.ok && failureCode(outcome.failure) === 'install');
  assert.match(outcome.ok ? '' : failureText(outcome.failure), /answers "ClamAV [^"]*\/5\/[^"]*", and the new daily is version 6/);
  assert.ok(existsSync(socket));
  await clamd.stop();
});

when(lacking('data', 'clamd'), 'a database without a daily is confirmed by a clamd that took the command and still answers', async () => {
  const { job, world } = await swapped({ 'test.cvd': fixture('test-3.cvd') });
  const clamd = await startClamd(world.root, world.component.installPath);
  assert.match(valueOf(await plugIn.confirm(job)).loaded ?? '', /^ClamAV [\d.]+$/);
  await clamd.stop();
});

test('no socket, and a socket that nobody listens on, is an engine that does not run: null and no failure', async () => {
  const { job, socket } = await swapped({ 'a.ndb': 'A:0:*:41414141\n' });
  assert.is(valueOf(await plugIn.confirm(job)).loaded, null);
  writeFileSync(socket, '');
  assert.is(valueOf(await plugIn.confirm(job)).loaded, null);
  assert.is(valueOf(await plugIn.inventory(job.component, 'quick', never)).loaded, null);
});

test('an engine that is there and does not confirm in time is 12, with what it said', async () => {
  const cases: readonly (readonly [string, (command: string) => string | undefined, RegExp])[] = [
    ['never answers', () => undefined, /does not answer/],
    ['refuses the command', () => 'UNKNOWN COMMAND\0', /answered "UNKNOWN COMMAND" to RELOAD/],
    ['hangs up', () => '', /does not answer/],
    ['stops answering', (command) => (command === 'RELOAD' ? 'RELOADING\0' : undefined), /after RELOAD it is gone or silent/],
  ];
  for (const [name, answer, text] of cases) {
    const { job, socket } = await swapped({ 'a.ndb': 'A:0:*:41414141\n' });
    const server = await fakeClamd(socket, answer);
    const outcome = await plugIn.confirm(job);
    server.close();
    assert.is(whyOf(outcome), 'confirm-failed', name);
    assert.match(outcome.ok ? '' : failureText(outcome.failure), text, name);
  }
});

when(lacking('data'), 'an engine that needs its time is waited for', async () => {
  const { job, socket } = await swapped({ 'daily.cvd': fixture('test-6.cvd') });
  let asked = 0;
  const commands: string[] = [];
  const server = await fakeClamd(socket, (command) => {
    commands.push(command);
    return command === 'RELOAD' ? 'RELOADING\0' : `ClamAV 1.4.6/${++asked < 4 ? 5 : 6}/Wed Jun 23 01:34:05 2021\0`;
  });
  assert.is(valueOf(await plugIn.confirm(job)).loaded, 'ClamAV 1.4.6/6/Wed Jun 23 01:34:05 2021');
  assert.equal(commands, ['RELOAD', 'VERSION', 'VERSION', 'VERSION', 'VERSION']);
  server.close();
});

/** Busy with an earlier reload: it answers the first RELOAD as any, and passes over it. `loads`: the daily that the next one brings. */
async function busyClamd(socket: string, has: number, loads: number): Promise<{ readonly server: Server; readonly told: () => number }> {
  let told = 0;
  const server = await fakeClamd(socket, (command) => {
    if (command === 'RELOAD') told++;
    return command === 'RELOAD' ? 'RELOADING\0' : `ClamAV 1.4.6/${told < 2 ? has : loads}/Wed Jun 23 01:34:05 2021\0`;
  });
  return { server, told: () => told };
}

when(lacking('data'), 'an engine that is busy with a reload passes over the next one: it is told again, by a swap and by a restore', async () => {
  const world = clamWorld();
  const socket = join(world.root, 'clamd.ctl');
  const first = world.content(1, { 'daily.cvd': fixture('test-5.cvd') });
  valueOf(await plugIn.swap(jobOf(world.component, first, null, world.root)));
  const job = jobOf(installedAs(world.component, first), world.content(2, { 'daily.cvd': fixture('test-6.cvd') }), first, world.root, { verify: { ...QUICK, timeoutSeconds: 300 } });
  valueOf(await plugIn.swap(job));
  const forth = await busyClamd(socket, 5, 6);
  assert.match(valueOf(await plugIn.confirm(job)).loaded ?? '', /\/6\//);
  assert.is(forth.told(), 2);
  await new Promise((closed) => forth.server.close(closed));
  const back = await busyClamd(socket, 6, 5);
  valueOf(await plugIn.restore(job));
  assert.is(back.told(), 2);
  back.server.close();
});

test('a run that is stopped while the engine is waited for says so', async () => {
  const { job, socket } = await swapped({ 'a.ndb': 'A:0:*:41414141\n' });
  const server = await fakeClamd(socket, () => 'BUSY\0');
  const stop = new AbortController();
  setTimeout(() => stop.abort('SIGTERM'), 100);
  assert.is(whyOf(await plugIn.confirm({ ...job, verify: { ...QUICK, timeoutSeconds: 300 }, signal: stop.signal })), 'interrupted');
  server.close();
});

test('files that another program changed after the swap are not confirmed, whatever the engine says', async () => {
  const { job, world, socket } = await swapped({ 'a.ndb': 'A:0:*:41414141\n' });
  const server = await fakeClamd(socket, (command) => (command === 'RELOAD' ? 'RELOADING\0' : 'ClamAV 1.4.6\0'));
  assert.is(valueOf(await plugIn.confirm(job)).loaded, 'ClamAV 1.4.6');
  writeFileSync(join(world.component.installPath, 'a.ndb'), 'cut');
  assert.is(whyOf(await plugIn.confirm(job)), 'confirm-not-whole');
  assert.equal(readView(world.component.installPath), viewOf({ 'a.ndb': 'cut' }));
  assert.is(readFileSync(join(job.next.folder, 'content/a.ndb'), 'utf8'), 'cut', 'they are one file');
  server.close();
});

test('what an engine says is read strictly and printed safely', () => {
  assert.is(engineOf('ClamAV 1.4.6/27500/Wed Jun 23 01:34:05 2021'), '1.4.6');
  assert.is(engineOf('ClamAV 1.5.0-beta'), '1.5.0-beta');
  assert.is(engineOf('Something 1.4.6'), null);
  assert.is(loadedVersion('ClamAV 1.4.6/27500/Wed Jun 23 01:34:05 2021'), 27500);
  assert.is(loadedVersion('ClamAV 1.4.6'), undefined);
  assert.is(loadedVersion('ClamAV 1.4.6/x/y'), undefined);
  assert.is(printable('a\u001b[31mred\u0000\u202e\nb'), 'a [31mred b');
  assert.is(printable('x'.repeat(1000)).length, 200);
});

test.run();
