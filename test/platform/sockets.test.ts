import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
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

test.after(() => rmSync(dir, { recursive: true, force: true }));
test.run();
