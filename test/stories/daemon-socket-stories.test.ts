import { existsSync, mkdirSync, statSync, chmodSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { dirname } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RunDocument } from '../../src/model/index.ts';
import { StoryDaemon } from '../support/daemon.ts';
import { runtimes } from '../support/runtimes.ts';
import { saySkipped } from '../support/skip.ts';
import { part, StoryWorld } from '../support/story-world.ts';
import { until } from '../support/until.ts';

const test = suite("stories of the daemon's socket");
const world = await StoryWorld.make('demo');
await world.release('demo', '1.0');
test.after(() => world.end());

const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const;
const may = spawnSync(NOBODY[0], [...NOBODY.slice(1), 'true']).status === 0;
const ACTIVATE = 'systemd-socket-activate';
const hasActivate = spawnSync(ACTIVATE, ['--version']).status === 0;

type Event = { readonly event: string; readonly data: { readonly commandId?: string; readonly code?: number; readonly document?: RunDocument } };

/** Everything that the daemon tells, heard until it ends; `since`: what came before is asked for. */
function listen(socket: string, since?: number): { readonly heard: Event[]; readonly ids: number[]; readonly close: () => void } {
  const heard: Event[] = [];
  const ids: number[] = [];
  let rest = '';
  const line = connect({ path: socket });
  line.on('error', () => undefined);
  line.on('connect', () => line.write(`GET /v1/events HTTP/1.0\r\nHost: glued\r\n${since === undefined ? '' : `Last-Event-ID: ${since}\r\n`}\r\n`));
  line.on('data', (chunk) => {
    rest += chunk.toString();
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const found = /id: (\d+)\nevent: (\S+)\ndata: (.*)/.exec(block);
      if (found === null) continue;
      ids.push(Number(found[1]));
      heard.push({ event: found[2] ?? '', data: JSON.parse(found[3] ?? '{}') });
    }
  });
  return { heard, ids, close: () => line.destroy() };
}

for (const rt of runtimes()) {
  test(`${rt.name}: 50 clients at once: each is answered, each command is done, in order, and none is lost`, async () => {
    const machine = world.machine(rt).register('demo');
    await machine.expect(0);
    const daemon = await StoryDaemon.start(machine);
    const stream = listen(daemon.socket);
    await until(() => stream.heard.length > 0);
    const ids = await Promise.all(Array.from({ length: 50 }, () => daemon.run({ components: ['demo'] })));
    const answers = await Promise.all(Array.from({ length: 50 }, () => daemon.status()));
    assert.ok(answers.every((a) => a.daemon.pid === daemon.pid));
    const results = (): Event[] => stream.heard.filter((e) => e.event === 'result');
    await until(() => results().length === 50);
    assert.equal([...results().map((e) => e.data.commandId)].sort(), [...ids].sort());
    assert.equal(results().map((e) => e.data.code), ids.map(() => 0));
    const order = (name: string): readonly (string | undefined)[] => stream.heard.filter((e) => e.event === name).map((e) => e.data.commandId);
    assert.equal(order('started'), order('queued'), 'first asked, first done');
    // who comes back hears what it missed
    const again = listen(daemon.socket, stream.ids[0]);
    await until(() => again.heard.length >= stream.heard.length - 1);
    assert.equal(again.ids.slice(0, 10), stream.ids.slice(1, 11));
    stream.close();
    again.close();
    assert.is((await daemon.stop()).code, 0);
    machine.end();
  });

  test(`${rt.name}: what is asked wrongly is 400 and names every key; unknown addresses and methods are refused; garbage does no harm`, async () => {
    const machine = world.machine(rt).register('demo');
    await machine.expect(0);
    const daemon = await StoryDaemon.start(machine);
    const refused = async (method: 'GET' | 'POST', target: string, body?: string): Promise<string> => {
      const { status, body: said } = await daemon.ask(method, target, body);
      const document: { readonly schema: string; readonly code: number; readonly text: string } = JSON.parse(said);
      assert.equal([document.schema, document.code], ['glued.error/1', 64]);
      return `${status} ${document.text}`;
    };
    assert.match(await refused('POST', '/v1/run', '{"components":[3],"forec":true}'), /^400 components\[0\] is number 3, .*; forec is boolean true, allowed is one of: content, components, force, dryRun/);
    assert.match(await refused('POST', '/v1/run', '{"content":["av","avv"]}'), /^400 content\[1\] is text "avv", allowed is av, ips/);
    assert.match(await refused('POST', '/v1/run', '{"force":"yes"}'), /^400 force is text "yes", allowed is true or false/);
    assert.match(await refused('POST', '/v1/run', '{"force":'), /^400 the body is no JSON/);
    assert.match(await refused('POST', '/v1/run', '[]'), /^400 \(document\) is a list of 0/);
    assert.match(await refused('POST', '/v1/rollback', '{}'), /^400 component is nothing/);
    assert.match(await refused('POST', '/v1/cancel', '{"commandId":"../x"}'), /^400 commandId is/);
    assert.match(await refused('POST', '/v2/run', '{}'), /^404 /);
    assert.match(await refused('POST', '/v1/status'), /^405 \/v1\/status is asked with GET/);
    assert.match(await refused('GET', '/v1/status?x=1'), /^400 .*takes no query/);
    for (const bytes of ['\0\x01\x02\r\n\r\n', 'GET', 'POST /v1/run HTTP/1.1\r\nContent-Length: 50\r\n\r\n{']) {
      const line = connect({ path: daemon.socket });
      line.on('error', () => undefined);
      line.on('connect', () => line.write(bytes, () => line.destroy()));
      await new Promise((done) => line.on('close', done));
    }
    assert.is(part(await machine.expect(0)).action, 'current');
    assert.is(daemon.events('command-started').length, 1, 'nothing of it was taken for a command');
    await daemon.stop();
    machine.end();
  });

  test(`${rt.name}: the socket is 0600 in a 0700 folder, and another user's process is refused`, async () => {
    const machine = world.machine(rt).register('demo');
    await machine.expect(0);
    // somebody made the folder before, open to all
    mkdirSync(dirname(StoryDaemon.socketOf(machine)), { recursive: true });
    chmodSync(dirname(StoryDaemon.socketOf(machine)), 0o777);
    const daemon = await StoryDaemon.start(machine);
    assert.equal([statSync(daemon.socket).mode & 0o777, statSync(dirname(daemon.socket)).mode & 0o777], [0o600, 0o700]);
    if (!may) {
      saySkipped(`another user on ${rt.name}: setpriv cannot change the user here`);
    } else {
      const script = `require('node:net').connect(process.argv[1]).on('error', (e) => console.log(e.code)).on('connect', () => console.log('connected'))`;
      const tried = spawnSync(NOBODY[0], [...NOBODY.slice(1), process.execPath, '-e', script, daemon.socket], { encoding: 'utf8' });
      assert.is(tried.stdout.trim(), 'EACCES', tried.stderr);
    }
    await daemon.stop();
    machine.end();
  });

  test(`${rt.name}: a program that listens there and is no daemon is 15; a daemon does not take its socket`, async () => {
    const machine = world.machine(rt).register('demo');
    await machine.expect(0);
    const path = StoryDaemon.socketOf(machine);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const other = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'));
    });
    await new Promise<void>((done) => other.listen(path, done));
    const document = await machine.expect(15);
    assert.match(document.errors[0]?.text ?? '', /does not answer as the glued daemon does/);
    const daemon = await machine.glued(['daemon', ...machine.place]);
    assert.equal([daemon.code, /another program listens there/.test(daemon.stderr)], [26, true], daemon.stderr);
    await new Promise((done) => other.close(done));
    // a socket that nobody listens on is nobody
    assert.is(part(await machine.expect(0)).action, 'current');
    machine.end();
  });

  test(`${rt.name}: --idle-exit ends a daemon that has nothing to do, with 0; a duration that is none is 64`, async () => {
    const machine = world.machine(rt).register('demo').policy({ probation: { minutes: 0 } });
    const daemon = await StoryDaemon.start(machine, { args: ['--idle-exit', '1s'] });
    const end = await daemon.end;
    assert.is(end.code, 0);
    assert.equal(daemon.events('daemon-ended').map((e) => e['why']), ['idle']);
    assert.is(daemon.events('command-ended').length, 1, 'what was due was done before');
    for (const bad of ['10', 'soon', '0s', '-5m', '1d']) {
      const wrong = await machine.glued(['daemon', `--idle-exit=${bad}`, ...machine.place]);
      assert.equal([wrong.code, /--idle-exit takes a duration like 30s, 10m or 2h/.test(wrong.stderr)], [64, true], wrong.stderr);
    }
    machine.end();
  });

  test(`${rt.name}: --idle-exit waits for the end of probation`, async () => {
    const machine = world.machine(rt).register('demo');
    const daemon = await StoryDaemon.start(machine, { args: ['--idle-exit', '1s'] });
    await until(() => daemon.events('command-ended').length === 1);
    assert.is((await daemon.status()).daemon.next.probation?.reason.code, 'next-probation');
    const idleSince = performance.now();
    await until(() => performance.now() - idleSince > 2000);
    // what is not registered any more is on probation no more
    const removed = await machine.glued(['registry', 'remove', 'demo', ...machine.place]);
    assert.is(removed.code, 0, removed.stderr);
    assert.equal(daemon.events('command-ended').map((e) => e['kind']), ['run', 'registry-remove'], 'the daemon was still there to do it');
    assert.is((await daemon.end).code, 0);
    assert.equal(daemon.events('daemon-ended').map((e) => e['why']), ['idle']);
    machine.end();
  });

  test(`${rt.name}: a daemon that a service manager starts takes over the socket that was opened for it, and leaves it there`, async () => {
    if (!hasActivate) return saySkipped(`socket activation on ${rt.name}: ${ACTIVATE} is not installed`);
    const machine = world.machine(rt).register('demo').policy({ probation: { minutes: 0 } });
    await machine.expect(0);
    const path = StoryDaemon.socketOf(machine);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const argv = [...rt.argv(machine.permissions()), 'daemon', '--idle-exit', '2s', ...machine.place];
    const manager = spawn(ACTIVATE, ['--listen', path, ...argv], { stdio: 'ignore' });
    const ended = new Promise<number | null>((done) => manager.on('exit', done));
    await until(() => existsSync(path));
    // this connection is what starts it
    assert.is(part(await machine.expect(0)).action, 'current');
    assert.is(await ended, 0, 'it becomes the daemon, which ends when idle');
    assert.ok(existsSync(path), 'the socket is the manager\'s');
    machine.end();
  });
}

test.run();
