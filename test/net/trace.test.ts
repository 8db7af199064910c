// runtimes: node, deno
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HttpRequest, HttpSink } from '../../src/model/index.ts';
import { createHttp, createTrace, type Router } from '../../src/net/index.ts';
import { MAX_EXCHANGES } from '../../src/net/trace.ts';
import { type Har, harDocument, jsonText } from '../../src/report/index.ts';
import { type Answer, faultServer } from '../support/fault-server.ts';
import { fastClock, keptLog } from '../support/quick-ports.ts';
import { testProxy } from '../support/test-proxy.ts';
import { HAR_SCHEMA } from './har-schema.ts';

const test = suite('trace');
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
const valid = ajv.compile<Har>(HAR_SCHEMA);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const CANARY = 'CANARY/7+f3=a';

/** What asks, with its trace; and what the trace says in the end. */
async function tracing(options: { readonly router?: Router } = {}): Promise<{
  readonly get: (url: string, more?: Partial<HttpRequest>) => Promise<unknown>;
  readonly stream: (url: string, sink: HttpSink) => Promise<unknown>;
  readonly end: () => Promise<Har['log']>;
}> {
  const clock = fastClock(1);
  const trace = createTrace(clock);
  const http = await createHttp({ clock, log: keptLog() }, { tls: {}, agentVersion: '0', connectTimeoutMs: 2000, trace, ...options });
  const request = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
    url, headers: {}, idleTimeoutMs: 3000, redirects: 'any-origin-without-secrets', signal: new AbortController().signal, ...more,
  });
  return {
    get: (url, more) => http.document({ ...request(url, more), maxBytes: 100_000 }),
    stream: (url, sink) => http.stream(request(url), sink),
    end: async () => {
      await http.close();
      const har = harDocument(trace.record(), '0');
      if (!valid(har)) throw new Error(ajv.errorsText(valid.errors));
      return har.log;
    },
  };
}

test('an exchange is an entry: address, status, headers, sizes, times, and no body', async () => {
  const server = await faultServer({ '/a': { body: bytes('BODY-of-it'), headers: [['content-type', 'application/json'], ['etag', '"1"']], delayMs: 60 } });
  const { get, end } = await tracing();
  await get(`${server.url}a`);
  const { entries } = await end();
  await server.close();
  const [entry] = entries;
  assert.is(entries.length, 1);
  assert.equal([entry?.request.url, entry?.response.status, entry?.response.content.size, entry?.response.content.mimeType], [`${server.url}a`, 200, 10, 'application/json']);
  assert.ok(entry?.response.headers.some((h) => h.name === 'etag' && h.value === '"1"'));
  assert.ok((entry?.timings.wait ?? 0) >= 50 && (entry?.time ?? 0) >= (entry?.timings.wait ?? 0), JSON.stringify(entry?.timings));
  assert.not.match(JSON.stringify(entries), 'BODY-of-it');
  assert.not.ok('_error' in (entry ?? {}) || '_proxy' in (entry ?? {}));
});

test('each redirect is an entry of its own, with where it led', async () => {
  const far = await faultServer({ '/end': { body: bytes('x') } });
  const near = await faultServer({ '/begin': { status: 302, headers: [['location', '/next']] }, '/next': { status: 307, headers: [['location', `${far.url}end?sig=${encodeURIComponent(CANARY)}&b=2`]] } });
  const { get, end } = await tracing();
  await get(`${near.url}begin`, { headers: { authorization: 'Bearer secret-of-the-near-one' } });
  const { entries } = await end();
  await far.close();
  await near.close();
  assert.equal(entries.map((e) => e.response.status), [302, 307, 404]);
  assert.is(entries[0]?.response.redirectURL, `${near.url}next`);
  assert.match(entries[1]?.response.redirectURL ?? '', `${far.url}end?sig=redacted&b=redacted`);
  assert.ok(entries[0]?.request.headers.some((h) => h.name === 'authorization' && h.value === '[redacted]'));
  assert.not.ok(entries[2]?.request.headers.some((h) => h.name === 'authorization'), 'what was not sent is not said to have been');
});

/** [what the server does, the kind of failure, status in the entry] */
const FAULTS: readonly (readonly [string, Answer | undefined, string, number])[] = [
  ['refuses the connection', undefined, 'refused', 0],
  ['is no HTTP', { garbage: 'SSH-2.0-x\r\n\r\n' }, 'protocol', 0],
  ['breaks off', { body: bytes('0123456789'), endAt: 4 }, 'short', 200],
  ['compresses', { body: bytes('x'), headers: [['content-encoding', 'gzip']] }, 'encoding', 0],
];
for (const [name, answer, kind, status] of FAULTS) {
  test(`a server that ${name} is an entry with its error`, async () => {
    const server = answer === undefined ? undefined : await faultServer({ '/a': answer });
    const { get, end } = await tracing();
    await get(server === undefined ? 'http://127.0.0.1:9/a' : `${server.url}a`);
    const { entries } = await end();
    await server?.close();
    assert.equal([entries.length, entries[0]?._error?.kind, entries[0]?.response.status], [1, kind, status]);
  });
}

test('a package is counted and never kept', async () => {
  const server = await faultServer({ '/p': { body: new Uint8Array(300_000).fill(65) } });
  const { stream, end } = await tracing();
  await stream(`${server.url}p`, { head: () => 'go', chunk: () => 'go' });
  const log = await end();
  await server.close();
  assert.equal([log.entries[0]?.response.content.size, log.entries[0]?.response.bodySize], [300_000, 300_000]);
  assert.ok(JSON.stringify(log).length < 5000);
});

test('the proxy on the way is named, without its password, also where it is the one that failed', async () => {
  const server = await faultServer({ '/a': { body: bytes('x') } });
  const proxy = await testProxy({ wants: `u:${CANARY}` });
  const hop = (port: number) => ({ ok: true, value: { protocol: 'http:', hostname: '127.0.0.1', port: String(port), address: `http://127.0.0.1:${port}`, source: 'proxy.url', authorization: `Basic ${btoa(`u:${CANARY}`)}` } }) as const;
  for (const [port, error] of [[proxy.port, undefined], [9, 'proxy']] as const) {
    const { get, end } = await tracing({ router: () => Promise.resolve(hop(port)) });
    await get(`${server.url}a`);
    const { entries } = await end();
    assert.equal([entries[0]?._proxy, entries[0]?._error?.kind], [`http://127.0.0.1:${port}`, error]);
    for (const form of [CANARY, btoa(`u:${CANARY}`)]) assert.not.match(JSON.stringify(entries), form);
  }
  proxy.close();
  await server.close();
});

test('no secret is in it: not sent, not thrown back by a server, not in an address', async () => {
  const basic = btoa(`user:${CANARY}-pw`);
  const echoed = `${CANARY} ${CANARY}-pw ${basic} ${encodeURIComponent(CANARY)}`;
  const headers: [string, string][] = [
    ['set-cookie', `s=${CANARY}-cookie`], ['x-echo', echoed], ['x-amz-security-token', `${CANARY}-amz`],
    ['www-authenticate', `Digest realm="${CANARY}-realm", nonce="${CANARY}-nonce"`], ['link', `<https://u:${CANARY}-user@x.test/?t=${CANARY}-query>; rel=next`],
  ];
  const server = await faultServer({
    '/a': { body: bytes(echoed), headers },
    '/b': { status: 302, headers: [['location', `https://u:${CANARY}-user@x.test/?t=${CANARY}-query`]] },
    '/c': { status: 302, headers: [['location', 'http://[broken']] },
    '/d': { garbage: `HTTP/1.1 ${echoed}\r\n\r\n` },
  });
  const { get, end } = await tracing();
  const sent = { authorization: `Basic ${basic}`, 'x-api-key': CANARY, 'proxy-authorization': 'Basic eA==', cookie: `c=${CANARY}`, accept: '*/*' };
  for (const path of ['a', 'b', 'c', 'd', `a?token=${encodeURIComponent(CANARY)}-query`]) await get(`${server.url}${path}`, { headers: sent });
  const log = await end();
  const text = jsonText({ log });
  await server.close();
  assert.ok(server.seen.every((s) => s.headers['x-api-key'] === CANARY), 'the secrets were really sent');
  assert.is(log.entries.length, 5, 'one for each request; a redirect that is refused leads no further');
  for (const form of [CANARY, encodeURIComponent(CANARY), basic, btoa(CANARY), 'eA==']) assert.not.ok(text.includes(form), `${form} in ${text}`);
  assert.ok(log.entries[0]?.request.headers.some((h) => h.name === 'accept' && h.value === '*/*'), 'what is harmless is shown');
  assert.ok(log.entries[0]?.response.headers.some((h) => h.name === 'www-authenticate' && h.value === 'Digest'));
});

test('beyond its limit exchanges are only counted, and a note says how many', async () => {
  const trace = createTrace(fastClock(1));
  const send = trace.around(() => Promise.resolve({ ok: false, failure: { kind: 'refused', url: '', detail: 'x'.repeat(5000) } }), { own: {}, router: undefined });
  const request: HttpRequest = { url: 'http://a.test/', headers: {}, idleTimeoutMs: 1, redirects: 'same-origin', signal: new AbortController().signal };
  for (let n = 0; n < MAX_EXCHANGES + 7; n++) await send(request, new URL(request.url), 'http://a.test', { head: () => 'go', chunk: () => 'go' });
  const har = harDocument(trace.record(), '0');
  assert.ok(valid(har), ajv.errorsText(valid.errors));
  assert.equal([har.log.entries.length, har.log.comment], [MAX_EXCHANGES, `Only the first ${MAX_EXCHANGES} exchanges are here; 7 more were made.`]);
  assert.is(har.log.entries[0]?._error?.detail.length, 1000);
});

test('a run in which nothing was asked has a trace too, and it is empty', async () => {
  const { end } = await tracing();
  assert.equal((await end()).entries, []);
});

test.run();
