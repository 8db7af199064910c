import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { HttpFailureKind, ServerAccess } from '../../src/model/index.ts';
import { describeHttpFailure } from '../../src/net/index.ts';
import { repository } from '../support/tuf-repository.ts';
import { newSigner } from '../support/tuf-signer.ts';
import type { Answer, FakeServer } from '../support/tuf-servers.ts';
import { assertFailure, bad, failureOf, good, id, newest, NOW, ONE, settled, TWO, type World, world } from './world.ts';

const BOTH: readonly ServerAccess[] = [
  { url: ONE, headers: { 'x-one': '1' } },
  { url: TWO, headers: { 'x-two': '2' } },
];
const page = new TextEncoder().encode('\n<!DOCTYPE html><html><body>Welcome to the hotel</body></html>');
const portal: Answer = { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page };

function second(it: World, server: Partial<FakeServer> = {}): FakeServer {
  const two: FakeServer = { files: it.repo.files, date: NOW, ...server };
  it.http.servers.set(TWO, two);
  return two;
}

test('the first refresh asks for each document once, in the order of the specification', async () => {
  const it = world();
  it.repo.pins = 'versions';
  it.repo.write();
  good(await it.refresh());
  const asked = it.http.take().map((p) => p.replace(/[0-9a-f]{64}/, 'HASH'));
  assert.equal(asked, [
    'metadata/2.root.json', 'metadata/timestamp.json', 'metadata/1.snapshot.json', 'metadata/1.targets.json',
    'metadata/1.av.json', 'targets/catalog/HASH.av.json', 'metadata/1.ips.json', 'targets/catalog/HASH.ips.json',
  ]);
});

test('a run with nothing new is two requests: no newer root, and a timestamp that has not changed', async () => {
  const it = await settled();
  const { catalogs } = good(await it.refresh());
  assert.equal(it.http.asked.map((a) => [a.url.slice(ONE.length), Object.keys(a.headers)]), [
    ['metadata/2.root.json', []],
    ['metadata/timestamp.json', ['if-none-match']],
  ]);
  assert.equal([...catalogs.values()].map(newest), [5, 7]);
});

test('after a release of one component only what changed is asked for', async () => {
  const it = await settled();
  it.repo.release('av', 6, 5);
  good(await it.refresh());
  const asked = it.http.take().map((p) => p.replace(/[0-9a-f]{64}/, 'HASH'));
  assert.equal(asked, ['metadata/2.root.json', 'metadata/timestamp.json', 'metadata/2.snapshot.json', 'metadata/2.av.json', 'targets/catalog/HASH.av.json']);
});

test('requests carry the limits of their documents', async () => {
  const it = world();
  it.repo.pins = 'versions';
  it.repo.write();
  good(await it.refresh());
  assert.equal(it.http.asked.slice(0, 4).map((a) => a.maxBytes), [512_000, 16_384, 2_000_000, 5_000_000]);
});

test('what is returned names the server, when trust expires and the newest release', async () => {
  const it = world();
  it.repo.role('targets').expires = NOW + 1_000_000;
  it.repo.write();
  const value = good(await it.refresh({ servers: BOTH }));
  assert.is(value.server, BOTH[0]);
  assert.is(value.expiresAt, Math.floor((NOW + 1_000_000) / 1000) * 1000);
  assert.is(value.newestDate, NOW - 86_400_000);
  assert.equal(value.tried, []);
  assert.equal(value.notes, []);
});

test('a server that is down is told of, and the next one asked, each with its own headers', async () => {
  const it = world();
  second(it);
  it.one.answer = () => ({ fails: 'refused' });
  const value = good(await it.refresh({ servers: BOTH }));
  assert.is(value.server.url, TWO);
  assert.is(value.tried.length, 1);
  assert.match(value.tried[0]?.error ?? '', /one\.example.*2\.root\.json could not be read: the connection was refused/);
  for (const { url, headers } of it.http.asked) assert.equal(headers, url.startsWith(ONE) ? { 'x-one': '1' } : { 'x-two': '2' });
});

test('a server with bad trust is told of, and the next one asked', async () => {
  const it = await settled();
  second(it);
  const evil = repository(NOW, { av: [9], ips: [9] });
  it.one.files = evil.files;
  evil.publish('timestamp');
  const value = good(await it.refresh({ servers: BOTH }));
  assert.is(value.server.url, TWO);
  assert.match(value.tried[0]?.error ?? '', /timestamp bears 0 valid signatures/);
});

for (const kind of ['unresolvable', 'refused', 'unreachable', 'tls', 'connect-timeout', 'stalled', 'reset', 'short', 'protocol'] satisfies HttpFailureKind[]) {
  test(`a server that fails with ${kind} is 4`, async () => {
    const it = world();
    it.one.answer = () => ({ fails: kind });
    assertFailure(bad(await it.refresh()), 4, new RegExp(`2\\.root\\.json could not be read: ${describeHttpFailure({ kind, url: '', detail: '' })}`));
    assert.is(it.http.take().length, 1, 'asked again');
  });
}

for (const status of [401, 429, 500, 503, 304, 204]) {
  test(`a server that answers ${status} is 4, with the status`, async () => {
    const it = world();
    it.one.answer = () => ({ status, headers: { 'content-type': 'text/html' }, body: page });
    assertFailure(bad(await it.refresh()), 4, new RegExp(`status ${status}`));
  });
}

test('an address without a repository is 4 and names what was missing', async () => {
  const it = world();
  it.one.files = new Map();
  assertFailure(bad(await it.refresh()), 4, /timestamp\.json answered with status 404/);
});

test('no server at all is good: 4, with what each of them said', async () => {
  const it = world();
  second(it, { answer: () => ({ status: 500 }) });
  it.one.answer = () => ({ fails: 'refused' });
  const outcome = await it.refresh({ servers: BOTH });
  assertFailure(bad(outcome), 4, /None of the 2 servers.*refused.*status 500/);
  assert.is(outcome.ok ? 0 : outcome.failure.tried.length, 2);
});

test('a web page from every server is a captive portal, and called so', async () => {
  const it = await settled();
  const before = it.store.contents();
  second(it, { answer: () => portal });
  it.one.answer = () => portal;
  assertFailure(bad(await it.refresh({ servers: BOTH })), 4, /captive portal/);
  assert.equal(it.store.contents(), before);
});

test('pages from one server and redirects elsewhere from the other are a captive portal too', async () => {
  const it = world();
  second(it, { answer: () => ({ fails: 'redirect' }) });
  it.one.answer = () => portal;
  assertFailure(bad(await it.refresh({ servers: BOTH })), 4, /captive portal/);
});

test('a web page from one server is that server alone', async () => {
  const it = world();
  second(it);
  it.one.answer = () => portal;
  const value = good(await it.refresh({ servers: BOTH }));
  assert.is(value.server.url, TWO);
  assert.match(value.tried[0]?.error ?? '', /web page/);
});

test('bad trust on one server weighs more than a network failure on the other', async () => {
  const it = world();
  second(it, { answer: () => ({ fails: 'refused' }) });
  it.repo.role('timestamp').signers = [newSigner()];
  it.repo.write();
  for (const servers of [BOTH, [...BOTH].reverse()]) assertFailure(bad(await it.refresh({ servers })), 6, /timestamp/);
});

test('a second server that is behind the first is never accepted', async () => {
  const it = world();
  const two = second(it, { files: new Map(it.repo.files) });
  it.repo.release('av', 6, 5);
  good(await it.refresh({ servers: BOTH }));
  it.one.answer = () => ({ fails: 'refused' });
  assertFailure(bad(await it.refresh({ servers: BOTH })), 7, /timestamp went back to version 1/);
  two.files = it.repo.files;
  good(await it.refresh({ servers: BOTH }));
});

test('a root that the first server gave counts for the second, which may not know it', async () => {
  const it = await settled();
  second(it, { files: new Map(it.repo.files) });
  it.repo.rotate('timestamp');
  it.repo.write();
  it.one.answer = (path) => (path.endsWith('timestamp.json') ? { fails: 'reset' } : undefined);
  assertFailure(bad(await it.refresh({ servers: BOTH })), 6, /two\.example.*timestamp bears 0/);
});

test('a component that the first server cannot give comes from the second', async () => {
  const it = await settled();
  second(it);
  it.repo.release('av', 6, 5);
  it.one.answer = (path) => (/av\.json$/.test(path) ? { status: 404 } : undefined);
  const value = good(await it.refresh({ servers: BOTH }));
  assert.is(value.server.url, ONE);
  assert.equal([...value.catalogs.values()].map(newest), [6, 7]);
  assert.is(value.notes.length, 1);
  assert.match(value.notes[0] ?? '', /^http:\/\/one\.example\/content\/ was passed over for av: .*av\.json answered with status 404\.$/);
});

test('a component that no server can give is that component alone', async () => {
  const it = await settled();
  second(it, { answer: () => ({ fails: 'refused' }) });
  it.repo.release('av', 6, 5);
  it.one.answer = (path) => (/av\.json$/.test(path) ? { fails: 'reset' } : undefined);
  const value = good(await it.refresh({ servers: BOTH }));
  assertFailure(failureOf(value.catalogs.get(id('av'))), 4, /2\.av\.json could not be read: the connection was broken off/);
  assert.is(newest(value.catalogs.get(id('ips'))), 7);
});

test('a request to stop ends the refresh at once and asks no other server', async () => {
  const it = world();
  second(it);
  const stop = new AbortController();
  it.http.onRequest = () => stop.abort();
  assertFailure(bad(await it.refresh({ servers: BOTH, signal: stop.signal })), 130, /Interrupted/);
  assert.is(it.http.take().length, 1);
});
test.run();
