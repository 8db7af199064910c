import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Http, HttpRequest } from '../../src/model/index.ts';
import { createHttp } from '../../src/net/index.ts';
import { type Answer, closeFaultServers, type FaultServer, faultServer } from '../support/fault-server.ts';
import { fastClock, keptLog } from '../support/quick-ports.ts';

const test = suite('http');
test.after.each(closeFaultServers);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (body: Uint8Array): string => new TextDecoder().decode(body);
const HTML = bytes('<html>');

async function open(speed = 1): Promise<Http> {
  return createHttp({ clock: fastClock(speed), log: keptLog() }, { tls: {}, agentVersion: '1.2.3', connectTimeoutMs: 1000 });
}
function ask(server: FaultServer | string, path = '', more: Partial<HttpRequest & { readonly maxBytes: number }> = {}): HttpRequest & { readonly maxBytes: number } {
  const base = typeof server === 'string' ? server : server.url;
  return {
    url: `${base}${path}`,
    headers: {},
    idleTimeoutMs: 2000,
    redirects: 'same-origin',
    signal: new AbortController().signal,
    maxBytes: 1000,
    ...more,
  };
}

test('a document comes whole, on one connection, with few header bytes', async () => {
  const server = await faultServer({ '/a': { body: bytes('alpha'), headers: [['etag', '"1"']] }, '/b': { status: 304 } });
  const http = await open();
  const a = await http.document(ask(server, 'a'));
  assert.ok(a.ok);
  assert.is(text(a.value.body), 'alpha');
  assert.is(a.value.headers['etag'], '"1"');
  assert.is(a.value.url, `${server.url}a`);
  const b = await http.document(ask(server, 'b', { headers: { 'if-none-match': '"1"' } }));
  assert.ok(b.ok);
  assert.is(b.value.status, 304);
  assert.is(b.value.body.length, 0);
  assert.is(server.seen[1]?.headers['if-none-match'], '"1"');
  assert.equal(server.seen.map((s) => s.connection), [1, 1]);
  const head = server.seen[0]?.head.split('\r\n').slice(1).map((l) => l.toLowerCase().replace(/127.0.0.1:\d+/, 'HOST'));
  assert.equal(head, ['host: HOST', 'user-agent: glued/1.2.3', 'accept-encoding: identity', 'connection: keep-alive']);
  await http.close();
  await server.close();
});

test('any status is an answer, and a header that comes twice is joined', async () => {
  const server = await faultServer({ '/': { status: 503, headers: [['retry-after', '7'], ['x-a', '1'], ['X-A', '2']], body: bytes('later') } });
  const http = await open();
  const got = await http.document(ask(server));
  assert.ok(got.ok);
  assert.is(got.value.status, 503);
  assert.is(got.value.headers['x-a'], '1, 2');
  assert.is(got.value.headers['retry-after'], '7');
  await http.close();
  await server.close();
});

const FAULTS: readonly (readonly [string, Answer, string])[] = [
  ['a body that ends before its Content-Length is short', { body: bytes('0123456789'), endAt: 4 }, 'short'],
  ['a chunked body without its end is short', { body: bytes('0123456789'), framing: 'chunked', endAt: 4 }, 'short'],
  ['a connection that is reset in the body is reset', { body: bytes('0123456789'), resetAt: 4 }, 'reset'],
  ['a body longer than allowed is too long', { body: new Uint8Array(1001), framing: 'chunked' }, 'too-long'],
  ['a Content-Length longer than allowed is too long at once', { body: bytes('x'), headers: [['content-length', '1001']] }, 'too-long'],
  ['an endless body is too long', { body: new Uint8Array(5000), endless: true }, 'too-long'],
  ['a compressed body is refused', { body: HTML, headers: [['content-encoding', 'gzip']] }, 'encoding'],
  ['two content encodings are refused', { body: HTML, headers: [['content-encoding', 'identity'], ['content-encoding', 'br']] }, 'encoding'],
  ['bytes that are no HTTP are a protocol error', { garbage: 'SSH-2.0-OpenSSH_9\r\n\r\n' }, 'protocol'],
  ['two different Content-Lengths never pass for a whole body', { body: HTML, headers: [['content-length', '6'], ['content-length', '7']] }, 'protocol'],
  ['a head larger than 16 KiB is a protocol error', { headers: [['x', 'y'.repeat(20_000)]] }, 'protocol'],
  ['a switch of protocols is a protocol error', { status: 101, headers: [['upgrade', 'x'], ['connection', 'upgrade']] }, 'protocol'],
  ['no answer within the idle time is stalled', { delayMs: 1000 }, 'stalled'],
  ['a body that stops within the idle time is stalled', { body: bytes('0123456789'), hangAt: 4 }, 'stalled'],
];
for (const [name, answer, kind] of FAULTS) {
  test(name, async () => {
    const server = await faultServer({ '/': answer });
    const http = await open();
    const got = await http.document(ask(server, '', { idleTimeoutMs: 300 }));
    assert.is(got.ok ? `status ${got.value.status}` : got.failure.kind, kind, got.ok ? '' : got.failure.detail);
    await http.close();
    await server.close();
  });
}

test('an empty answer is a reset, a refused port is refused, an unknown name is unresolvable', async () => {
  const server = await faultServer({ '/': { garbage: '' } });
  const http = await open();
  const empty = await http.document(ask(server));
  assert.is(empty.ok ? '' : empty.failure.kind, 'reset');
  await server.close();
  const refused = await http.document(ask(server));
  assert.is(refused.ok ? '' : refused.failure.kind, 'refused', refused.ok ? '' : refused.failure.detail);
  const unknown = await http.document(ask('http://nowhere.invalid/'));
  assert.is(unknown.ok ? '' : unknown.failure.kind, 'unresolvable', unknown.ok ? '' : unknown.failure.detail);
  const file = await http.document(ask('file:///etc/passwd'));
  assert.is(file.ok ? '' : file.failure.kind, 'protocol');
  await http.close();
});

test('on a kept connection a request that fails is sent once, and one whose connection was closed meanwhile once more', async () => {
  const server = await faultServer({ '/a': { body: bytes('alpha') }, '/garbage': { garbage: 'SSH-2.0-OpenSSH_9\r\n\r\n' }, '/mute': { delayMs: 2000 }, '/gone': { acts: ['end'] } });
  const http = await open();
  const asked = (path: string): number => server.seen.filter((s) => s.path === path).length;
  for (const [path, kind, times] of [['garbage', 'protocol', 1], ['mute', 'stalled', 1], ['gone', 'reset', 2]] as const) {
    assert.ok((await http.document(ask(server, 'a'))).ok);
    const got = await http.document(ask(server, path, { idleTimeoutMs: 300 }));
    assert.is(got.ok ? '' : got.failure.kind, kind, path);
    await new Promise((done) => setTimeout(done, 100));
    assert.is(asked(`/${path}`), times, path);
  }
  await http.close();
  await server.close();
});

test('the body of an error page that is too long is dropped, the status stays', async () => {
  const server = await faultServer({ '/': { status: 404, body: new Uint8Array(5000), framing: 'chunked' } });
  const http = await open();
  const got = await http.document(ask(server));
  assert.is(got.ok ? got.value.status : 0, 404);
  await http.close();
  await server.close();
});

test('below one KiB a second for half a minute is stalled; faster, or over sooner, is not', async () => {
  const trickle = (bytes: number, times: number): Answer => ({ body: new Uint8Array(bytes * times), trickle: { bytes, everyMs: 10 } });
  const server = await faultServer({ '/slow': trickle(300, 120), '/brief': trickle(300, 12), '/steady': trickle(6000, 45) });
  // 100 x: 10 ms are one second
  const http = await open(100);
  const more = { idleTimeoutMs: 60_000, maxBytes: 1_000_000 };
  const slow = await http.document(ask(server, 'slow', more));
  assert.is(slow.ok ? 'ok' : slow.failure.kind, 'stalled');
  assert.match(slow.ok ? '' : slow.failure.detail, /bytes a second for 30 s/);
  const brief = await http.document(ask(server, 'brief', more));
  assert.is(brief.ok ? 'ok' : brief.failure.kind, 'ok');
  const steady = await http.document(ask(server, 'steady', more));
  assert.is(steady.ok ? 'ok' : steady.failure.kind, 'ok');
  await http.close();
  await server.close();
});

test('an abort ends a request before, while connecting and while reading', async () => {
  const server = await faultServer({ '/': { body: bytes('0123456789'), hangAt: 4 } });
  const http = await open();
  const before = new AbortController();
  before.abort();
  const a = await http.document(ask(server, '', { signal: before.signal }));
  assert.is(a.ok ? '' : a.failure.kind, 'interrupted');
  assert.is(server.seen.length, 0);
  const connecting = new AbortController();
  const b = http.document(ask(server, '', { signal: connecting.signal }));
  connecting.abort();
  const ended = await b;
  assert.is(ended.ok ? '' : ended.failure.kind, 'interrupted');
  const reading = new AbortController();
  const c = await http.stream(ask(server, '', { signal: reading.signal }), {
    head: () => 'go',
    chunk: () => {
      reading.abort();
      return 'go';
    },
  });
  assert.is(c.ok ? '' : c.failure.kind, 'interrupted');
  await http.close();
  await server.close();
});

test('a sink stops a stream at its head or at a chunk, and may hold it back', async () => {
  const server = await faultServer({ '/': { body: new Uint8Array(300_000) } });
  const http = await open();
  const head = await http.stream(ask(server), { head: () => 'stop', chunk: () => 'go' });
  assert.is(head.ok ? '' : head.failure.kind, 'stopped');
  const chunk = await http.stream(ask(server), { head: () => 'go', chunk: () => 'stop' });
  assert.is(chunk.ok ? '' : chunk.failure.kind, 'stopped');
  let sum = 0;
  const held = await http.stream(ask(server, '', { idleTimeoutMs: 50 }), {
    head: () => 'go',
    chunk: async (part): Promise<'go'> => {
      sum += part.length;
      // longer than the idle time: the server is not to blame
      await new Promise((done) => setTimeout(done, 80));
      return 'go';
    },
  });
  assert.ok(held.ok);
  assert.is(sum, 300_000);
  await http.close();
  await server.close();
});

test('CR, LF and NUL in a header are refused before anything is sent', async () => {
  const server = await faultServer({ '/': { body: HTML } });
  const http = await open();
  for (const value of ['a\r\nx-evil: 1', 'a\nb', 'a\0b', 'snow \u2603']) {
    const got = await http.document(ask(server, '', { headers: { 'x-a': value } }));
    assert.is(got.ok ? '' : got.failure.kind, 'protocol');
  }
  const name = await http.document(ask(server, '', { headers: { 'x:a': 'b' } }));
  assert.is(name.ok ? '' : name.failure.kind, 'protocol');
  assert.is(server.seen.length, 0);
  await http.close();
  await server.close();
});

test('requests side by side do not wait for each other', async () => {
  const server = await faultServer({ '/slow': { body: HTML, delayMs: 400 }, '/quick': { body: HTML } });
  const http = await open();
  const order: string[] = [];
  await Promise.all([
    http.document(ask(server, 'slow')).then(() => order.push('slow')),
    http.document(ask(server, 'quick')).then(() => order.push('quick')),
  ]);
  assert.equal(order, ['quick', 'slow']);
  await http.close();
  await server.close();
});

test.run();
