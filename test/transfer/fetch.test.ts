import { readFileSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failureCode, failureText } from '../../src/model/index.ts';
import { type Answer, closeFaultServers, type FaultServer, faultServer } from '../support/fault-server.ts';
import { MemoryFiles } from '../support/memory-files.ts';
import { closeBenches, noise, openBench, packageOf, pathOf } from '../support/package-bench.ts';

const test = suite('fetch');
test.after.each(() => Promise.all([closeBenches(), closeFaultServers()]).then(() => undefined));
const BODY = noise(300_000);
const OTHER = noise(300_001).subarray(1);
const P = packageOf(BODY);
const good: Answer = { body: BODY, ranges: { etag: '"v1"' } };
const on = (answer: Answer | readonly Answer[]): Promise<FaultServer> => faultServer({ [pathOf(P)]: answer });

test('a package comes whole, verified and kept, and the next time from the cache', async () => {
  const [bench, server] = [await openBench(), await on(good)];
  const seen: number[] = [];
  const got = await bench.fetch(P, [server.url], { progress: (done) => seen.push(done) });
  assert.ok(got.ok);
  assert.is(got.value.via, 'full');
  assert.is(got.value.server, server.url);
  assert.is(got.value.downloaded, BODY.length);
  assert.equal(new Uint8Array(readFileSync(got.value.path)), BODY);
  assert.is(seen.at(-1), BODY.length);
  assert.is(bench.store.partial(P.sha256).length, 0);
  const again = await bench.fetch(P, [server.url]);
  assert.ok(again.ok);
  assert.is(again.value.via, 'cache');
  assert.is(again.value.downloaded, 0);
  assert.is(server.seen.length, 1);
  await bench.close();
  await server.close();
});

test('a damaged package of the cache is noted and fetched again', async () => {
  const [bench, server] = [await openBench(), await on(good)];
  const got = await bench.fetch(P, [server.url]);
  assert.ok(got.ok);
  writeFileSync(got.value.path, OTHER);
  const again = await bench.fetch(P, [server.url]);
  assert.ok(again.ok);
  assert.is(again.value.via, 'full');
  assert.match(bench.notes.join(), 'damaged');
  assert.equal(new Uint8Array(readFileSync(again.value.path)), BODY);
  await bench.close();
  await server.close();
});

/** What a first server does, and what is said of it when the second one gives the package. */
const WRONG: readonly (readonly [string, Answer, RegExp])[] = [
  ['wrong bytes', { body: OTHER }, /wrong bytes, their SHA-256 is [0-9a-f]{64}$/],
  ['a body that ends too early, each time', { body: BODY, endAt: 1000 }, /ended too early.*tried 3 times/],
  ['a short body without a length', { body: BODY.subarray(0, 5000), framing: 'close' }, /ended too early.*tried 3 times/],
  ['a connection reset, each time', { body: BODY, resetAt: 0 }, /broken off.*tried 3 times/],
  ['an endless body', { body: BODY, endless: true }, /more than the 300000 bytes that were signed/],
  ['an endless body of other bytes', { body: OTHER, endless: true }, /more than the 300000 bytes that were signed/],
  ['a file of another size', { body: BODY.subarray(1) }, /299999 bytes in place of 300000$/],
  ['a page of HTML', { body: noise(99), headers: [['content-type', 'text/html; charset=utf-8']] }, /99 bytes in place of 300000; it is an HTML page/],
  ['a status 404', { status: 404 }, /status 404$/],
  ['a status 503', { status: 503 }, /status 503$/],
  ['a status 500, each time', { status: 500 }, /status 500, tried 3 times/],
  ['a partial answer that nobody asked for', { status: 206, body: BODY }, /status 206$/],
  ['a compressed answer', { body: BODY, headers: [['content-encoding', 'gzip']] }, /Content-Encoding "gzip"/],
  ['bytes that are no HTTP', { garbage: 'hello\r\n\r\n' }, /no HTTP/],
  ['nothing', { body: BODY, hangAt: 1000 }, /standstill \(no byte for/],
  ['a redirect to itself', { status: 302, headers: [['location', pathOf(P)]] }, /more than 5 redirects/],
];
for (const [what, answer, said] of WRONG) {
  test(`${what} from the first server: the second one is asked`, async () => {
    const [bench, bad, fine] = [await openBench(), await on(answer), await on(good)];
    const got = await bench.fetch(P, [bad.url, fine.url]);
    assert.ok(got.ok, got.ok ? '' : got.failure.detail);
    assert.is(got.value.server, fine.url);
    assert.match(got.value.notes.join(), said);
    assert.equal(new Uint8Array(readFileSync(got.value.path)), BODY);
    await Promise.all([bench.close(), bad.close(), fine.close()]);
  });
}

test('wrong bytes everywhere: code 9 names the server, the expected and the found hash, and nothing of it is kept', async () => {
  const [bench, server] = [await openBench(), await on({ body: OTHER, ranges: { etag: '"x"' } })];
  const got = await bench.fetch(P, [server.url]);
  assert.not.ok(got.ok);
  if (got.ok) return;
  assert.is(got.failure.why, 'package-wrong-hash');
  assert.is(failureCode(got.failure), 'download');
  const text = failureText(got.failure);
  for (const part of [server.url, P.sha256, packageOf(OTHER).sha256]) assert.match(text, part);
  assert.is(bench.store.partial(P.sha256).length, 0);
  assert.is(bench.store.known().size, 0);
  assert.is(server.seen.length, 1);
  await bench.close();
  await server.close();
});

test('all servers fail: code 9, and the detail has the error of each', async () => {
  const [bench, gone, missing] = [await openBench(), await on(good), await on({ status: 404 })];
  await gone.close();
  const got = await bench.fetch(P, ['http://nowhere.invalid/', gone.url, missing.url]);
  assert.not.ok(got.ok);
  if (got.ok) return;
  assert.is(failureCode(got.failure), 'download');
  assert.match(failureText(got.failure), /any server \(3 asked\).*status 404/);
  const lines = (got.failure.detail ?? '').split('\n');
  assert.is(lines.length, 3);
  assert.match(lines[0] ?? '', /nowhere\.invalid.*cannot be resolved/);
  assert.match(lines[1] ?? '', /refused/);
  assert.match(lines[2] ?? '', /404/);
  await bench.close();
  await missing.close();
});

test('a server that fails for a moment is asked again, and goes on where it stopped', async () => {
  const [bench, server] = [await openBench(), await on([{ status: 502 }, { ...good, resetAt: 100_000 }, good])];
  const got = await bench.fetch(P, [server.url]);
  assert.ok(got.ok, got.ok ? '' : got.failure.detail);
  assert.equal(server.seen.map((s) => s.status), [502, 200, 206]);
  assert.is(got.value.downloaded, BODY.length);
  await bench.close();
  await server.close();
});

test('a full disk while writing is 24, the next server is not asked', async () => {
  const memory = new MemoryFiles();
  memory.putFolder('/cache');
  memory.freeBytes = 100_000;
  const bench = await openBench(20, () => ({ files: memory, folder: '/cache' }));
  const [server, second] = [await on(good), await on(good)];
  const got = await bench.fetch(P, [server.url, second.url]);
  assert.is(got.ok ? '' : got.failure.why, 'package-disk-full');
  assert.is(got.ok ? '' : failureCode(got.failure), 'disk-space');
  assert.is(second.seen.length, 0);
  await Promise.all([bench.close(), server.close(), second.close()]);
});

test('a cache that cannot be written is 26 and names the path', async () => {
  const memory = new MemoryFiles();
  memory.putFolder('/cache');
  memory.fault = (op) => (op === 'append' ? 'denied' : undefined);
  const bench = await openBench(20, () => ({ files: memory, folder: '/cache' }));
  const got = await bench.fetch(P, ['http://127.0.0.1:1/']);
  assert.is(got.ok ? '' : failureCode(got.failure), 'state');
  assert.match(got.ok ? '' : failureText(got.failure), `/cache/partial/${P.sha256}`);
  await bench.close();
});

test('secrets go to the configured origin and not where a redirect leads', async () => {
  const [bench, target] = [await openBench(), await on(good)];
  const first = await on({ status: 302, headers: [['location', `${target.url.slice(0, -1)}${pathOf(P)}`]] });
  const got = await bench.fetch(P, [{ url: first.url, headers: { authorization: 'Basic c2VjcmV0', 'x-key': 'k' } }]);
  assert.ok(got.ok, got.ok ? '' : got.failure.detail);
  assert.is(first.seen[0]?.headers['authorization'], 'Basic c2VjcmV0');
  assert.is(target.seen[0]?.headers['authorization'], undefined);
  assert.is(target.seen[0]?.headers['x-key'], undefined);
  await Promise.all([bench.close(), first.close(), target.close()]);
});

test.run();
