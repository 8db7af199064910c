import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failureExit, failureRemedy, failureText } from '../../src/model/index.ts';
import { loadPolicy, type LoadOptions } from '../../src/policy/index.ts';
import { ENFORCE, LEAST, MAIN, ROOT_FILE, type World, world } from '../support/policy-world.ts';

const INSECURE: LoadOptions = { trustCheck: 'insecure' };
async function told(on: World, options: LoadOptions = ENFORCE): Promise<string> {
  const outcome = await loadPolicy(on, options);
  if (outcome.ok) return `loaded ${outcome.value.sources.map(({ trusted }) => trusted).join(' ')}`;
  return `${failureExit(outcome.failure)} ${failureText(outcome.failure)} ${failureRemedy(outcome.failure)}`;
}

const TEXT = JSON.stringify(LEAST);
const UNTRUSTED: readonly (readonly [string, (on: World) => unknown, RegExp])[] = [
  ['a world-writable file', (on) => on.files.put(MAIN, TEXT, { mode: 0o666 }), /^22 .*policy\.json has owner 0 and mode 0666.*chmod go-w \/etc\/glued\/policy\.json/],
  ['a group-writable file', (on) => on.files.put(MAIN, TEXT, { mode: 0o664 }), /^22 .*mode 0664/],
  ["another user's file", (on) => on.files.put(MAIN, TEXT, { uid: 1000 }), /^22 .*owner 1000 and mode 0644.*chown root:root \/etc\/glued\/policy\.json$/],
  ['a world-writable folder', (on) => on.files.putFolder('/etc/glued', { mode: 0o777 }), /^22 .*: \/etc\/glued has owner 0 and mode 0777.*chmod go-w \/etc\/glued$/],
  ['a folder far above', (on) => on.files.putFolder('/etc', { mode: 0o775 }), /^22 .*: \/etc has owner 0 and mode 0775/],
  ['the root folder', (on) => on.files.putFolder('/', { mode: 0o777 }), /^22 .*: \/ has/],
  ["another user's folder", (on) => on.files.putFolder('/etc/glued', { uid: 1000 }), /^22 .*: \/etc\/glued has owner 1000/],
  ['a link', (on) => { on.files.put('/etc/real.json', TEXT).remove(MAIN); on.files.putLink(MAIN, '/etc/real.json'); }, /^22 .*policy\.json is a link/],
  ['an empty policy.d that others can write', (on) => on.files.putFolder('/etc/glued/policy.d', { mode: 0o1777, uid: 5 }), /^22 .*policy\.d has owner 5/],
  ['a policy.d that others can write', (on) => on.files.putFolder('/etc/glued/policy.d', { mode: 0o757 }), /^22 .*: \/etc\/glued\/policy\.d has/],
];
for (const [what, spoil, expected] of UNTRUSTED) {
  test(`${what} is 22, and the failure names it, its mode, its owner and the command`, async () => {
    const on = world(LEAST);
    spoil(on);
    assert.match(await told(on), expected);
  });
}

test('a folder that is reached through a link counts as it is written and as it is', async () => {
  const on = world(LEAST);
  on.files.put('/srv/policies/p.json', TEXT).putFolder('/srv/policies', { mode: 0o777 }).putLink('/opt/policies', '/srv/policies');
  assert.match(await told(on, { ...ENFORCE, policyPath: '/opt/policies/p.json' }), /^22 .*: \/srv\/policies has/);
  on.files.putFolder('/srv/policies', { mode: 0o755 });
  assert.is(await told(on, { ...ENFORCE, policyPath: '/opt/policies/p.json' }), 'loaded true');
  on.files.putLink('/opt/policies', '/srv/policies', { uid: 1000 });
  assert.match(await told(on, { ...ENFORCE, policyPath: '/opt/policies/p.json' }), /^22 .*: \/opt\/policies has owner 1000/);
});

test('in a sticky folder the owner of the entry counts', async () => {
  const on = world();
  on.files.putFolder('/tmp', { mode: 0o1777 }).put('/tmp/p.json', TEXT);
  assert.is(await told(on, { ...ENFORCE, policyPath: '/tmp/p.json' }), 'loaded true');
  on.files.put('/tmp/p.json', TEXT, { uid: 1000 });
  assert.match(await told(on, { ...ENFORCE, policyPath: '/tmp/p.json' }), /^22 .*owner 1000/);
  on.files.putFolder('/tmp', { mode: 0o777 }).put('/tmp/p.json', TEXT);
  assert.match(await told(on, { ...ENFORCE, policyPath: '/tmp/p.json' }), /^22 .*: \/tmp has/);
});

test('the user that glued runs as is trusted like root', async () => {
  const on = world(undefined, { uid: 1000 });
  on.files.put('/home/u/p.json', TEXT, { uid: 1000 }).putFolder('/home/u', { uid: 1000 });
  assert.is(await told(on, { ...ENFORCE, policyPath: '/home/u/p.json' }), 'loaded true');
  on.files.put('/home/u/p.json', TEXT, { uid: 1001 });
  assert.match(await told(on, { ...ENFORCE, policyPath: '/home/u/p.json' }), /^22 /);
});

test('--insecure-policy lifts the check, and the source says that it is not trusted', async () => {
  for (const [what, spoil] of UNTRUSTED) {
    const on = world(LEAST);
    spoil(on);
    // the root file is in the same folders, and is named after the policy
    const expected = what.includes('policy.d') ? 'loaded true' : what.includes('folder') ? 'loaded false false' : 'loaded false';
    assert.is(await told(on, INSECURE), expected, what);
  }
  assert.is(await told(world(LEAST), INSECURE), 'loaded true');
});

test('what is checked is what is read: a file swapped after it was opened is not seen', async () => {
  const on = world(LEAST);
  const swap = TEXT.replace('content.example', 'evil.example');
  on.files.fault = (op, path) => {
    if (op === 'fstat' && path === MAIN) on.files.replace(MAIN, new TextEncoder().encode(swap), 0o666);
    return undefined;
  };
  const outcome = await loadPolicy(on, ENFORCE);
  assert.ok(outcome.ok);
  assert.is(outcome.value.policy.servers[0]?.url, 'https://content.example');
  assert.is(on.files.log.filter((line) => line === `open ${MAIN}`).length, 1);
});

test('no policy file is ever opened for writing', async () => {
  const on = world(LEAST);
  on.files.put('/etc/glued/policy.d/a.json', '{}').put('/usr/lib/glued/policy.d/b.json', '{}');
  await told(on);
  const writes = on.files.log.filter((line) => /^(create|append|replace|rename|chmod|remove|removeTree|link|symlink|write|makeFolder) /.test(line));
  assert.equal(writes, []);
});

test('a policy or a root file that may not be read is told without the words of the system', async () => {
  for (const [path, expected] of [[MAIN, /^26 The policy \/etc\/glued\/policy\.json cannot be read: permission denied\./], [ROOT_FILE, /^21 .*root\.json, and that cannot be read: permission denied\./]] as const) {
    const on = world(LEAST);
    on.files.fault = (op, at) => (at === path && op.startsWith('open') ? 'denied' : undefined);
    assert.match(await told(on), expected);
  }
});

test('a secret that others can read is 22 and the key is named', async () => {
  const on = world({ ...LEAST, servers: [{ url: 'https://a.example' }, { url: 'https://b.example', passwordFile: '/etc/glued/pw' }] });
  on.files.put('/etc/glued/pw', 'x', { mode: 0o644 });
  assert.match(await told(on), /^22 .*servers\[1\]\.passwordFile names \/etc\/glued\/pw.*mode 0644.*chmod 0600/);
  on.files.put('/etc/glued/pw', 'x', { mode: 0o640 });
  assert.is(await told(on), 'loaded true');
  for (const [key, policy] of [
    ['proxy.passwordFile', { proxy: { mode: 'custom', url: 'http://p:1', username: 'u', passwordFile: '/s' } }],
    ['tls.clientKeyFile', { tls: { clientKeyFile: '/s', clientCertFile: '/c' } }],
    ['report.tokenFile', { report: { tokenFile: '/s' } }],
    ['report.secretFile', { report: { secretFile: '/s' } }],
  ] as const) {
    const one = world({ ...LEAST, ...policy });
    one.files.put('/s', 'x', { mode: 0o604 });
    assert.match(await told(one), new RegExp(`^22 .*${key} names /s`));
  }
});

test('a credential of systemd is looked for in its folder, and one that is not there is no problem yet', async () => {
  const policy = { ...LEAST, report: { tokenFile: 'credential:token' } };
  const on = world(policy, { env: { CREDENTIALS_DIRECTORY: '/run/credentials/glued' } });
  assert.is(await told(on), 'loaded true');
  on.files.put('/run/credentials/glued/token', 't', { mode: 0o400 });
  assert.is(await told(on), 'loaded true');
  on.files.put('/run/credentials/glued/token', 't', { mode: 0o444 });
  assert.match(await told(on), /^22 .*report\.tokenFile names \/run\/credentials\/glued\/token/);
  assert.is(await told(world(policy)), 'loaded true');
});

test('the root file may be a link, since administrators put it where they like', async () => {
  const on = world(LEAST);
  const root = on.files.text(ROOT_FILE) ?? '';
  on.files.put('/srv/root.json', root).remove(ROOT_FILE);
  on.files.putLink(ROOT_FILE, '/srv/root.json');
  assert.is(await told(on), 'loaded true');
});

const UNTRUSTED_ROOT: readonly (readonly [string, (on: World, root: string) => unknown, RegExp])[] = [
  ['can be written by all', (on, root) => on.files.put(ROOT_FILE, root, { mode: 0o666 }), /: \/etc\/glued\/root\.json has owner 0 and mode 0666.* chmod go-w \/etc\/glued\/root\.json$/],
  ['can be written by its group', (on, root) => on.files.put(ROOT_FILE, root, { mode: 0o660 }), /mode 0660/],
  ["is another user's", (on, root) => on.files.put(ROOT_FILE, root, { uid: 1000 }), /owner 1000 .* chown root:root \/etc\/glued\/root\.json$/],
  ['is in a folder that all can write', (on, root) => link(on, root, '/srv/keys/root.json').putFolder('/srv/keys', { mode: 0o777 }), /: \/srv\/keys has owner 0 and mode 0777/],
  ["is below another user's folder", (on, root) => link(on, root, '/srv/keys/root.json').putFolder('/srv', { uid: 7 }), /: \/srv has owner 7/],
  ["is reached by another user's link", (on, root) => link(on, root, '/srv/root.json').putLink(ROOT_FILE, '/srv/root.json', { uid: 7 }), /: \/etc\/glued\/root\.json has owner 7/],
  ['is reached by a link in a folder that all can write', (on, root) => link(on, root, '/var/x/hop').put('/srv/r.json', root).remove('/var/x/hop') && on.files.putLink('/var/x/hop', '/srv/r.json').putFolder('/var/x', { mode: 0o757 }), /: \/var\/x has owner 0 and mode 0757/],
];
function link(on: World, root: string, target: string): World['files'] {
  on.files.put(target, root).remove(ROOT_FILE);
  return on.files.putLink(ROOT_FILE, target);
}
for (const [what, spoil, expected] of UNTRUSTED_ROOT) {
  test(`a root file that ${what} is 22 and names the key; --insecure-policy lifts that, and the sources say so`, async () => {
    const on = world(LEAST);
    spoil(on, on.files.text(ROOT_FILE) ?? '');
    const text = await told(on);
    assert.match(text, /^22 The policy key trust\.rootFile names \/etc\/glued\/root\.json, and that is not to be trusted: /);
    assert.match(text, expected);
    const lifted = await loadPolicy(on, INSECURE);
    assert.ok(lifted.ok);
    assert.equal(lifted.value.sources, [{ path: MAIN, trusted: true }, { path: ROOT_FILE, trusted: false }]);
  });
}

test('a root file is opened once to be checked, and one of the user that glued runs as is trusted', async () => {
  const on = world(LEAST, { uid: 1000 });
  on.files.put(ROOT_FILE, on.files.text(ROOT_FILE) ?? '', { uid: 1000 });
  assert.is(await told(on), 'loaded true');
  assert.is(on.files.log.filter((line) => line === `openFollowing ${ROOT_FILE}`).length, 1);
});

test('who may write is not asked on Windows', async () => {
  const on = world(LEAST, { platform: 'win32' });
  on.files.put(ROOT_FILE, on.files.text(ROOT_FILE) ?? '', { mode: 0o666 });
  assert.is(await told(on, { ...ENFORCE, policyPath: MAIN }), 'loaded true');
});

test.run();
