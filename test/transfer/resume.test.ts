import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failureCode } from '../../src/model/index.ts';
import { type Answer, closeFaultServers, type FaultServer, faultServer } from '../support/fault-server.ts';
import { type Bench, closeBenches, noise, openBench, packageOf, pathOf } from '../support/package-bench.ts';

const test = suite('resume');
test.after.each(() => Promise.all([closeBenches(), closeFaultServers()]).then(() => undefined));
const BODY = noise(2_000_000);
const P = packageOf(BODY);
/** what may be on its way, and written twice, when a transfer ends: one buffer of the socket */
const BUFFER = 64 * 1024;
const good: Answer = { body: BODY, ranges: { etag: '"v1"' } };
const on = (answer: Answer | readonly Answer[]): Promise<FaultServer> => faultServer({ [pathOf(P)]: answer });
const rangeStart = (server: FaultServer, request: number): number => Number(/^bytes=(\d+)-$/.exec(server.seen[request]?.headers['range'] ?? '')?.[1] ?? -1);

/** A first run that the user ends after half a megabyte. */
async function abortedRun(bench: Bench, server: FaultServer): Promise<number> {
  const stop = new AbortController();
  const got = await bench.fetch(P, [server.url], {
    signal: stop.signal,
    progress: (done) => {
      if (done > 500_000) stop.abort();
    },
  });
  assert.is(got.ok ? '' : got.failure.why, 'download-interrupted');
  assert.is(got.ok ? '' : failureCode(got.failure), 'interrupted');
  return bench.store.partial(P.sha256).length;
}

async function whole(bench: Bench, servers: readonly FaultServer[]): Promise<number> {
  const got = await bench.fetch(P, servers.map((s) => s.url));
  assert.ok(got.ok, got.ok ? '' : `${got.failure.why} ${got.failure.detail}`);
  if (!got.ok) return -1;
  assert.equal(new Uint8Array(readFileSync(got.value.path)), BODY);
  return got.value.downloaded;
}

test('an aborted run is gone on with by the next one: only what is missing is asked for', async () => {
  const [bench, server] = [await openBench(), await on(good)];
  const have = await abortedRun(bench, server);
  assert.ok(have > 500_000 && have < BODY.length);
  assert.is(await whole(bench, [server]), BODY.length - have);
  assert.is(server.seen.length, 2);
  assert.is(rangeStart(server, 1), have);
  assert.is(server.seen[1]?.headers['if-range'], '"v1"');
  assert.is(server.seen[1]?.status, 206);
  assert.is(server.seen[1]?.sent, BODY.length - have);
  await bench.close();
  await server.close();
});

test('a connection that breaks again and again costs no byte twice beyond one buffer', async () => {
  const cut = (at: number): Answer => ({ ...good, endAt: at });
  const [bench, server] = [await openBench(), await on([cut(700_000), cut(600_000), good])];
  assert.is(await whole(bench, [server]), BODY.length);
  const sent = server.seen.reduce((sum, s) => sum + s.sent, 0);
  assert.ok(sent <= BODY.length + BUFFER, `${sent} bytes were sent for ${BODY.length}`);
  assert.is(rangeStart(server, 1), 700_000);
  assert.is(rangeStart(server, 2), 1_300_000);
  await bench.close();
  await server.close();
});

test('another server goes on where the first one stopped, without its validator', async () => {
  const [bench, dying, other] = [await openBench(), await on([{ ...good, endAt: 800_000 }, { status: 404 }]), await on({ ...good, ranges: { etag: '"other"' } })];
  assert.is(await whole(bench, [dying, other]), BODY.length);
  assert.is(rangeStart(other, 0), 800_000);
  assert.is(other.seen[0]?.headers['if-range'], undefined);
  assert.is(other.seen[0]?.sent, BODY.length - 800_000);
  await Promise.all([bench.close(), dying.close(), other.close()]);
});

test('Last-Modified stands in for an ETag that is weak', async () => {
  const date = 'Wed, 25 Nov 2026 06:50:05 GMT';
  const [bench, server] = [await openBench(), await on({ body: BODY, ranges: { etag: 'W/"1"', lastModified: date } })];
  await abortedRun(bench, server);
  await whole(bench, [server]);
  assert.is(server.seen[1]?.headers['if-range'], date);
  assert.is(server.seen[1]?.status, 206);
  await bench.close();
  await server.close();
});

/** What the same server does in the second run, and the statuses of all requests: it begins anew and ends whole. */
const ANEW: readonly (readonly [string, readonly Answer[], readonly number[]])[] = [
  ['its file has changed', [{ ...good, ranges: { etag: '"v2"' } }], [200, 200]],
  ['it ignores ranges', [{ body: BODY }], [200, 200]],
  ['it says 416, without a size', [{ status: 416 }, good], [200, 416, 200]],
  ['it says 416, of the right size', [{ status: 416, headers: [['content-range', `bytes */${BODY.length}`]] }, good], [200, 416, 200]],
  ['its Content-Range begins elsewhere', [{ ...good, contentRange: 'bytes 5-1999999/2000000' }, good], [200, 206, 200]],
  ['it ignores If-Range, and its ETag is another', [{ ...good, ranges: { etag: '"v2"' }, ignoresIfRange: true }, { ...good, ranges: { etag: '"v2"' } }], [200, 206, 200]],
  ['its Content-Range is nonsense', [{ ...good, contentRange: 'pages 1-2' }, good], [200, 206, 200]],
];
for (const [what, answers, statuses] of ANEW) {
  test(`a server that does not go on begins anew: ${what}`, async () => {
    const [bench, server] = [await openBench(), await on([good, ...answers])];
    const have = await abortedRun(bench, server);
    await whole(bench, [server]);
    assert.is(rangeStart(server, 1), have);
    assert.equal(server.seen.map((s) => s.status), statuses);
    assert.is(server.seen.at(-1)?.sent, BODY.length);
    await bench.close();
    await server.close();
  });
}

/** Answers that say that the server's file is not the one that was signed: what we have may be right, and another server goes on from there. */
const OTHER_FILE: readonly (readonly [string, Answer, RegExp])[] = [
  ['a Content-Range of another size', { ...good, contentRange: 'bytes 600000-1999999/9000000' }, /9000000 bytes in place of 2000000/],
  ['a 416 that names another size', { status: 416, headers: [['content-range', 'bytes */1000']] }, /1000 bytes in place of 2000000/],
  ['a whole answer of another size', { body: BODY.subarray(1) }, /1999999 bytes in place of 2000000/],
];
for (const [what, answer, said] of OTHER_FILE) {
  test(`${what} costs nothing of what we have: the next server goes on`, async () => {
    const [bench, server, other] = [await openBench(), await on([good, answer]), await on(good)];
    const have = await abortedRun(bench, server);
    const got = await bench.fetch(P, [server.url, other.url]);
    assert.ok(got.ok, got.ok ? '' : got.failure.detail);
    assert.match(got.value.notes.join(), said);
    assert.is(server.seen.length, 2);
    assert.is(rangeStart(other, 0), have);
    assert.is(other.seen[0]?.sent, BODY.length - have);
  });
}

test('a partial file that was damaged is found by the hash, and the same server gives the whole', async () => {
  const [bench, server] = [await openBench(), await on(good)];
  await abortedRun(bench, server);
  const fd = openSync(bench.store.partial(P.sha256).path, 'r+');
  writeSync(fd, new Uint8Array(100), 0, 100, 1000);
  closeSync(fd);
  await whole(bench, [server]);
  assert.equal(server.seen.map((s) => s.status), [200, 206, 200]);
  await bench.close();
  await server.close();
});

test('a bad beginning from one server does not cost the next one its chance', async () => {
  const evil: Answer = { body: noise(BODY.length + 1).subarray(1), ranges: { etag: '"e"' } };
  const [bench, bad, fine] = [await openBench(), await on([{ ...evil, endAt: 900_000 }, { status: 404 }]), await on(good)];
  await whole(bench, [bad, fine]);
  assert.equal(fine.seen.map((s) => s.status), [206, 200]);
  await Promise.all([bench.close(), bad.close(), fine.close()]);
});

test('a partial file that is whole needs no server; one that is too long begins anew', async () => {
  const [bench, server] = [await openBench(), await on(good)];
  writeFileSync(bench.store.partial(P.sha256).path, BODY);
  assert.is(await whole(bench, []), 0);
  const kept = bench.store.find(P.sha256, 'size', P.size);
  if (kept !== undefined) bench.files.remove(kept);
  writeFileSync(bench.store.partial(P.sha256).path, noise(BODY.length + 1));
  assert.is(await whole(bench, [server]), BODY.length);
  assert.is(server.seen[0]?.headers['range'], undefined);
  await bench.close();
  await server.close();
});

test.run();
