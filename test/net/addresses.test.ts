// runtimes: node, deno
import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer, type LookupFunction, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createHttp, type HttpOptions } from '../../src/net/index.ts';
import { type FaultServer, closeFaultServers, faultServer } from '../support/fault-server.ts';
import { fastClock, keptLog } from '../support/quick-ports.ts';
import { skip } from '../support/skip.ts';
import { makeTestCa } from '../support/test-ca.ts';
import { testProxy } from '../support/test-proxy.ts';

const test = suite('addresses');
test.after.each(closeFaultServers);
const ANSWER = { '/': { body: new TextEncoder().encode('here') } };
/** a connection to a living address takes milliseconds; to give up a dead one, the runtimes take up to half a second */
const QUICK_MS = 2500;

/** A name that has both addresses, the IPv6 one first. */
const both: LookupFunction = (_, options, callback) => {
  if (options.all === true) callback(null, [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }]);
  else callback(null, '::1', 6);
};

/** An address at which connecting never ends: somebody listens there, takes nobody, and the queue is full. */
async function deadIpv6(port: number): Promise<() => void> {
  const script = `socket(S,PF_INET6,SOCK_STREAM,0);bind(S,Socket::pack_sockaddr_in6(${port},Socket::inet_pton(AF_INET6,"::1")))||die $!;listen(S,0);$|=1;print "up";sleep 20`;
  const child: ChildProcess = spawn('perl', ['-MSocket', '-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((up, down) => {
    child.stdout?.once('data', up);
    child.once('error', down);
    child.once('exit', () => down(new Error('perl could not listen on ::1')));
  });
  const waiting: Socket[] = [];
  const stillConnecting = async (): Promise<boolean> => {
    const socket = connect(port, '::1');
    socket.on('error', () => undefined);
    waiting.push(socket);
    await new Promise((done) => setTimeout(done, 200));
    return socket.readyState === 'opening';
  };
  while (!(await stillConnecting())) if (waiting.length > 20) throw new Error('the queue of ::1 never fills');
  return () => {
    for (const socket of waiting) socket.destroy();
    child.kill();
  };
}

async function get(url: string, more: Partial<HttpOptions> = {}): Promise<{ readonly said: string; readonly ms: number }> {
  const http = await createHttp({ clock: fastClock(1), log: keptLog() }, { tls: {}, agentVersion: '0', connectTimeoutMs: 5000, ...more });
  const began = performance.now();
  const got = await http.document({ url, headers: {}, idleTimeoutMs: 5000, redirects: 'same-origin', signal: new AbortController().signal, maxBytes: 100 });
  const ms = performance.now() - began;
  await http.close();
  return { said: got.ok ? new TextDecoder().decode(got.value.body) : `${got.failure.kind}: ${got.failure.detail}`, ms };
}

async function quickly(url: string, more: Partial<HttpOptions>): Promise<void> {
  const { said, ms } = await get(url, more);
  assert.is(said, 'here');
  assert.ok(ms < QUICK_MS, `${Math.round(ms)} ms`);
}

/** Also where an IPv6 server is asked: the fault server listens on IPv4 only. */
async function onIpv6(server: FaultServer): Promise<{ readonly url: string; readonly close: () => void }> {
  const relay = createServer((socket) => {
    const up = connect(server.port, '127.0.0.1');
    for (const one of [socket, up]) one.on('error', () => undefined);
    socket.pipe(up).pipe(socket);
  });
  await new Promise<void>((done) => relay.listen(0, '::1', done));
  const address = relay.address();
  return { url: `http://[::1]:${typeof address === 'object' && address !== null ? address.port : 0}/`, close: () => relay.close() };
}

test('an IPv6 address in the policy is asked, directly and through a proxy', async () => {
  const server = await faultServer(ANSWER);
  const six = await onIpv6(server);
  assert.is((await get(six.url)).said, 'here');
  assert.match(server.seen[0]?.head ?? '', new RegExp(`host: ${new URL(six.url).host.replace(/[[\]]/g, '\\$&')}`, 'i'));
  const proxy = await testProxy({}, undefined, '::1');
  const hop = { address: proxy.url, source: 'proxy.url', protocol: 'http:', hostname: '::1', port: String(proxy.port) } as const;
  const router = (): Promise<{ readonly ok: true; readonly value: typeof hop }> => Promise.resolve({ ok: true, value: hop });
  assert.is((await get(six.url, { router })).said, 'here');
  // nobody speaks TLS there; what counts is how the tunnel was asked for
  assert.match((await get(six.url.replace('http:', 'https:'), { router, connectTimeoutMs: 500 })).said, /^connect-timeout/);
  assert.match(proxy.heads[1] ?? '', new RegExp(`^CONNECT ${new URL(six.url).host.replace(/[[\]]/g, '\\$&')} `));
  proxy.close();
  six.close();
  await server.close();
});

test('where nobody listens at the IPv6 address of a name, the IPv4 one answers', async () => {
  const server = await faultServer(ANSWER);
  await quickly(`http://both.test:${server.port}/`, { lookup: both });
  await server.close();
});

const perl = await new Promise<boolean>((known) => spawn('perl', ['-v'], { stdio: 'ignore' }).on('error', () => known(false)).on('exit', () => known(true)));
const ca = makeTestCa('Addresses');
if (!perl || ca === undefined) skip(test, 'a dead IPv6 address', 'perl or openssl is not there');
else {
  test('a dead IPv6 address of a name does not keep us from its IPv4 one, for http, https and a proxy', async () => {
    const server = await faultServer(ANSWER);
    const secure = await faultServer(ANSWER, ca.server);
    const proxy = await testProxy();
    const ends = await Promise.all([server.port, secure.port, proxy.port].map(deadIpv6));
    await quickly(`http://both.test:${server.port}/`, { lookup: both });
    await quickly(`https://localhost:${secure.port}/`, { lookup: both, tls: { ca: ca.ca } });
    const hop = { address: `http://both.test:${proxy.port}`, source: 'proxy.url', protocol: 'http:', hostname: 'both.test', port: String(proxy.port) } as const;
    const router = (): Promise<{ readonly ok: true; readonly value: typeof hop }> => Promise.resolve({ ok: true, value: hop });
    await quickly(server.url, { lookup: both, router });
    for (const end of ends) end();
    proxy.close();
    await server.close();
    await secure.close();
  });
}

test.run();
