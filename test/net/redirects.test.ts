import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createHttp } from '../../src/net/index.ts';
import { headersFor, nextHop, reachOf } from '../../src/net/redirects.ts';
import { type Answer, closeFaultServers, faultServer } from '../support/fault-server.ts';
import { fastClock, keptLog } from '../support/quick-ports.ts';

const test = suite('redirects');
test.after.each(closeFaultServers);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const to = (location: string, status = 302): Answer => ({ status, headers: [['location', location]], body: bytes('moved') });

const HOPS: readonly (readonly [string, string, string, 'same-origin' | 'any-origin-without-secrets', string | RegExp])[] = [
  ['a path of the same origin', 'https://a.test/x', '/y?z=1', 'same-origin', 'https://a.test/y?z=1'],
  ['another origin for metadata', 'https://a.test/x', 'https://b.test/y', 'same-origin', /another origin, https:\/\/b\.test/],
  ['another port is another origin', 'https://a.test/x', 'https://a.test:444/y', 'same-origin', /another origin/],
  ['another origin for packages', 'https://a.test/x', 'https://b.test/y#part', 'any-origin-without-secrets', 'https://b.test/y'],
  ['https to http', 'https://a.test/x', 'http://a.test/y', 'any-origin-without-secrets', /from https to http:\/\/a\.test/],
  ['http to https', 'http://a.test/x', 'https://a.test/y', 'any-origin-without-secrets', 'https://a.test/y'],
  ['a file', 'http://a.test/x', 'file:///etc/passwd', 'any-origin-without-secrets', /leads to file:/],
  ['data', 'http://a.test/x', 'data:text/plain,x', 'any-origin-without-secrets', /leads to data:/],
  ['a user name', 'http://a.test/x', 'http://u:p@b.test/', 'any-origin-without-secrets', /user name/],
  ['nonsense', 'http://a.test/x', 'http://[', 'any-origin-without-secrets', /no address/],
  ['loopback from outside', 'http://a.test/x', 'http://127.0.0.1/y', 'any-origin-without-secrets', /loopback address 127\.0\.0\.1/],
  ['loopback written as a number', 'http://a.test/x', 'http://2130706433/y', 'any-origin-without-secrets', /loopback/],
  ['loopback in IPv6', 'http://a.test/x', 'http://[::1]:80/y', 'any-origin-without-secrets', /loopback/],
  ['loopback mapped into IPv6', 'http://a.test/x', 'http://[::ffff:127.0.0.1]/y', 'any-origin-without-secrets', /loopback/],
  ['localhost with a dot', 'http://a.test/x', 'http://localhost./y', 'any-origin-without-secrets', /loopback/],
  ['the unspecified address', 'http://a.test/x', 'http://0/y', 'any-origin-without-secrets', /loopback/],
  ['link-local, where clouds keep secrets', 'http://a.test/x', 'http://169.254.169.254/latest', 'any-origin-without-secrets', /link-local/],
  ['link-local in IPv6', 'http://a.test/x', 'http://[fe80::1]/', 'any-origin-without-secrets', /link-local/],
  ['link-local from loopback', 'http://127.0.0.1/x', 'http://169.254.169.254/', 'any-origin-without-secrets', /link-local/],
  ['loopback from loopback', 'http://127.0.0.1:1/x', 'http://localhost:2/y', 'any-origin-without-secrets', 'http://localhost:2/y'],
];
for (const [what, from, location, rule, expected] of HOPS) {
  test(`a redirect to ${what}`, () => {
    const hop = nextHop(new URL(from), location, rule);
    if (typeof expected === 'string') assert.is(hop.ok ? hop.value.href : hop.failure, expected);
    else assert.match(hop.ok ? `went to ${hop.value.href}` : hop.failure, expected);
  });
}

test('an ordinary host has no special reach', () => {
  for (const host of ['a.test', '10.0.0.1', '127.test', 'localhost.test', '[2001:db8::1]', '[::ffff:10.0.0.1]']) assert.is(reachOf(new URL(`http://${host}/`).hostname), 'any');
});

test('only harmless headers leave the origin', () => {
  const headers = { authorization: 'Basic x', 'x-key': 'k', Range: 'bytes=1-', 'if-range': '"e"' };
  assert.equal(headersFor(new URL('http://b.test/'), 'http://a.test', headers), { Range: 'bytes=1-', 'if-range': '"e"' });
  assert.is(headersFor(new URL('http://a.test/z'), 'http://a.test', headers), headers);
});

test('five redirects are followed, six are not, a loop ends', async () => {
  const chain = Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`/${n}`, to(`/${n - 1}`, [301, 302, 303, 307, 308, 302][n % 6])]));
  const server = await faultServer({ ...chain, '/0': { body: bytes('end') }, '/loop': to('/loop') });
  const http = await createHttp({ clock: fastClock(1), log: keptLog() }, { tls: {}, agentVersion: '0' });
  const get = (path: string): ReturnType<typeof http.document> =>
    http.document({ url: `${server.url}${path}`, headers: { 'x-key': 'k' }, idleTimeoutMs: 2000, redirects: 'same-origin', signal: new AbortController().signal, maxBytes: 100 });
  const five = await get('5');
  assert.is(five.ok ? new TextDecoder().decode(five.value.body) : five.failure.detail, 'end');
  assert.is(five.ok ? five.value.url : '', `${server.url}0`);
  assert.is(server.seen.length, 6);
  assert.equal([...new Set(server.seen.map((s) => s.connection))], [1]);
  assert.ok(server.seen.every((s) => s.headers['x-key'] === 'k'));
  const six = await get('6');
  assert.is(six.ok ? '' : six.failure.kind, 'redirect');
  const loop = await get('loop');
  assert.is(loop.ok ? '' : loop.failure.kind, 'redirect');
  await http.close();
  await server.close();
});

test('a redirect without a Location, and 304, are answers', async () => {
  const server = await faultServer({ '/a': { status: 302, body: bytes('x') }, '/b': { status: 304, headers: [['location', '/c']] } });
  const http = await createHttp({ clock: fastClock(1), log: keptLog() }, { tls: {}, agentVersion: '0' });
  for (const [path, status] of [['a', 302], ['b', 304]] as const) {
    const got = await http.document({ url: `${server.url}${path}`, headers: {}, idleTimeoutMs: 2000, redirects: 'same-origin', signal: new AbortController().signal, maxBytes: 100 });
    assert.is(got.ok ? got.value.status : 0, status);
  }
  await http.close();
  await server.close();
});

test.run();
