// runtimes: node, deno
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ControlLimits, ControlListenRequest, ControlStream } from '../../src/model/index.ts';
import { createLocalHttp } from '../../src/platform/index.ts';
import { must } from '../support/outcome.ts';
import { until } from '../support/until.ts';

const test = suite('HTTP over unix sockets');
const dir = mkdtempSync(join(tmpdir(), 'glued-local-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));

const local = createLocalHttp();
const LIMITS: ControlLimits = { maxBodyBytes: 1000, maxHeaderBytes: 2048, maxConnections: 4, requestMs: 1000, maxUnreadBytes: 100_000 };
const JSON_HEAD = { 'Content-Type': 'application/json' };
const echo: ControlListenRequest['handle'] = ({ method, target, body }) => ({ status: 200, headers: JSON_HEAD, body: `${method} ${target} ${body.length}` });
let sockets = 0;

/** A server for one test, ended after it. */
async function served(handle: ControlListenRequest['handle'], work: (path: string) => Promise<void>, limits: Partial<ControlLimits> = {}): Promise<void> {
  const path = join(dir, `s${++sockets}`);
  const ending = new AbortController();
  const listening = must(await local.listen({ place: { kind: 'path', path }, limits: { ...LIMITS, ...limits }, handle, signal: ending.signal }));
  try {
    await work(path);
  } finally {
    ending.abort();
    await listening.closed;
  }
}

const get = (socket: string, more: object = {}) => local.ask({ socket, method: 'GET', target: '/x', idleMs: 20_000, maxBytes: 10_000, ...more });

/** Raw bytes to the socket; all that comes back until the other side closes. */
function raw(path: string, bytes: string | Uint8Array, then: 'wait' | 'hang-up' = 'wait'): Promise<string> {
  return new Promise((resolve) => {
    let back = '';
    const socket = connect({ path });
    socket.on('data', (chunk) => (back += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(back));
    socket.on('connect', () => {
      socket.write(bytes);
      if (then === 'hang-up') socket.destroy();
    });
  });
}

test('a question and its answer; the socket is its owner\'s alone, and gone afterwards', async () => {
  let path = '';
  await served(echo, async (at) => {
    path = at;
    assert.is(statSync(at).mode & 0o777, 0o600);
    assert.equal(must(await get(at)), { status: 200, body: 'GET /x 0' });
    assert.equal(must(await local.ask({ socket: at, method: 'POST', target: '/y', body: 'four', idleMs: 20_000, maxBytes: 100 })), { status: 200, body: 'POST /y 4' });
  });
  assert.not(existsSync(path));
});

test('garbage, half requests, heads and bodies that are too large do no harm', async () => {
  await served(echo, async (path) => {
    assert.match(await raw(path, new Uint8Array([0, 1, 2, 3, 10, 13, 10, 13, 10])), /^HTTP\/1\.1 400 /);
    assert.match(await raw(path, `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(5000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
    assert.match(await raw(path, `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n${'a'.repeat(5000)}`), /^HTTP\/1\.1 413 /);
    const halves = ['GET / HTTP/1.1\r\nHost: x\r\n', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf'];
    const answers = await Promise.all(halves.map((half) => raw(path, half)));
    assert.equal(answers.map((answer) => answer.slice(0, 12)), ['HTTP/1.1 408', 'HTTP/1.1 408'], 'half a head and half a body are waited for, and not for ever');
    await raw(path, 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf', 'hang-up');
    await raw(path, '', 'hang-up');
    assert.is(must(await get(path)).body, 'GET /x 0');
  });
});

test('beyond the limit of connections a client is told 503, and afterwards there is room again', async () => {
  const open: ControlStream[] = [];
  await served(
    ({ target }) => (target === '/stream' ? { status: 200, headers: {}, body: (to) => void open.push(to) } : { status: 200, headers: {}, body: 'there' }),
    async (path) => {
      const streams = [1, 2, 3, 4].map(() => get(path, { target: '/stream', chunk: () => undefined }));
      await until(() => open.length === 4);
      assert.is(must(await get(path)).status, 503);
      for (const stream of open) stream.end();
      await Promise.all(streams);
      let status = 503;
      while (status === 503) status = must(await get(path)).status;
      assert.is(status, 200);
    },
  );
});

test('a stream comes piece by piece; each side may end it', async () => {
  let server: ControlStream | undefined;
  let gone = 0;
  const handle: ControlListenRequest['handle'] = () => ({
    status: 200,
    headers: { 'Content-Type': 'text/event-stream' },
    body: (to) => {
      server = to;
      to.ended(() => (gone += 1));
      to.send('one ');
    },
  });
  await served(handle, async (path) => {
    let heard = '';
    const ending = new AbortController();
    const first = get(path, {
      signal: ending.signal,
      chunk: (text: string) => {
        heard += text;
        if (heard === 'one ') server?.send('two ');
        else ending.abort();
      },
    });
    assert.is((await first).ok, false, 'it was stopped here');
    assert.is(heard, 'one two ');
    await until(() => gone === 1);
    heard = '';
    const second = get(path, { chunk: (text: string) => ((heard += text), server?.end()) });
    assert.equal(must(await second), { status: 200, body: '' });
    assert.is(heard, 'one ');
  });
});

test('a reader that does not read is cut off, and memory stays what it was', async () => {
  let cut = false;
  const handle: ControlListenRequest['handle'] = () => ({
    status: 200,
    headers: {},
    body: (to) => {
      to.ended(() => (cut = true));
      const pour = setInterval(() => to.send('x'.repeat(50_000)), 1);
      to.ended(() => clearInterval(pour));
    },
  });
  await served(handle, async (path) => {
    const socket = connect({ path });
    socket.on('error', () => undefined);
    socket.on('connect', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    socket.pause();
    await until(() => cut);
    socket.destroy();
  });
});

test('nobody there, a file in its place, and a program that speaks something else have their kinds', async () => {
  const kind = async (socket: string): Promise<string> => {
    const asked = await get(socket, { idleMs: 300 });
    return asked.ok ? `status ${asked.value.status}` : asked.failure.kind;
  };
  assert.is(await kind(join(dir, 'none')), 'absent');
  writeFileSync(join(dir, 'file'), '');
  assert.is(await kind(join(dir, 'file')), 'absent');
  for (const answer of ['I am no web server\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort', '']) {
    const path = join(dir, `odd${++sockets}`);
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => (answer === '' ? undefined : socket.end(answer)));
    });
    await new Promise<void>((done) => server.listen(path, done));
    assert.is(await kind(path), 'io', answer);
    server.close();
  }
});

test('an answer larger than asked for is refused', async () => {
  await served(
    () => ({ status: 200, headers: {}, body: 'x'.repeat(50_000) }),
    async (path) => {
      const asked = await get(path);
      assert.is(asked.ok ? 'ok' : asked.failure.kind, 'too-long');
    },
  );
});

test('a bug of the handler is told to whoever listens', async () => {
  const path = join(dir, 'bug');
  const ending = new AbortController();
  const listening = must(
    await local.listen({ place: { kind: 'path', path }, limits: LIMITS, signal: ending.signal, handle: () => { throw new Error('planted'); } }),
  );
  const told = listening.closed.then(() => 'closed', (error: Error) => error.message);
  assert.is((await get(path)).ok, false);
  assert.is(await told, 'planted');
  ending.abort();
});

test.run();
