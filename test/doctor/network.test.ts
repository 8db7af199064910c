// runtimes: node, deno
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type DoctorDocument, failed, ok, type Probe, type SeenTls } from '../../src/model/index.ts';
import { renderDoctor } from '../../src/report/index.ts';
import { type Answer, type FaultServer, faultServer } from '../support/fault-server.ts';
import { publisherPorts, testRepository, type TestRepository } from '../support/repository.ts';
import { skip } from '../support/skip.ts';
import { makeTestCa, type TestCa } from '../support/test-ca.ts';
import { type ProxyManners, testProxy, type TestProxy } from '../support/test-proxy.ts';
import { check, Patient } from './world.ts';

const test = suite('doctor, the network');
const DAY_MS = 86_400_000;
const CANARY = { header: 'CANARY-header-7f3a', password: 'CANARY-password-91bc', proxy: 'CANARY-proxy-55de' } as const;
let repo: TestRepository;
let patient: Patient;

test.before(async () => {
  const ports = publisherPorts();
  ports.at = Date.now() - 3_600_000;
  repo = await testRepository('network', ports);
  await repo.add('demo');
});
test.before.each(() => {
  patient = new Patient().register('demo');
});
test.after.each(() => patient.end());

/** The repository on a server of this kind. */
function content(tls?: TlsOptions, more: Readonly<Record<string, Answer>> = {}): Promise<FaultServer> {
  const names = readdirSync(repo.dir, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(repo.dir, name)).isFile());
  const files = Object.fromEntries(names.map((name): [string, Answer] => [`/${name}`, { body: readFileSync(join(repo.dir, name)), headers: [['date', new Date().toUTCString()]] }]));
  return faultServer({ ...files, ...more }, tls);
}

const policyOf = (url: string, more: object = {}): object => ({ servers: [{ url }], trust: { rootFile: repo.rootFile }, ...more });

function noCanary(document: DoctorDocument): void {
  const all = `${JSON.stringify(document)}${renderDoctor(document, { columns: 100, colour: 'off', stdoutIsTerminal: true })}`;
  for (const secret of Object.values(CANARY)) {
    for (const form of [secret, btoa(secret), btoa(`u:${secret}`), encodeURIComponent(secret)]) assert.not.ok(all.includes(form), `${form} in ${all}`);
  }
}

function tlsStories({ ca, server, expired, elsewhere }: TestCa): void {
  /** [what the server shows, the policy's authority, verdict, words, policy key] */
  const SHOWN = [
    ['a certificate of an authority that the policy names', server, 'given', 'ok', /TLSv1\.[23] .*issued by O=Glued Tests, CN=First, \d+ days left/, undefined],
    ['one of an authority that nobody knows', server, 'none', 'fail', /issued by O=Glued Tests, CN=First, which neither/, 'tls.caFile'],
    ['one that has expired', expired, 'given', 'fail', /not believed.*(EXPIRED|expired)/, 'servers[0].url'],
    ['one for another name', elsewhere, 'given', 'fail', /not believed/, 'servers[0].url'],
  ] as const;
  for (const [name, pair, authority, verdict, words, key] of SHOWN) {
    test(`${name} is ${verdict}`, async () => {
      const shop = await content(pair);
      const caFile = patient.file('ca.crt', ca, 0o644);
      patient.policy(policyOf(shop.url, authority === 'given' ? { tls: { caFile } } : {}));
      const document = await patient.examine();
      await shop.close();
      const tls = check(document, 'server-tls');
      assert.equal([tls.verdict, tls.policyKey], [verdict, key], JSON.stringify(tls));
      assert.match(tls.text, words);
      assert.match(tls.evidence.join('\n'), /0: CN=(server|expired|elsewhere), issued by O=Glued Tests, CN=First, 20.* days left\), SHA-256 [0-9a-f]{64}/);
      assert.is(check(document, 'server-http').verdict, verdict === 'ok' ? 'ok' : 'skipped');
      if (verdict === 'fail') assert.is(document.code, 4);
      if (verdict === 'ok') assert.is(check(document, 'server-metadata').verdict, 'ok');
    });
  }

  test('through a proxy the handshake is made in the tunnel, and the proxy is the hop that is resolved and connected to', async () => {
    const shop = await content(server);
    const proxy = await testProxy({ wants: `u:${CANARY.proxy}` });
    const passwordFile = patient.file('proxy-password', CANARY.proxy);
    const caFile = patient.file('ca.crt', ca, 0o644);
    patient.policy(policyOf(shop.url, { tls: { caFile }, proxy: { mode: 'custom', url: proxy.url, username: 'u', passwordFile } }));
    const document = await patient.examine();
    proxy.close();
    await shop.close();
    assert.is(document.verdict, 'ok', JSON.stringify(document));
    assert.match(check(document, 'server-way').text, `http://127.0.0.1:${proxy.port}, named by proxy.url`);
    assert.match(check(document, 'server-tcp').text, `port ${proxy.port}`);
    assert.is(check(document, 'server-tls').verdict, 'ok');
    assert.ok(proxy.heads.every((head) => head.startsWith('CONNECT')), 'https goes by CONNECT');
    noCanary(document);
  });
}

const authority = makeTestCa('First');
if (authority === undefined) skip(test, 'TLS', 'there is no openssl here');
else tlsStories(authority);

test('a certificate that ends soon is a warning, with the day', async () => {
  patient.policy(policyOf('https://127.0.0.1:9/'));
  const at = Date.now();
  const chain = [{ subject: 'CN=a', issuer: 'CN=b', validFrom: 0, validTo: at + 5.5 * DAY_MS, sha256: 'a'.repeat(64) }];
  const seen: SeenTls = { protocol: 'TLSv1.3', chain, trust: null };
  const document = await patient.examine({ probe: { connect: () => Promise.resolve(ok()), tls: () => Promise.resolve(ok(seen)) } });
  const tls = check(document, 'server-tls');
  assert.is(tls.verdict, 'warn');
  assert.match(tls.text, 'CN=a of 127.0.0.1:9 ends in 5 days, on 20');
});

test('a port that speaks no TLS is 4, and not said to be a bad certificate', async () => {
  const other = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('SSH-2.0-nobody\r\n');
  });
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  patient.policy(policyOf(`https://127.0.0.1:${port}/`));
  const document = await patient.examine();
  other.close();
  assert.equal([document.code, check(document, 'server-tls').verdict], [4, 'fail']);
  assert.match(check(document, 'server-tls').text, `TLS with 127.0.0.1:${port} failed`);
});

/** [what the proxy does, which check fails, words] */
const PROXIES: readonly (readonly [string, ProxyManners, string, RegExp])[] = [
  ['wants a password', { wants: 'u:p' }, 'server-http', /wants a user name and a password/],
  ['answers with nothing', { says: '' }, 'server-http', /did not let us reach/],
];
for (const [name, manners, id, words] of PROXIES) {
  test(`a proxy that ${name} is 19, and the hop is named`, async () => {
    const shop = await content();
    const proxy: TestProxy = await testProxy(manners);
    patient.policy(policyOf(shop.url, { proxy: { mode: 'custom', url: proxy.url } }));
    const document = await patient.examine();
    proxy.close();
    await shop.close();
    assert.equal([document.code, check(document, id).codeName], [19, 'proxy'], JSON.stringify(document.checks));
    assert.match(check(document, id).text, words);
    assert.match(check(document, id).text, `127.0.0.1:${proxy.port}`);
  });
}

/** A resolver that knows nobody, at once: a real one may take its time. */
const unknown = (id: string): Partial<Probe> =>
  id === 'server-dns' ? { resolve: (name) => Promise.resolve(failed({ kind: 'unresolvable', code: 'ENOTFOUND', detail: `getaddrinfo ENOTFOUND ${name}` })) } : {};

test('a proxy that is not there, or whose name nobody knows, is 19 and no fault of the server', async () => {
  const shop = await content();
  for (const [url, id] of [['http://127.0.0.1:9', 'server-tcp'], ['http://no-such-proxy.invalid:3128', 'server-dns']] as const) {
    patient.policy(policyOf(shop.url, { proxy: { mode: 'custom', url } }));
    const document = await patient.examine({ probe: unknown(id) });
    assert.equal([document.code, check(document, id).codeName, check(document, id).policyKey], [19, 'proxy', 'proxy.mode'], JSON.stringify(document.checks));
    assert.match(check(document, id).text, 'named by proxy.url');
  }
  await shop.close();
});

test('the proxy of the environment is named by its variable, its password is not shown', async () => {
  const shop = await content();
  const proxy = await testProxy({ wants: `u:${CANARY.proxy}` });
  const env = { http_proxy: `http://u:${CANARY.proxy}@127.0.0.1:${proxy.port}` };
  patient.policy(policyOf(shop.url, { proxy: { mode: 'system' } }));
  const document = await patient.examine({ ports: { os: { ...patient.ports.os, env } } });
  proxy.close();
  await shop.close();
  assert.is(document.verdict, 'ok', JSON.stringify(document));
  assert.match(check(document, 'server-way').text, 'named by http_proxy');
  noCanary(document);
});

test('no secret is shown, whatever a server throws back', async () => {
  const echo = `${CANARY.header} ${CANARY.password} ${btoa(`u:${CANARY.password}`)}`;
  const passwordFile = patient.file('password', `${CANARY.password}\n`);
  const answers: readonly Answer[] = [
    { body: new TextEncoder().encode(`<!DOCTYPE html><html>${echo}</html>`) },
    { body: new TextEncoder().encode(echo), headers: [['server', echo], ['via', `https://u:${CANARY.password}@x.test/?t=${CANARY.header}`]] },
    { status: 302, headers: [['location', `https://u:${CANARY.password}@x.test/?t=${CANARY.header}`]] },
    { status: 200, garbage: `HTTP/1.1 ${echo}\r\n\r\n` },
  ];
  for (const answer of answers) {
    const shop = await content(undefined, { '/metadata/timestamp.json': answer });
    patient.policy({ ...policyOf(shop.url), servers: [{ url: shop.url, username: 'u', passwordFile, headers: { 'x-token': CANARY.header } }] });
    const document = await patient.examine();
    await shop.close();
    assert.is(check(document, 'server-http').verdict, 'fail', JSON.stringify(check(document, 'server-http')));
    assert.ok(shop.seen.some((one) => one.headers['x-token'] === CANARY.header), 'the secret was really sent');
    noCanary(document);
  }
});

test('a secret that is missing or that others can read is named by its key', async () => {
  const shop = await content();
  const missing = join(patient.folder, 'nowhere');
  patient.policy({ ...policyOf(shop.url), servers: [{ url: shop.url, username: 'u', passwordFile: missing }] });
  const document = await patient.examine();
  assert.equal([document.code, check(document, 'policy-file').subject, check(document, 'server-access').verdict], [21, 'servers[0].passwordFile', 'fail']);
  const open = patient.file('open', CANARY.password, 0o644);
  patient.policy({ ...policyOf(shop.url), servers: [{ url: shop.url, username: 'u', passwordFile: open }] });
  const exposed = await patient.examine();
  await shop.close();
  assert.is(exposed.code, 22);
  noCanary(exposed);
});

test.run();
