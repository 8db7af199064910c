// runtimes: node, deno
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failureCode, failureRemedy, failureText, type Http, type HttpFailure, type HttpHead, type Policy, type ProxySettings } from '../../src/model/index.ts';
import { createHttp, describeHttpFailure, type HttpOptions, proxyFailure, proxyRouter } from '../../src/net/index.ts';
import { faultServer } from '../support/fault-server.ts';
import { MemoryFiles } from '../support/memory-files.ts';
import { fastClock, keptLog } from '../support/quick-ports.ts';
import { skip } from '../support/skip.ts';
import { makeTestCa, type TestCa } from '../support/test-ca.ts';
import { type ProxyManners, testProxy } from '../support/test-proxy.ts';

const test = suite('proxied');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const USER = { username: 'fleet', passwordFile: '/pw' };
const PASSWORD = 'canary-7-proxy';

type Opened = { readonly http: Http; readonly log: ReturnType<typeof keptLog>; readonly redacted: string[] };
type World = { readonly policy: Partial<Policy['proxy']>; readonly env?: Record<string, string>; readonly settings?: ProxySettings; readonly tls?: HttpOptions['tls'] };

async function open({ policy, env = {}, settings, tls = {} }: World): Promise<Opened> {
  const files = new MemoryFiles().put('/pw', `${PASSWORD}\n`, { mode: 0o600 });
  const redacted: string[] = [];
  const ports = { files, os: { platform: 'linux', arch: '', runtime: '', hostName: () => '', machineId: () => undefined, bootId: () => undefined, upMs: () => undefined, timeZone: () => 'UTC', power: () => 'unknown' as const, networkCost: () => 'unknown' as const, pid: 1, uid: 0, cwd: '/', env, hasNetwork: () => true, self: '', program: (): [string] => [''] } as const };
  const router = proxyRouter(ports, { mode: 'custom', noProxy: [], ...policy }, { settings: () => Promise.resolve(settings), redact: (secret) => redacted.push(secret) });
  if (!router.ok) throw new Error(failureText(router.failure));
  const log = keptLog();
  const http = await createHttp({ clock: fastClock(1), log }, { tls, agentVersion: '9', connectTimeoutMs: 600, router: router.value });
  return { http, log, redacted };
}
async function get(http: Http, url: string, headers: Record<string, string> = {}, redirects: 'same-origin' | 'any-origin-without-secrets' = 'same-origin'): Promise<HttpFailure | (HttpHead & { readonly body: string })> {
  const got = await http.document({ url, headers, idleTimeoutMs: 1500, redirects, signal: new AbortController().signal, maxBytes: 1000 });
  return got.ok ? { ...got.value, body: new TextDecoder().decode(got.value.body) } : got.failure;
}
const said = (got: Awaited<ReturnType<typeof get>>): string => ('kind' in got ? describeHttpFailure(got) : `${got.status} ${got.body}`);
const failureOf = (got: Awaited<ReturnType<typeof get>>): HttpFailure => {
  if ('kind' in got) return got;
  throw new Error(`no failure: ${got.status}`);
};

test('http goes in absolute form, with the password for the proxy alone, on one connection', async () => {
  const server = await faultServer({ '/a?b': { body: bytes('alpha') } });
  const proxy = await testProxy({ wants: `fleet:${PASSWORD}` });
  const { http, log, redacted } = await open({ policy: { url: proxy.url, ...USER } });
  const url = `http://content.test:${server.port}/a?b`;
  for (let n = 0; n < 2; n++) assert.is(said(await get(http, url, { 'x-key': 'for the server' })), '200 alpha');
  assert.match(proxy.heads[0] ?? '', new RegExp(`^GET http://content\\.test:${server.port}/a\\?b HTTP/1\\.1\r\nhost: content\\.test:${server.port}\r\n`));
  assert.is(proxy.connections, 1);
  assert.is(server.seen[0]?.headers['x-key'], 'for the server');
  assert.not.match(server.seen.map((s) => s.head).join(), /proxy-authorization/i);
  assert.not.match(log.lines.join(), /canary/);
  assert.ok([PASSWORD, btoa(`fleet:${PASSWORD}`)].every((secret) => redacted.includes(secret)));
  assert.match(log.lines.join(), new RegExp(`"proxy":"${proxy.url}"`));
  await http.close();
  proxy.close();
  await server.close();
});

test('a proxy that closes a kept connection just when the next request leaves is asked again, once', async () => {
  const server = await faultServer({ '/': { body: bytes('alpha') } });
  const proxy = await testProxy({ oneEach: true });
  const { http } = await open({ policy: { url: proxy.url } });
  for (let n = 0; n < 3; n++) assert.is(said(await get(http, server.url)), '200 alpha');
  assert.equal([proxy.connections, server.seen.length], [3, 3]);
  assert.ok(proxy.heads.length > 3, 'a request was lost with its connection');
  await http.close();
  proxy.close();
  await server.close();
});

test('an error in absolute form names the proxy beside the server', async () => {
  const server = await faultServer({});
  const proxy = await testProxy();
  const { http } = await open({ policy: { url: proxy.url } });
  const got = await get(http, server.url);
  assert.equal('kind' in got ? {} : { status: got.status, proxy: got.proxy }, { status: 404, proxy: { address: proxy.url, source: 'proxy.url' } });
  // nobody listens behind it: the status is its own, and still an answer
  await server.close();
  assert.is(said(await get(http, server.url)), '503 ');
  await http.close();
  proxy.close();
});

const NAMED = /^(\d+ )?the way through the proxy failed \(http:\/\/127\.0\.0\.1:\d+, named by proxy\.url: /;
type Odd = { readonly what: string; readonly manners: ProxyManners; readonly credentials?: typeof USER; readonly scheme: 'http' | 'https'; readonly expected: RegExp };
const both = (odd: Omit<Odd, 'scheme'>): readonly Odd[] => [{ ...odd, scheme: 'http' }, { ...odd, scheme: 'https' }];
const ODD: readonly Odd[] = [
  ...both({ what: 'wants a password and gets none', manners: { wants: 'a:b' }, expected: /^proxy .* wants a user name .* none are given: status 407\. .*set proxy\.username and proxy\.passwordFile\.$/ }),
  ...both({ what: 'wants another password', manners: { wants: 'a:b' }, credentials: USER, expected: /^proxy .* refused the user name and password .*: status 407\. Correct them: proxy\.username, and/ }),
  ...both({ what: 'wants NTLM', manners: { wants: 'a:b', challenge: 'Negotiate, NTLM' }, expected: /status 407; it accepts Negotiate, NTLM, and glued can only do Basic/ }),
  ...both({ what: 'wants Digest or Basic', manners: { wants: 'a:b', challenge: 'Digest realm="Basic", nonce="n", Basic realm="NTLM, x"' }, expected: /: status 407\. Give/ }),
  ...both({ what: 'closes without an answer', manners: { says: '' }, expected: /^proxy .*did not let us reach .*: it closed the connection without an answer/ }),
  ...both({ what: 'speaks no HTTP', manners: { says: 'SSH-2.0-OpenSSH_9\r\n\r\n' }, expected: /^proxy .*no HTTP/ }),
  ...both({ what: 'ends within its head', manners: { says: 'HTTP/1.1 200 ok\r\nvia' }, expected: /^proxy .*it closed the connection without an answer/ }),
  { what: 'refuses a password as servers do', manners: { says: 'HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="Tinyproxy"\r\n\r\n' }, credentials: USER, scheme: 'https', expected: /^proxy .* refused the user name and password .*: status 401\. / },
  { what: 'does not allow the address', manners: { says: 'HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno' }, scheme: 'https', expected: /: status 403 to CONNECT 127\.0\.0\.1:\d+: it does not allow this address\./ },
  { what: 'does not reach the server', manners: { says: 'HTTP/1.1 502 Bad\r\n\r\n' }, scheme: 'https', expected: /: status 502 to CONNECT .*: it could not reach the server\./ },
  { what: 'answers a tunnel with a redirect', manners: { says: 'HTTP/1.1 302 Found\r\nlocation: http://portal.test/\r\n\r\n' }, scheme: 'https', expected: /: status 302 to CONNECT / },
  { what: 'speaks first in the tunnel', manners: { says: 'HTTP/1.1 200 ok\r\n\r\nhello' }, scheme: 'https', expected: /it sent 5 bytes into the tunnel by itself/ },
  { what: 'sends an endless head', manners: { says: `HTTP/1.1 200 ok\r\nx: ${'y'.repeat(20_000)}` }, scheme: 'https', expected: /no HTTP/ },
  { what: 'never answers CONNECT', manners: { silent: true }, scheme: 'https', expected: /: no answer to CONNECT .* for 0\.6 s\./ },
];
for (const { what, manners, credentials, scheme, expected } of ODD) {
  test(`a proxy that ${what} is 19 and named, for ${scheme}`, async () => {
    const proxy = await testProxy(manners);
    const { http } = await open({ policy: { url: proxy.url, ...credentials } });
    const failure = failureOf(await get(http, `${scheme}://127.0.0.1:9/x`));
    assert.is(failure.kind, 'proxy', failure.detail);
    assert.match(describeHttpFailure(failure), NAMED);
    const row = proxyFailure(failure);
    const text = `${failureCode(row)} ${failureText(row)} ${failureRemedy(row)}`;
    assert.match(text, expected);
    assert.ok(text.includes(`${proxy.url}, named by proxy.url`), text);
    assert.not.match(text + failure.detail, /canary/);
    await http.close();
    proxy.close();
  });
}

test('a proxy that is refused, unresolvable or mute in TLS is 19', async () => {
  const gone = await testProxy();
  gone.close();
  const mute = await testProxy({ silent: true });
  for (const [url, expected] of [
    [gone.url, /the connection was refused/],
    ['http://nowhere.invalid:3128', /the host name cannot be resolved/],
    [mute.url.replace('http:', 'https:'), /no connection in time/],
  ] as const) {
    const { http } = await open({ policy: { url } });
    for (const target of ['http://127.0.0.1:9/', 'https://127.0.0.1:9/']) {
      const failure = failureOf(await get(http, target));
      assert.is(failure.kind, 'proxy', failure.detail);
      assert.match(failure.proxy?.problem ?? '', expected);
    }
    await http.close();
  }
  mute.close();
});

test('a request that stalls behind a proxy is no fault of the proxy, which is named all the same', async () => {
  const server = await faultServer({ '/': { delayMs: 4000 } });
  const proxy = await testProxy();
  const { http } = await open({ policy: { url: proxy.url } });
  const failure = failureOf(await get(http, server.url));
  assert.is(failure.kind, 'stalled');
  assert.match(failure.detail, new RegExp(`through the proxy ${proxy.url}$`));
  await http.close();
  proxy.close();
  await server.close();
});

test('a proxy that cannot be used is 19 and named by its variable, without its password', async () => {
  const env = { all_proxy: `socks5://fleet:${PASSWORD}@127.0.0.1:1` };
  const { http, redacted } = await open({ policy: { mode: 'system' }, env });
  const failure = failureOf(await get(http, 'http://127.0.0.1:9/'));
  const row = proxyFailure(failure);
  assert.match(`${failureCode(row)} ${failureText(row)}`, /^proxy all_proxy names a proxy that cannot be used, on the way to http:\/\/127\.0\.0\.1:9\/: it is a SOCKS proxy/);
  assert.not.match(JSON.stringify([failure, row]), /canary/);
  assert.ok(redacted.includes(PASSWORD));
  const pac = await open({ policy: { mode: 'system' }, settings: { source: 'the settings', pac: 'http://w/p.pac', noProxy: [] } });
  assert.match(failureOf(await get(pac.http, 'http://127.0.0.1:9/')).detail, /^the settings: they name .*PAC is not supported$/);
});

test('a redirect is routed anew: the direct server sends to one behind the proxy', async () => {
  const target = await faultServer({ '/b': { body: bytes('beta') } });
  const proxy = await testProxy();
  const first = await faultServer({ '/a': { status: 302, headers: [['location', `http://other.test:${target.port}/b`]] } });
  const { http } = await open({ policy: { url: proxy.url, noProxy: ['127.0.0.1'] } });
  assert.is(said(await get(http, `${first.url}a`, { 'x-key': 'secret' }, 'any-origin-without-secrets')), '200 beta');
  assert.equal(proxy.heads.map((h) => h.split(' ').slice(0, 2).join(' ')), [`GET http://other.test:${target.port}/b`]);
  assert.is(target.seen[0]?.headers['x-key'], undefined);
  await http.close();
  proxy.close();
  await first.close();
  await target.close();
});

function tlsStories({ ca, server, client }: TestCa): void {
  const answers = { '/': { body: bytes('trusted') } };
  const pair = { cert: server.cert, key: server.key };

  test('https goes through one tunnel, and no header for the server is seen by the proxy', async () => {
    const content = await faultServer(answers, pair);
    const proxy = await testProxy({ wants: `fleet:${PASSWORD}`, slowly: true });
    const { http } = await open({ policy: { url: proxy.url, ...USER }, tls: { ca } });
    for (let n = 0; n < 2; n++) assert.is(said(await get(http, content.url, { authorization: 'Basic eDp5', 'x-key': 'k' })), '200 trusted');
    assert.is(proxy.heads.join('|'), [`CONNECT 127.0.0.1:${content.port} HTTP/1.1`, `host: 127.0.0.1:${content.port}`, 'user-agent: glued/9', `proxy-authorization: Basic ${btoa(`fleet:${PASSWORD}`)}`].join('\r\n'));
    assert.is(content.seen[0]?.headers['x-key'], 'k');
    assert.not.match(content.seen.map((s) => s.head).join(), /proxy-/i);
    await http.close();
    proxy.close();
    await content.close();
  });

  test('an unknown issuer behind the proxy is the server’s, and is looked at through the proxy', async () => {
    const content = await faultServer(answers, pair);
    const proxy = await testProxy();
    const { http } = await open({ policy: { url: proxy.url } });
    const failure = failureOf(await get(http, content.url));
    assert.is(failure.kind, 'tls', failure.detail);
    assert.match(failure.detail, `issued by O=Glued Tests, CN=Proxied), through the proxy ${proxy.url}`);
    assert.is(proxy.heads.length, 2);
    await http.close();
    proxy.close();
    await content.close();
  });

  test('a client certificate goes through the tunnel to the server, and never to an https proxy', async () => {
    const wanting = { ...pair, ca: [new TextDecoder().decode(ca)], requestCert: true, rejectUnauthorized: true };
    const content = await faultServer(answers, wanting);
    const tls = { ca, cert: bytes(client.cert), key: bytes(client.key) };
    for (const proxy of [await testProxy(), await testProxy({}, pair)]) {
      const { http } = await open({ policy: { url: proxy.url }, tls });
      assert.is(said(await get(http, content.url)), '200 trusted', proxy.url);
      await http.close();
      proxy.close();
    }
    const wants = await testProxy({}, wanting);
    const { http } = await open({ policy: { url: wants.url }, tls });
    assert.is(failureOf(await get(http, content.url)).kind, 'proxy');
    assert.equal(wants.heads, [], 'a proxy that wants a certificate gets none');
    await http.close();
    wants.close();
    await content.close();
  });

  test('an https proxy of the policy’s authority carries http and https', async () => {
    const content = await faultServer(answers, pair);
    const plain = await faultServer(answers);
    const proxy = await testProxy({ wants: `fleet:${PASSWORD}` }, pair);
    const { http } = await open({ policy: { url: proxy.url, ...USER }, tls: { ca } });
    for (let n = 0; n < 2; n++) {
      assert.is(said(await get(http, content.url)), '200 trusted');
      assert.is(said(await get(http, `http://a${n}.test:${plain.port}/`)), '200 trusted');
    }
    assert.is(proxy.connections, 2, 'one for the tunnel, one for both names');
    await http.close();
    proxy.close();
    await content.close();
    await plain.close();
  });

  test('an https proxy of an unknown issuer is 19, and its issuer is named', async () => {
    const proxy = await testProxy({}, pair);
    for (const target of ['http://127.0.0.1:9/', 'https://127.0.0.1:9/']) {
      const { http } = await open({ policy: { url: proxy.url } });
      const failure = failureOf(await get(http, target));
      assert.is(failure.kind, 'proxy', failure.detail);
      assert.match(failure.detail, /certificate cannot be trusted .*issued by O=Glued Tests, CN=Proxied/);
      await http.close();
    }
    assert.equal(proxy.heads, []);
    proxy.close();
  });
}

const ca = makeTestCa('Proxied');
if (ca === undefined) skip(test, 'TLS through proxies', 'the openssl command is not there');
else tlsStories(ca);

test.run();
