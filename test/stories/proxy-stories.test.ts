import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RunDocument } from '../../src/model/index.ts';
import { installed, type RealProxy, squid, tinyproxy } from '../support/real-proxies.ts';
import { type Runtime, runtimes, type RunSettings } from '../support/runtimes.ts';
import { skip } from '../support/skip.ts';
import { type Machine, part, StoryWorld, wordsOf } from '../support/story-world.ts';
import { makeTestCa, type TestCa } from '../support/test-ca.ts';
import { tlsFront as openFront } from '../support/tls-front.ts';

// clamav 179 (CONNECT for plain http), 1382 (secrets in readable files), fwupd 1199 (an empty variable), mender 1445 (no_proxy), securityonion 7681 (the proxy's CA)
const test = suite('proxy stories');
const USER = 'fleet';
const PASSWORD = 'canary-proxy-29f';
const world = await StoryWorld.make('demo');
await world.release('demo', '1.0');
const content = world.server;
test.after(() => world.end());
const fronts: (() => void)[] = [];
async function tlsFront(...of: Parameters<typeof openFront>): ReturnType<typeof openFront> {
  const front = await openFront(...of);
  fronts.push(front.close);
  return front;
}
test.after(() => fronts.forEach((close) => close()));

/** A machine whose proxy is the policy's. On Deno it may go to the proxy and nowhere else. */
function behind(rt: Runtime, proxy: { readonly url: string }, more: { readonly [key: string]: unknown } = {}, credentials: 'given' | 'wrong' | 'none' = 'none'): Machine {
  const machine = world.machine(rt).register('demo');
  const file = join(machine.folder, 'proxy-password');
  writeFileSync(file, credentials === 'wrong' ? 'canary-wrong' : PASSWORD, { mode: 0o600 });
  const known = credentials === 'none' ? {} : { username: USER, passwordFile: file };
  return machine.policy({ proxy: { mode: 'custom', url: proxy.url, ...known }, log: { level: 'debug' }, ...more });
}
function settings(machine: Machine, proxy: { readonly port: number }, more: RunSettings = {}): { readonly settings: RunSettings } {
  return { settings: { permissions: machine.permissions([`127.0.0.1:${proxy.port}`]), ...more } };
}

/** Everything that the run left: its document and each file of its state, the log too. No form of a password may be in it. */
function assertNoSecret(machine: Machine, document: RunDocument): void {
  const files = readdirSync(machine.state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const all = [JSON.stringify(document), ...files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))].join('\n');
  assert.match(all, '"event":"http"', 'the log tells of requests');
  for (const secret of [PASSWORD, 'canary', Buffer.from(`${USER}:${PASSWORD}`).toString('base64')]) assert.not.ok(all.includes(secret), secret);
}

function updated(machine: Machine, document: RunDocument): void {
  assert.equal([document.outcome, part(document).after?.version], ['updated', '1.0'], wordsOf(document));
  assertNoSecret(machine, document);
}

function realStories(proxies: readonly (readonly [RealProxy, 'given' | 'none'])[], { ca, server, client }: TestCa): void {
  const caPem = new TextDecoder().decode(ca);
  for (const rt of runtimes()) {
    for (const [proxy, credentials] of proxies) {
      test(`${rt.name}: http goes through ${proxy.name} in absolute form`, async () => {
        const machine = behind(rt, proxy, {}, credentials);
        const before = proxy.requests().length;
        content.asked.length = 0;
        updated(machine, await machine.expect(0, [], settings(machine, proxy)));
        const seen = proxy.requests().slice(before);
        assert.equal(seen.map((r) => r.method), content.asked.map(() => 'GET'));
        assert.equal(seen.map((r) => r.target), content.asked.map((path) => `${content.url.slice(0, -1)}${path}`));
        machine.end();
      });

      test(`${rt.name}: https goes through ${proxy.name} by CONNECT, with a client certificate, and one tunnel serves many requests`, async () => {
        const front = await tlsFront(content.port, { ...server, ca: [caPem], requestCert: true, rejectUnauthorized: true });
        const machine = behind(rt, proxy, { servers: [{ url: front.url, headers: { 'X-Key': 'k' } }] }, credentials);
        const files = { caFile: 'ca.pem', clientCertFile: 'client.pem', clientKeyFile: 'client.key' };
        const paths = Object.fromEntries(Object.entries(files).map(([key, name]) => [key, join(machine.folder, name)]));
        for (const [name, text] of [['ca.pem', caPem], ['client.pem', client.cert], ['client.key', client.key]] as const) writeFileSync(join(machine.folder, name), text, { mode: 0o600 });
        const policy: unknown = JSON.parse(readFileSync(machine.policyFile, 'utf8'));
        machine.policy({ ...(typeof policy === 'object' ? policy : {}), tls: paths });
        const before = proxy.requests().length;
        content.asked.length = 0;
        updated(machine, await machine.expect(0, [], settings(machine, proxy)));
        const seen = proxy.requests().slice(before);
        assert.ok(content.asked.length > 4);
        assert.equal(seen, [{ method: 'CONNECT', target: `127.0.0.1:${front.port}` }]);
        machine.end();
      });

      if (credentials === 'none') continue;
      for (const given of ['none', 'wrong'] as const) {
        test(`${rt.name}: ${proxy.name} and ${given === 'none' ? 'no password' : 'a wrong one'} is 19 and says so, for http and https`, async () => {
          const front = await tlsFront(content.port, server);
          // tinyproxy answers a wrong password with 401: in absolute form that is also what a server says
          const alike = given === 'wrong' && proxy.name.startsWith('tinyproxy');
          for (const url of alike ? [front.url] : [content.url, front.url]) {
            const machine = behind(rt, proxy, { servers: [{ url }] }, given);
            const document = await machine.expect(19, [], settings(machine, proxy));
            assert.is(document.codeName, 'proxy');
            assert.match(wordsOf(document), `The proxy ${proxy.url}, named by proxy.url, ${given === 'none' ? 'wants a user name' : 'refused the user name and password'}`);
            assert.match(document.server.tried[0]?.error ?? '', proxy.url);
            assertNoSecret(machine, document);
            machine.end();
          }
          if (alike) {
            const machine = behind(rt, proxy, {}, given);
            assert.match(wordsOf(await machine.expect(4, [], settings(machine, proxy))), `asked through the proxy ${proxy.url}, answered with status 401`);
            machine.end();
          }
        });
      }
    }
  }
}

function squidStories(proxy: RealProxy, locked: RealProxy, secure: RealProxy, { ca, server }: TestCa): void {
  for (const rt of runtimes()) {
    test(`${rt.name}: a server that squid cannot reach is 19 for https, and the server's 503 by way of the proxy for http`, async () => {
      const gone = createServer();
      await new Promise<void>((done) => gone.listen(0, '127.0.0.1', done));
      const address = gone.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      gone.close();
      const https = behind(rt, proxy, { servers: [{ url: `https://127.0.0.1:${port}/` }] });
      assert.match(wordsOf(await https.expect(19, [], settings(https, proxy))), `The proxy ${proxy.url}, named by proxy.url, did not let us reach https://127.0.0.1:${port}/metadata/`);
      const http = behind(rt, proxy, { servers: [{ url: `http://127.0.0.1:${port}/` }] });
      assert.match(wordsOf(await http.expect(4, [], settings(http, proxy))), `asked through the proxy ${proxy.url}, answered with status 503`);
    });

    test(`${rt.name}: an https proxy is trusted by tls.caFile, and by nothing else`, async () => {
      const machine = behind(rt, secure, {}, 'given');
      writeFileSync(join(machine.folder, 'ca.pem'), ca);
      const without = await machine.expect(19, [], settings(machine, secure));
      assert.match(wordsOf(without), `The proxy ${secure.url}, named by proxy.url, did not let us reach ${content.url}metadata/`);
      assert.match(wordsOf(without), 'certificate issued by O=Glued Tests, CN=Proxy Stories');
      const policy: unknown = JSON.parse(readFileSync(machine.policyFile, 'utf8'));
      machine.policy({ ...(typeof policy === 'object' ? policy : {}), tls: { caFile: join(machine.folder, 'ca.pem') } });
      updated(machine, await machine.expect(0, [], settings(machine, secure)));
    });

    test(`${rt.name}: the environment's proxy is gone through with its password, and NO_PROXY and an empty variable are kept to`, async () => {
      const machine = world.machine(rt).register('demo').policy({ proxy: { mode: 'system' }, log: { level: 'debug' } });
      const url = locked.url.replace('//', `//${USER}:${PASSWORD}@`);
      const before = locked.requests().length;
      const env = (more: Readonly<Record<string, string>>): ReturnType<typeof settings> => settings(machine, locked, { env: more });
      updated(machine, await machine.expect(0, [], env({ http_proxy: url })));
      assert.ok(locked.requests().length > before);
      assert.match(wordsOf(await machine.expect(19, ['--force'], env({ HTTP_PROXY: locked.url }))), /named by HTTP_PROXY, wants a user name .* write http:\/\/USER:PASSWORD@HOST:PORT into HTTP_PROXY/);
      assert.match(wordsOf(await machine.expect(19, ['--force'], env({ all_proxy: `socks5://${USER}:${PASSWORD}@127.0.0.1:1` }))), /all_proxy names a proxy that cannot be used, .* SOCKS/);
      const after = locked.requests().length;
      for (const direct of [{ http_proxy: url, NO_PROXY: '127.0.0.0/8' }, { http_proxy: '', https_proxy: url }, { HTTP_PROXY: url, REQUEST_METHOD: 'GET' }]) {
        await machine.expect(0, ['--force'], { settings: { env: direct, permissions: machine.permissions() } });
      }
      assert.is(locked.requests().length, after);
      assertNoSecret(machine, await machine.expect(0, ['--force'], env({ http_proxy: url })));
      machine.end();
    });

    test(`${rt.name}: the desktop's proxy is asked for where the environment has none, and its PAC is 19`, async () => {
      const machine = world.machine(rt).register('demo').policy({ proxy: { mode: 'system' } });
      const program = join(machine.folder, 'gsettings');
      const says = (...lines: readonly string[]): void => writeFileSync(program, `#!/bin/sh\ncat <<'END'\n${lines.map((l) => `org.gnome.system.proxy${l}\n`).join('')}END\n`, { mode: 0o755 });
      const permissions = machine.permissions([`127.0.0.1:${proxy.port}`]).map((p) => (p.startsWith('--allow-run=') ? `${p},${program}` : p));
      const way = { settings: { env: { PATH: `${machine.folder}:${process.env['PATH'] ?? ''}` }, permissions } };
      says(" mode 'manual'", ".http host '127.0.0.1'", `.http port ${proxy.port}`);
      const before = proxy.requests().length;
      await machine.expect(0, [], way);
      assert.ok(proxy.requests().length > before);
      says(" mode 'auto'", " autoconfig-url 'http://wpad.example/proxy.pac'");
      assert.match(wordsOf(await machine.expect(19, ['--force'], way)), /settings of GNOME .* automatic configuration \(PAC, http:\/\/wpad\.example\/proxy\.pac\), and PAC is not supported/);
      machine.end();
    });

    test(`${rt.name}: a proxy where nobody listens, or that nobody knows, is 19 and named; the server that needs none is then asked`, async () => {
      const front = await tlsFront(content.port, server);
      for (const [url, words] of [['http://127.0.0.1:9', 'the connection was refused'], ['http://proxy.invalid:3128', 'the host name cannot be resolved']] as const) {
        const hosts = ['127.0.0.1:9', 'proxy.invalid:3128', `127.0.0.1:${content.port}`];
        const machine = behind(rt, { url }, { servers: [{ url: front.url }, { url: `http://127.0.0.1:${content.port}/` }] });
        const way = { settings: { permissions: machine.permissions(hosts) } };
        const document = await machine.expect(19, [], way);
        assert.match(wordsOf(document), `The proxy ${url}, named by proxy.url, did not let us reach`);
        assert.match(wordsOf(document), words);
        assert.is(document.server.tried.length, 2);
        machine.policy({ servers: [{ url: front.url }, { url: content.url }], proxy: { mode: 'custom', url, noProxy: [`127.0.0.1:${content.port}`] } });
        assert.match((await machine.expect(0, [], way)).server.tried[0]?.error ?? '', url);
        machine.end();
      }
    });
  }
}

const here = installed();
const ca = makeTestCa('Proxy Stories');
if (!here.squid || !here.tinyproxy || ca === undefined) skip(test, 'real proxies', 'squid, tinyproxy or openssl is not there');
else {
  const credentials = { user: USER, password: PASSWORD };
  const open = await squid();
  const locked = await squid(credentials);
  const secure = await squid({ ...credentials, tls: ca.server });
  const tiny = await tinyproxy();
  const tinyLocked = await tinyproxy(credentials);
  test.after(() => [open, locked, secure, tiny, tinyLocked].forEach((proxy) => proxy.end()));
  process.on('exit', () => [open, locked, secure, tiny, tinyLocked].forEach((proxy) => proxy.end()));
  realStories([[open, 'none'], [locked, 'given'], [tiny, 'none'], [tinyLocked, 'given']], ca);
  squidStories(open, locked, secure, ca);
}

test.run();
