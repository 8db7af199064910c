import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failureCode, failureText, type HttpFailureKind, type Os, type Policy, type Server } from '../../src/model/index.ts';
import { describeHttpFailure, serverAccess, tlsMaterial } from '../../src/net/index.ts';
import { MemoryFiles } from '../support/memory-files.ts';
import { skip } from '../support/skip.ts';
import { makeTestCa } from '../support/test-ca.ts';

const test = suite('access');

function world(env: Os['env'] = {}, platform: Os['platform'] = 'linux'): { readonly files: MemoryFiles; readonly os: Os } {
  const os: Os = {
    platform, arch: 'x64', runtime: 'test', hostName: () => 'host', machineId: () => undefined, bootId: () => undefined, upMs: () => undefined, timeZone: () => 'UTC', power: () => 'unknown', networkCost: () => 'unknown', pid: 1, uid: 0, cwd: '/', env,
    hasNetwork: () => true, self: '/glued', program: () => ['/glued'],
  };
  return { files: new MemoryFiles(), os };
}

test('a base address ends in a slash, headers are in lower case', () => {
  const got = serverAccess(world(), [{ url: 'https://a.test/content', headers: { 'X-Key': 'k' } }, { url: 'http://b.test:8080/' }]);
  assert.equal(got.ok ? got.value : got.failure, [{ url: 'https://a.test/content/', headers: { 'x-key': 'k' } }, { url: 'http://b.test:8080/', headers: {} }]);
});

test('user name and password become Basic authorization in UTF-8; the line\'s end is not part of the secret', () => {
  const ports = world();
  ports.files.put('/etc/glued/pw', 'gehèim\r\n', { mode: 0o600 });
  const got = serverAccess(ports, [{ url: 'https://a.test/', username: 'glued', passwordFile: '/etc/glued/pw' }]);
  const sent = got.ok ? (got.value[0]?.headers['authorization'] ?? '') : '';
  assert.is(Buffer.from(sent.replace('Basic ', ''), 'base64').toString('utf8'), 'glued:gehèim');
});

test('credential:NAME is read from systemd\'s folder, and only by a plain name', () => {
  const ports = world({ CREDENTIALS_DIRECTORY: '/run/credentials/glued' });
  ports.files.put('/run/credentials/glued/content', 'secret', { mode: 0o400 });
  ports.files.put('/run/credentials/other', 'not ours', { mode: 0o400 });
  const with_ = (passwordFile: string): ReturnType<typeof serverAccess> => serverAccess(ports, [{ url: 'https://a.test/', username: 'u', passwordFile }]);
  assert.ok(with_('credential:content').ok);
  for (const name of ['../other', 'a/b', '', '..', 'a\0']) assert.not.ok(with_(`credential:${name}`).ok, name);
  const without = serverAccess(world(), [{ url: 'https://a.test/', username: 'u', passwordFile: 'credential:content' }]);
  assert.match(without.ok ? '' : failureText(without.failure), 'CREDENTIALS_DIRECTORY is not set');
});

for (const mode of [0o644, 0o604, 0o602, 0o660, 0o620]) {
  test(`a secret of mode ${mode.toString(8)} is refused with 22, its path and its key`, () => {
    const ports = world();
    ports.files.put('/etc/glued/pw', 'secret', { mode });
    const got = serverAccess(ports, [{ url: 'https://a.test/' }, { url: 'https://b.test/', username: 'u', passwordFile: '/etc/glued/pw' }]);
    assert.is(got.ok ? '' : failureCode(got.failure), 'policy-untrusted');
    const text = got.ok ? '' : failureText(got.failure);
    assert.match(text, '/etc/glued/pw');
    assert.match(text, 'servers[1].passwordFile');
    assert.not.match(text, 'secret"');
  });
}

test('a secret of 0600, 0400 or 0640 is read, and on Windows the bits say nothing', () => {
  for (const [mode, platform] of [[0o600, 'linux'], [0o400, 'darwin'], [0o640, 'linux'], [0o666, 'win32']] as const) {
    const ports = world({}, platform);
    ports.files.put('/pw', 'secret', { mode });
    assert.ok(serverAccess(ports, [{ url: 'https://a.test/', username: 'u', passwordFile: '/pw' }]).ok, String(mode));
  }
});

const BAD: readonly (readonly [string, Server, RegExp])[] = [
  ['an address with a password in it', { url: 'https://u:p@a.test/' }, /user name or a password/],
  ['an address with a query', { url: 'https://a.test/?x' }, /query or a fragment/],
  ['another scheme', { url: 'ftp://a.test/' }, /begins with ftp:/],
  ['no address', { url: 'a.test' }, /cannot be read/],
  ['a header with CR and LF', { url: 'https://a.test/', headers: { 'x-a': 'b\r\nc: d' } }, /"x-a" cannot be sent/],
  ['a header name with a space', { url: 'https://a.test/', headers: { 'x a': 'b' } }, /"x a" cannot be sent/],
  ['a header that is ours', { url: 'https://a.test/', headers: { Host: 'b.test' } }, /"Host".*glued sets it itself/],
  ['a user name without a password', { url: 'https://a.test/', username: 'u' }, /username without a passwordFile/],
  ['a password without a user name', { url: 'https://a.test/', passwordFile: '/pw' }, /passwordFile without a username/],
  ['a user name with a colon', { url: 'https://a.test/', username: 'u:v', passwordFile: '/pw' }, /a colon/],
  ['a user name with a newline', { url: 'https://a.test/', username: 'u\nv', passwordFile: '/pw' }, /control character/],
  ['a password file that is not there', { url: 'https://a.test/', username: 'u', passwordFile: '/none' }, /\/none, which cannot be used/],
  ['a password of two lines', { url: 'https://a.test/', username: 'u', passwordFile: '/two' }, /one line/],
  ['an empty password', { url: 'https://a.test/', username: 'u', passwordFile: '/empty' }, /not empty/],
  ['a folder as password', { url: 'https://a.test/', username: 'u', passwordFile: '/folder' }, /cannot be used/],
  ['an endless password', { url: 'https://a.test/', username: 'u', passwordFile: '/huge' }, /larger than/],
];
for (const [what, server, said] of BAD) {
  test(`${what} is 21 and says where`, () => {
    const ports = world();
    const mode = 0o600;
    ports.files.put('/pw', 'x', { mode }).put('/two', 'a\nb\n', { mode }).put('/empty', '\n', { mode }).put('/huge', new Uint8Array(300_000), { mode }).putFolder('/folder');
    const got = serverAccess(ports, [server]);
    assert.is(got.ok ? '' : failureCode(got.failure), 'policy-invalid');
    assert.match(got.ok ? '' : failureText(got.failure), said);
    assert.match(got.ok ? '' : failureText(got.failure), 'servers[0]');
  });
}

test('every kind of failure has words and keeps its evidence', () => {
  const kinds: readonly HttpFailureKind[] = [
    'unresolvable', 'refused', 'unreachable', 'tls', 'connect-timeout', 'stalled', 'reset', 'short', 'too-long', 'redirect', 'encoding',
    'protocol', 'stopped', 'interrupted',
  ];
  const words = kinds.map((kind) => describeHttpFailure({ kind, url: 'http://a.test/', detail: 'evidence' }));
  assert.is(new Set(words).size, kinds.length);
  assert.ok(words.every((w) => w.endsWith('(evidence)')));
  assert.is(describeHttpFailure({ kind: 'refused', url: 'http://a.test/', detail: '' }), 'the connection was refused');
});

const ca = makeTestCa('Access');
if (ca === undefined) skip(test, 'certificates of the policy', 'the openssl command is not there');
else {
  test('certificates and key of the policy are read and checked', () => {
    const ports = world();
    ports.files.put('/ca', ca.ca).put('/cert', ca.client.cert).put('/key', ca.client.key, { mode: 0o600 }).put('/open', ca.client.key).put('/text', 'hello');
    ports.files.put('/nokey', '-----BEGIN PRIVATE KEY-----\nnone\n-----END PRIVATE KEY-----\n', { mode: 0o600 });
    const got = tlsMaterial(ports, { caFile: '/ca', clientCertFile: '/cert', clientKeyFile: '/key' });
    assert.equal(got.ok ? Object.keys(got.value) : [], ['ca', 'cert', 'key']);
    assert.equal(tlsMaterial(ports, {}), { ok: true, value: {} });
    const bad: readonly (readonly [Policy['tls'], string, RegExp])[] = [
      [{ caFile: '/text' }, 'policy-invalid', /tls\.caFile names \/text.*no PEM/],
      [{ caFile: '/key' }, 'policy-invalid', /holds no certificate/],
      [{ clientCertFile: '/cert', clientKeyFile: '/nokey' }, 'policy-invalid', /tls\.clientKeyFile names \/nokey.*no private key/],
      [{ clientCertFile: '/cert', clientKeyFile: '/open' }, 'policy-untrusted', /tls\.clientKeyFile is \/open.*0644/],
      [{ clientCertFile: '/cert' }, 'policy-invalid', /tls\.clientKeyFile.*go together/],
      [{ clientKeyFile: '/key' }, 'policy-invalid', /tls\.clientCertFile.*go together/],
    ];
    for (const [tls, code, said] of bad) {
      const one = tlsMaterial(ports, tls);
      assert.is(one.ok ? '' : failureCode(one.failure), code);
      assert.match(one.ok ? '' : failureText(one.failure), said);
    }
  });
}

test.run();
