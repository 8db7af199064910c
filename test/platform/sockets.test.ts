// runtimes: node, deno
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { createSockets } from '../../src/platform/sockets.ts';

const dir = mkdtempSync(join(tmpdir(), 'glued-sock-'));
const sockets = createSockets();
const LIMITS = { timeoutMs: 2000, maxBytes: 1000 };
const QUESTION = new TextEncoder().encode('zVERSION\0');
let servers = 0;

async function serve(answer: (socket: Socket, asked: string) => void): Promise<{ readonly path: string; readonly server: Server }> {
  const path = join(dir, `s${++servers}`);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => answer(socket, chunk.toString()));
  });
  await new Promise<void>((resolve) => server.listen(path, () => resolve()));
  return { path, server };
}

async function ask(answer: (socket: Socket, asked: string) => void, limits = LIMITS): Promise<string> {
  const { path, server } = await serve(answer);
  const got = await sockets.ask(path, QUESTION, limits);
  server.close();
  return got.ok ? new TextDecoder().decode(got.value) : got.failure.kind;
}

test('an answer is read until the other side closes', async () => {
  assert.is(await ask((socket, asked) => socket.end(`to ${asked}`)), 'to zVERSION\0');
  assert.is(await ask((socket) => socket.end()), '');
});

test('a port of the loopback interface is asked as a socket is', async () => {
  const server = createServer((socket) => void socket.on('data', (chunk) => socket.end(`to ${chunk.toString()}`)));
  const port = await new Promise<number>((resolve) => server.listen(0, '127.0.0.1', () => resolve(portOf(server))));
  const got = await sockets.ask({ host: '127.0.0.1', port }, QUESTION, LIMITS);
  assert.is(got.ok ? new TextDecoder().decode(got.value) : got.failure.detail, 'to zVERSION\0');
  await new Promise((resolve) => server.close(resolve));
  const gone = await sockets.ask({ host: '127.0.0.1', port }, QUESTION, LIMITS);
  assert.ok(!gone.ok && gone.failure.kind === 'absent' && gone.failure.path === `127.0.0.1 port ${port}`);
});

const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

test('one that never ends is cut at the limit, one that does not close at the time', async () => {
  const endless = (socket: Socket): void => void setInterval(() => socket.write('x'.repeat(700)), 5).unref();
  assert.is((await ask(endless)).length, 1000);
  assert.is(await ask((socket) => socket.write('partial'), { timeoutMs: 200, maxBytes: 1000 }), 'partial');
});

test('silence is a failure at the time limit', async () => {
  const from = performance.now();
  assert.is(await ask(() => undefined, { timeoutMs: 200, maxBytes: 10 }), 'io');
  assert.ok(performance.now() - from < 1500);
});

test('no socket, a socket that nobody listens on, and no socket at all have their kinds', async () => {
  const kind = async (path: string): Promise<string> => {
    const got = await sockets.ask(path, QUESTION, LIMITS);
    return got.ok ? 'ok' : got.failure.kind;
  };
  assert.is(await kind(join(dir, 'none')), 'absent');
  writeFileSync(join(dir, 'file'), '');
  assert.is(await kind(join(dir, 'file')), 'absent');
});

const TALK = { timeoutMs: 2000, maxBytes: 100, maxTotalBytes: 1000 };
async function speak(answer: (socket: Socket, asked: string) => void, said: readonly string[], limits = TALK, hearMs = 2000): Promise<readonly string[]> {
  const { path, server } = await serve(answer);
  const line = await sockets.talk(path, limits);
  if (!line.ok) return [line.failure.kind];
  const heard: string[] = [];
  for (const one of said) {
    line.value.say(one);
    const got = await line.value.hear(hearMs);
    heard.push(got.ok ? new TextDecoder().decode(got.value) : `${got.failure.kind}: ${got.failure.detail}`);
  }
  line.value.close();
  line.value.close();
  server.close();
  return heard;
}

test('a conversation goes on line by line, however the pieces come', async () => {
  assert.equal(await speak((socket, asked) => socket.write(`to ${asked}`), ['one', 'two']), ['to one', 'to two']);
  assert.equal(await speak((socket) => socket.write('a\nb\nc\n'), ['', '', '']), ['a', 'b', 'c']);
  const slowly = (socket: Socket): void => ['o', 'n', 'e', '\n'].forEach((letter, i) => setTimeout(() => socket.write(letter), 20 * i));
  assert.equal(await speak(slowly, ['x']), ['one']);
});

test('silence, an end and floods end a conversation, each with its words; what was said before is heard', async () => {
  const [silence] = await speak(() => undefined, ['x'], TALK, 100);
  assert.is(silence, 'io: no answer within 100 ms');
  assert.equal(await speak((socket) => socket.end('last\nhalf'), ['x', 'y']), ['last', 'io: the other side closed the connection']);
  assert.equal(await speak((socket) => socket.write('x'.repeat(200)), ['x']), ['too-long: a line of more than 100 bytes']);
  const [, flood] = await speak((socket) => socket.write(`${'y\n'.repeat(400)}`), ['x', 'x'], { ...TALK, maxTotalBytes: 500 });
  assert.is(flood ?? '', 'too-long: it said more than 500 bytes');
});

test('a conversation with nobody, and one that is stopped', async () => {
  const nobody = await sockets.talk(join(dir, 'none'), TALK);
  assert.is(nobody.ok ? 'ok' : nobody.failure.kind, 'absent');
  const { path, server } = await serve(() => undefined);
  const line = await sockets.talk(path, TALK);
  assert.ok(line.ok);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  const from = performance.now();
  const got = await line.value.hear(5000, stop.signal);
  assert.is(got.ok ? '' : got.failure.detail, 'the run was stopped');
  assert.ok(performance.now() - from < 2000);
  line.value.close();
  server.close();
});

if ('Deno' in globalThis) {
  test('a socket that Deno is not allowed to reach is denied, and nothing is thrown', async () => {
    const { path, server } = await serve(() => undefined);
    const script = join(dir, 'denied.mjs');
    const place = JSON.stringify(path);
    writeFileSync(
      script,
      `const { createSockets } = await import(${JSON.stringify(pathToFileURL(at('src', 'platform', 'sockets.ts')).href)});
       const sockets = createSockets();
       const asked = await sockets.ask(${place}, new Uint8Array(1), ${JSON.stringify(LIMITS)});
       const talked = await sockets.talk(${place}, ${JSON.stringify({ ...LIMITS, maxTotalBytes: 1000 })});
       console.log(asked.failure?.kind, talked.failure?.kind);`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, ['run', '--quiet', '--no-prompt', '--no-config', '--no-lock', '--allow-read', script], { encoding: 'utf8' });
    server.close();
    assert.is(stdout, 'denied denied\n', stderr);
  });
}

test.after(() => rmSync(dir, { recursive: true, force: true }));
test('who listens has another name after each start, the same one in between, and none where nobody is', async () => {
  const { path, server } = await serve(() => undefined);
  const first = sockets.listener(path);
  assert.ok(first !== undefined && sockets.listener(path) === first);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  assert.is(sockets.listener(path), undefined);
  assert.is(sockets.listener(join(dir, 'never')), undefined);
  assert.is(sockets.listener({ host: '127.0.0.1', port: 1 }), undefined);
});

test.run();
