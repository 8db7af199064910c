// runtimes: node, deno
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createProbe } from '../../src/platform/index.ts';
import { temporaryFolder } from '../support/repository.ts';

const test = suite('probe');
const probe = createProbe();
const limits = (timeoutMs = 2000) => ({ timeoutMs, signal: new AbortController().signal });

/** A port on loopback that does this with whoever connects. */
async function listening(take: (socket: Socket) => void): Promise<{ readonly port: number; readonly close: () => void }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    take(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

test('an address is its own name, a name has addresses, an unknown one is unresolvable', async () => {
  assert.equal(await probe.resolve('127.0.0.1', limits()), { ok: true, value: [{ address: '127.0.0.1', family: 4 }] });
  assert.equal(await probe.resolve('::1', limits()), { ok: true, value: [{ address: '::1', family: 6 }] });
  const local = await probe.resolve('localhost', limits());
  assert.ok(local.ok && local.value.some(({ address }) => address === '127.0.0.1' || address === '::1'));
  const none = await probe.resolve('no such name', limits());
  assert.is(none.ok ? 'ok' : none.failure.kind, 'unresolvable');
});

test('a connection is made and let go; a refused one is told as such', async () => {
  const server = await listening(() => undefined);
  assert.ok((await probe.connect('127.0.0.1', server.port, limits())).ok);
  server.close();
  const refused = await probe.connect('127.0.0.1', 9, limits());
  assert.is(refused.ok ? 'ok' : refused.failure.kind, 'refused');
});

test('a look ends at its limit, and at once when it is stopped', async () => {
  const server = await listening(() => undefined);
  const began = performance.now();
  const late = await probe.tls({ host: '127.0.0.1', port: server.port }, limits(200));
  assert.is(late.ok ? 'ok' : late.failure.kind, 'timeout');
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  const stopped = await probe.tls({ host: '127.0.0.1', port: server.port }, { timeoutMs: 60_000, signal: stop.signal });
  assert.is(stopped.ok ? 'ok' : stopped.failure.kind, 'stopped');
  const before = await probe.connect('127.0.0.1', server.port, { timeoutMs: 60_000, signal: AbortSignal.abort() });
  assert.is(before.ok ? 'ok' : before.failure.kind, 'stopped');
  assert.ok(performance.now() - began < 3000);
  server.close();
});

test('a proxy that refuses the tunnel is told with its status, and is told no secret of ours', async () => {
  let asked = '';
  const proxy = await listening((socket) => {
    socket.on('data', (bytes) => {
      asked += bytes.toString();
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
  });
  const end = await probe.tls({ host: '::1', port: 443, tunnel: { protocol: 'http:', host: '127.0.0.1', port: proxy.port, authorization: 'Basic eDp5' } }, limits());
  proxy.close();
  assert.equal(end.ok ? 'ok' : [end.failure.kind, end.failure.code], ['proxy', '403']);
  assert.is(asked, 'CONNECT [::1]:443 HTTP/1.1\r\nhost: [::1]:443\r\nproxy-authorization: Basic eDp5\r\n\r\n');
});

test('a database is read without a file being made beside it; damage and absent tables are told', () => {
  const folder = join(temporaryFolder('probe'), 'a %?# folder');
  mkdirSync(folder);
  const path = join(folder, 'state.db');
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a TEXT, b INTEGER); INSERT INTO t VALUES ('x', 1);");
  db.close();
  const before = readdirSync(folder);
  const seen = probe.database(path, ['SELECT a, b FROM t', 'SELECT z FROM absent']);
  assert.equal(seen, { ok: true, value: [[{ a: 'x', b: 1 }], []] });
  assert.equal(readdirSync(folder), before);
  writeFileSync(path, 'no database at all '.repeat(100));
  const damaged = probe.database(path, []);
  assert.is(damaged.ok ? 'ok' : damaged.failure.kind, 'corrupt');
  const absent = probe.database(join(folder, 'none.db'), []);
  assert.is(absent.ok ? 'ok' : absent.failure.kind, 'denied');
  assert.not(existsSync(join(folder, 'none.db')));
});

test('what a run wrote and did not yet fold in is read along, beside it', () => {
  const path = join(temporaryFolder('probe'), 'state.db');
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (7);');
  assert.equal(probe.database(path, ['SELECT a FROM t']), { ok: true, value: [[{ a: 7 }]] });
  db.exec('INSERT INTO t VALUES (8)');
  assert.equal(probe.database(path, ['SELECT count(*) AS n FROM t']), { ok: true, value: [[{ n: 2 }]] });
  db.close();
});

test('where nothing is yet, the folder above says whether it can be written', () => {
  const folder = temporaryFolder('probe');
  assert.is(probe.writeProblem(join(folder, 'not', 'there', 'yet')), undefined);
  if (process.platform === 'linux') assert.ok(probe.writeProblem('/proc/version') !== undefined || process.getuid?.() === 0);
});

test('permissions are what the runtime has', () => {
  const all = probe.permissions('/');
  assert.equal(all.filter(({ state }) => state !== 'granted'), [], 'the tests run with all of them');
  assert.is(all.length, 'Deno' in globalThis ? 6 : 0);
});

test.run();
