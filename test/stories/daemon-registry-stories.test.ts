import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { errorDocument } from '../../src/report/index.ts';
import { failure } from '../../src/model/index.ts';
import { StoryDaemon } from '../support/daemon.ts';
import { documentOf, type RunEnd, runtimes } from '../support/runtimes.ts';
import { saySkipped } from '../support/skip.ts';
import { type Machine, part, StoryWorld } from '../support/story-world.ts';
import { until } from '../support/until.ts';

const test = suite('stories of the registry beside a daemon');
const world = await StoryWorld.make('demo', 'second');
await world.release('demo', '1.0');
await world.release('demo', '2.0');
await world.release('second', '1.0');
test.after(() => world.end());
test.before.each(() => {
  world.server.fault = () => undefined;
});

/** Deno makes the links of adopted content only for who may write anywhere. */
const MAY_LINK = ['--allow-all'];
const PACKAGE = /^\/packages\//;

/** The server gives out no package until `release` is called; `reached`: somebody asked for one. */
function hold(): { readonly reached: Promise<void>; readonly release: () => void } {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  world.server.fault = (path) => (PACKAGE.test(path) ? { kind: 'held', until: released } : undefined);
  return { reached: world.server.whenAsked(PACKAGE), release: () => release() };
}

/** A machine at 1.0, whose policy would have 2.0 now. */
async function behind(machine: Machine): Promise<Machine> {
  machine.register('demo').policy({ components: { demo: { pin: '1.0' } } });
  await machine.expect(0);
  return machine.policy();
}

const add = (id: string, ...more: readonly string[]): readonly string[] => ['registry', 'add', id, '--type', 'av', '--plugin', 'files', ...more];
/** What a command waits for in the daemon's queue. */
const waiting = async (daemon: StoryDaemon): Promise<readonly string[]> => (await daemon.status()).daemon.queue.map((c) => c.kind);

/** One after the other, as typed in the machine's folder; every path of it is told as that of one folder. */
const SAME: readonly (readonly [args: readonly string[], code: number])[] = [
  [add('second', '--path', 'live/second', '--name', 'The second', '--channel', 'stable', '--set', 'TestCommand=/bin/true', '--adopt', '--json'), 0],
  [add('third', '--path', 'live/none/third'), 0],
  [add('thief', '--path', 'live/third/../second', '--json'), 26],
  [add('third', '--path', 'live/third', '--set', 'TestCommand=bin/true', '--json'), 2],
  [add('Third', '--path', 'live/third', '--json'), 64],
  [['registry', 'remove', 'nobody', '--json'], 64],
  [['registry', 'remove', 'third', '--json'], 0],
  [['registry', 'remove', 'second'], 0],
];

for (const rt of runtimes()) {
  test(`${rt.name}: the daemon says of every change of the registry what is said without one, with the same code`, async () => {
    const [asked, alone] = [world.machine(rt).register('demo'), world.machine(rt).register('demo')];
    await Promise.all([asked, alone].map((machine) => machine.expect(0)));
    const daemon = await StoryDaemon.start(asked, { permissions: MAY_LINK });
    for (const machine of [asked, alone]) {
      mkdirSync(machine.live('second'));
      writeFileSync(join(machine.live('second'), 'rules.db'), 'from before');
    }
    const heard = async (machine: Machine, args: readonly string[]): Promise<Omit<RunEnd, 'signal'>> => {
      const { code, stdout, stderr } = await machine.glued([...args, ...machine.place], { settings: { permissions: MAY_LINK } });
      // when it was adopted, and the place of either machine, are its own
      const plain = (text: string): string => text.replaceAll(machine.folder, '/machine').replace(/"date": "[^"]+"/, '"date": ""');
      return { code, stdout: plain(stdout), stderr: plain(stderr) };
    };
    for (const [args, code] of SAME) {
      const [byDaemon, here] = await Promise.all([heard(asked, args), heard(alone, args)]);
      assert.equal(byDaemon, here, args.join(' '));
      assert.is(byDaemon.code, code, `${args.join(' ')}\n${byDaemon.stdout}${byDaemon.stderr}`);
    }
    const kinds = daemon.events('command-ended').map((e) => `${e['kind']} ${e['code']}`);
    // an id that can be none is told at once, without the daemon
    assert.equal(kinds, ['registry-add 0', 'registry-add 0', 'registry-add 26', 'registry-add 2', 'registry-remove 64', 'registry-remove 0', 'registry-remove 0']);
    assert.is((await daemon.stop()).code, 0);
    for (const machine of [asked, alone]) machine.end();
  });

  test(`${rt.name}: what a daemon may not write, as a service under its limits, is taken over by who types`, async () => {
    if (process.getuid?.() !== 0 || spawnSync('unshare', ['--mount', 'true']).status !== 0) return saySkipped('only root can make a folder read-only for one process');
    const machine = world.machine(rt).register('demo');
    await machine.expect(0);
    const readOnly = ['unshare', '--mount', 'sh', '-ec', 'mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"; exec "$@"', join(machine.folder, 'live')];
    const daemon = await StoryDaemon.start(machine, { permissions: MAY_LINK, under: readOnly });
    writeFileSync(machine.live('second'), 'from before');
    const end = await machine.glued([...add('second', '--path', 'live/second', '--adopt', '--json'), ...machine.place], { settings: { permissions: MAY_LINK } });
    assert.equal([end.code, end.stderr, daemon.events('command-ended').map((e) => e['code'])], [0, '', [12]], end.stdout);
    assert.match(end.stdout, 'is release 0 (adopted) now');
    assert.is((await daemon.stop()).code, 0);
    machine.end();
  });

  test(`${rt.name}: what is registered while the daemon runs something waits its turn, and the next run brings it up to date`, async () => {
    const machine = await behind(world.machine(rt));
    const daemon = await StoryDaemon.start(machine);
    const { reached, release } = hold();
    await daemon.run();
    await reached;
    const adding = machine.glued([...add('second', '--path', 'live/second', '--json'), ...machine.place]);
    await until(async () => (await waiting(daemon)).length === 1);
    assert.equal([await waiting(daemon), machine.exists('NewRegistry', 'second.plist')], [['registry-add'], false]);
    const elsewhere = await machine.glued([...add('second', '--path', 'live/second'), ...machine.place, '--insecure-policy']);
    assert.is(elsewhere.code, 23, `another policy than the daemon's is the run lock's matter: ${elsewhere.stderr}`);
    release();
    const end = await adding;
    assert.equal([end.code, end.stderr, documentOf(end)['file']], [0, '', machine.file('NewRegistry', 'second.plist')], end.stdout);
    assert.equal(daemon.events('command-ended').map((e) => e['kind']), ['run', 'registry-add']);
    const document = await machine.expect(0);
    assert.equal([part(document).after?.version, part(document, 'second').after?.version], ['2.0', '1.0']);
    assert.is((await daemon.stop()).code, 0);
    machine.end();
  });

  test(`${rt.name}: Ctrl-C takes a waiting change out of the queue, with 130; a queue that is full is 23; neither writes anything`, async () => {
    const machine = await behind(world.machine(rt));
    const daemon = await StoryDaemon.start(machine);
    const { reached, release } = hold();
    await daemon.run();
    await reached;
    let pid = 0;
    const adding = machine.glued([...add('second', '--path', 'live/second', '--json'), ...machine.place], { settings: { started: (p) => (pid = p) } });
    await until(async () => (await waiting(daemon)).length === 1);
    process.kill(pid, 'SIGINT');
    const stopped = await adding;
    assert.equal([stopped.code, documentOf(stopped)['codeName'], await waiting(daemon)], [130, 'interrupted', []], stopped.stderr);
    await Promise.all(Array.from({ length: 100 }, () => daemon.run()));
    const refused = await machine.glued(['registry', 'remove', 'demo', '--json', ...machine.place]);
    assert.equal([refused.code, documentOf(refused)['codeName']], [23, 'locked']);
    assert.match(refused.stderr, /The daemon has 100 commands to do already/);
    assert.equal([machine.exists('NewRegistry', 'second.plist'), machine.exists('ActiveRegistry', 'demo.plist')], [false, true]);
    assert.is((await daemon.stop()).code, 0);
    release();
    machine.end();
  });

  test(`${rt.name}: a daemon of a version that knows no change of the registry is passed by, under the run lock`, async () => {
    const machine = world.machine(rt).register('demo');
    await machine.expect(0);
    const path = StoryDaemon.socketOf(machine);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const asked: string[] = [];
    const older = createServer(({ url = '' }, response) => {
      asked.push(url);
      if (url === '/v1/status') return void response.end(JSON.stringify({ schema: 'glued.status/1', daemon: { pid: process.pid, policy: { path: machine.policyFile, trustCheck: 'enforce', problem: null } } }));
      if (url === '/v1/events') return void response.write('id: 0\nevent: hello\ndata: {}\n\n');
      response.writeHead(404).end(JSON.stringify(errorDocument(failure('control-request', { problem: `there is no ${url}` }))));
    });
    await new Promise<void>((done) => older.listen(path, done));
    const added = await machine.glued([...add('second', '--path', 'live/second'), ...machine.place]);
    const removed = await machine.glued(['registry', 'remove', 'demo', ...machine.place]);
    older.closeAllConnections();
    await new Promise((done) => older.close(done));
    assert.equal([added.code, removed.code], [0, 0], added.stderr + removed.stderr);
    assert.equal(asked.filter((url) => url.startsWith('/v1/registry')), ['/v1/registry/add', '/v1/registry/remove']);
    assert.equal([existsSync(machine.file('NewRegistry', 'second.plist')), machine.exists('ActiveRegistry', 'demo.plist')], [true, false]);
    machine.end();
  });
}

test.run();
