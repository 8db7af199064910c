import { createServer, type Server } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HttpFailure } from '../../src/model/index.ts';
import { createHttp, type HttpOptions } from '../../src/net/index.ts';
import { closeFaultServers, faultServer } from '../support/fault-server.ts';
import { fastClock, keptLog } from '../support/quick-ports.ts';
import { skip } from '../support/skip.ts';
import { makeTestCa, type TestCa } from '../support/test-ca.ts';

const test = suite('tls');
test.after.each(closeFaultServers);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function get(url: string, tls: HttpOptions['tls']): Promise<HttpFailure | string> {
  const http = await createHttp({ clock: fastClock(1), log: keptLog() }, { tls, agentVersion: '0', connectTimeoutMs: 1000 });
  const got = await http.document({ url, headers: {}, idleTimeoutMs: 2000, redirects: 'same-origin', signal: new AbortController().signal, maxBytes: 100 });
  await http.close();
  return got.ok ? new TextDecoder().decode(got.value.body) : got.failure;
}
const kind = (got: HttpFailure | string): string => (typeof got === 'string' ? got : got.kind);
const detail = (got: HttpFailure | string): string => (typeof got === 'string' ? got : got.detail);

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function stories({ ca, server, expired, elsewhere, client }: TestCa, other: TestCa): void {
  const answers = { '/': { body: bytes('trusted') } };

  test('a server whose issuer the policy names is believed, by address and by name', async () => {
    const content = await faultServer(answers, server);
    const got = await get(content.url, { ca });
    assert.is(kind(got), 'trusted', detail(got));
    assert.is(await get(`https://localhost:${content.port}/`, { ca }), 'trusted');
    await content.close();
  });

  test('an unknown issuer is refused, and named', async () => {
    const content = await faultServer(answers, server);
    for (const tls of [{}, { ca: other.ca }]) {
      const got = await get(content.url, tls);
      assert.is(kind(got), 'tls', detail(got));
      assert.match(detail(got), 'issued by O=Glued Tests, CN=First');
    }
    assert.is(content.seen.length, 0, 'nothing was asked of a server that is not trusted');
    await content.close();
  });

  test('the variable that tells Node to believe every certificate is not heeded', async () => {
    const content = await faultServer(answers, server);
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const got = await get(content.url, { ca: other.ca });
      assert.is(kind(got), 'tls', detail(got));
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
    assert.is(content.seen.length, 0);
    await content.close();
  });

  test('an expired certificate, or one for another name, is refused', async () => {
    for (const pair of [expired, elsewhere]) {
      const content = await faultServer(answers, pair);
      const got = await get(content.url, { ca });
      assert.is(kind(got), 'tls', detail(got));
      assert.is(content.seen.length, 0);
      await content.close();
    }
  });

  test('a server that wants a client certificate gets it, and refuses who has none', async () => {
    const content = await faultServer(answers, { ...server, ca: [new TextDecoder().decode(ca)], requestCert: true, rejectUnauthorized: true });
    const got = await get(content.url, { ca, cert: bytes(client.cert), key: bytes(client.key) });
    assert.is(kind(got), 'trusted', detail(got));
    const none = await get(content.url, { ca });
    assert.ok(['tls', 'reset'].includes(kind(none)), `${kind(none)}: ${detail(none)}`);
    await content.close();
  });

  test('a key that is none is a tls failure', async () => {
    const content = await faultServer(answers, server);
    const got = await get(content.url, { ca, cert: bytes(client.cert), key: bytes('-----BEGIN PRIVATE KEY-----\nnone\n-----END PRIVATE KEY-----\n') });
    assert.is(kind(got), 'tls', detail(got));
    await content.close();
  });

  test('https spoken to a plain server, and http to one of TLS, are told apart from silence', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'));
    });
    await new Promise<void>((done) => plain.listen(0, '127.0.0.1', done));
    const got = await get(`https://127.0.0.1:${portOf(plain)}/`, { ca });
    assert.is(kind(got), 'tls', detail(got));
    plain.close();
    const content = await faultServer(answers, server);
    const other = await get(content.url.replace('https:', 'http:'), { ca });
    assert.ok(['reset', 'protocol'].includes(kind(other)), `${kind(other)}: ${detail(other)}`);
    await content.close();
  });

  test('a handshake that never ends is a connection that came not in time', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const got = await get(`https://127.0.0.1:${portOf(silent)}/`, { ca });
    assert.is(kind(got), 'connect-timeout', detail(got));
    silent.close();
  });
}

const [ca, other] = [makeTestCa('First'), makeTestCa('Second')];
if (ca === undefined || other === undefined) skip(test, 'trust in servers', 'the openssl command is not there');
else stories(ca, other);

test.run();
