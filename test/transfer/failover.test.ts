// runtimes: node, deno
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failureCode, failureText, rfc3339 } from '../../src/model/index.ts';
import { withCooldown } from '../../src/net/index.ts';
import { totalTimeoutMs } from '../../src/transfer/attempt.ts';
import { fetchPackage } from '../../src/transfer/index.ts';
import { type Answer, closeFaultServers, type FaultServer, faultServer } from '../support/fault-server.ts';
import { closeBenches, noise, openBench, packageOf, pathOf } from '../support/package-bench.ts';
import { keptLog } from '../support/quick-ports.ts';
import { memoryCooldowns } from '../support/scripted-http.ts';

const test = suite('failover');
test.after.each(() => Promise.all([closeBenches(), closeFaultServers()]).then(() => undefined));
const BODY = noise(300_000);
const P = packageOf(BODY);
const good: Answer = { body: BODY, ranges: { etag: '"v1"' } };
const on = (answer: Answer | readonly Answer[]): Promise<FaultServer> => faultServer({ [pathOf(P)]: answer });
const page = new TextEncoder().encode(`<!DOCTYPE html><html>${' '.repeat(2000)}sign in</html>`);
const HTML = [['content-type', 'text/html; charset=utf-8']] as const;

/** What all servers do, and how the run ends: code and failure; the text must name it. */
const ALL: readonly (readonly [string, readonly Answer[], string, string, RegExp])[] = [
  ['pages of a portal, with their length', [{ body: page, headers: HTML }], 'no-valid-host', 'package-portal', /HTML page.*http:\/\/127/],
  ['pages of a portal, without a length', [{ body: page, headers: HTML, framing: 'chunked' }], 'no-valid-host', 'package-portal', /web page in place of the package, from http/],
  ['status 511', [{ status: 511, body: page, headers: HTML }], 'no-valid-host', 'package-portal', /captive portal/],
  ['a page, and a redirect that is not followed', [{ body: page, headers: HTML }, { status: 302, headers: [['location', 'ftp://login.example/']] }], 'no-valid-host', 'package-portal', /captive portal/],
  ['a page from one, 404 from the other', [{ body: page, headers: HTML }, { status: 404 }], 'download', 'package-unavailable', /2 asked.*404/],
  ['only redirects that are not followed', [{ status: 302, headers: [['location', 'ftp://login.example/']] }], 'download', 'package-unavailable', /redirect/],
];
for (const [what, answers, code, why, text] of ALL) {
  test(`${what}: ${code}`, async () => {
    const bench = await openBench();
    const servers = await Promise.all(answers.map(on));
    const got = await bench.fetch(P, servers.map((s) => s.url));
    assert.ok(!got.ok);
    assert.equal([failureCode(got.failure), got.failure.why], [code, why]);
    assert.match(failureText(got.failure), text);
    for (const server of servers) assert.is(server.seen.length, 1);
  });
}

const cooled = async (answers: readonly Answer[]) => cooledWith(await Promise.all(answers.map(on)));

async function cooledWith(servers: readonly FaultServer[]) {
  const [bench, log, store] = [await openBench(), keptLog(), memoryCooldowns()];
  const clock = { now: () => Date.now(), monotonic: () => performance.now(), sleep: async () => undefined };
  const { http } = withCooldown(bench.http, { clock, log }, { servers: servers.map((s) => s.url), store, force: 'no' });
  const random = { bytes: (count: number) => new Uint8Array(count) };
  const fetch = () =>
    fetchPackage({ http, files: bench.files, clock, log, random }, { servers: servers.map((s) => ({ url: s.url, headers: {} })), package: P, store: bench.store, idleTimeoutMs: 5000, signal: new AbortController().signal });
  return { servers, store, fetch };
}

const busy = (seconds: number): Answer => ({ status: 429, headers: [['retry-after', String(seconds)]] });

test('all servers ask to wait: 25 with the earliest end, and none is asked again', async () => {
  const { servers, store, fetch } = await cooled([busy(900), busy(300)]);
  for (let n = 0; n < 2; n++) {
    const got = await fetch();
    assert.ok(!got.ok);
    assert.equal([failureCode(got.failure), got.failure.data['until']], ['cooling-down', rfc3339(store.rows.get(servers[1]?.url ?? '')?.until ?? 0)]);
  }
  assert.equal(servers.map((s) => s.seen.length), [1, 1]);
});

test('one asks to wait and another fails: 9, with both named', async () => {
  const { servers, fetch } = await cooled([busy(900), { status: 404 }]);
  const got = await fetch();
  assert.ok(!got.ok);
  assert.equal([failureCode(got.failure), got.failure.why], ['download', 'package-some-cooling']);
  assert.match(failureText(got.failure), /1 of 2 servers asked us to wait.*status 404/);
  for (const server of servers) assert.ok((got.failure.detail ?? '').includes(server.url));
});

test('a package that was begun at a server that then asks to wait is gone on with at the next', async () => {
  const servers = await Promise.all([on([{ ...good, endAt: 100_000 }, busy(60)]), on(good)]);
  const { fetch } = await cooledWith(servers);
  const got = await fetch();
  assert.ok(got.ok, got.ok ? '' : got.failure.detail);
  assert.equal(servers.map((s) => s.seen.map((r) => r.status)), [[200, 429], [206]]);
  assert.is(servers[1]?.seen[0]?.headers['range'], 'bytes=100000-');
  assert.equal(new Uint8Array(readFileSync(got.value.path)), BODY);
});

test('a server below the least rate for half a minute is left, and the next one goes on from there', async () => {
  const [bench, slow, fine] = [await openBench(200), await on({ ...good, trickle: { bytes: 100, everyMs: 2 } }), await on(good)];
  const got = await bench.fetch(P, [slow.url, fine.url], { idleTimeoutMs: 60_000 });
  assert.ok(got.ok, got.ok ? '' : got.failure.detail);
  assert.match(got.value.notes.join(), /bytes a second for 30 s/);
  assert.is(slow.seen.length, 1, 'it was asked again');
  assert.match(fine.seen[0]?.headers['range'] ?? '', /^bytes=[1-9]/);
  assert.equal(new Uint8Array(readFileSync(got.value.path)), BODY);
});

test('no server is asked more than three times for one package', async () => {
  const [bench, one, two] = [await openBench(), await on({ ...good, resetAt: 0 }), await on({ status: 500 })];
  const got = await bench.fetch(P, [one.url, two.url]);
  assert.ok(!got.ok);
  assert.equal([one.seen.length, two.seen.length], [3, 3]);
});

test('the time for a package follows from its size: a minute, and what the least rate takes', () => {
  assert.is(totalTimeoutMs(0), 60_000);
  assert.is(totalTimeoutMs(1024 * 1024), 60_000 + 1_024_000);
});

test.run();
