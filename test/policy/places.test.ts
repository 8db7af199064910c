import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failureExit, failureRemedy, failureText, type LoadedPolicy } from '../../src/model/index.ts';
import { loadPolicy, type LoadOptions } from '../../src/policy/index.ts';
import { writeBinaryPlist } from '../support/write-bplist.ts';
import { ENFORCE, LEAST, MAIN, ROOT_FILE, type World, world } from '../support/policy-world.ts';

async function loaded(on: World, options: LoadOptions = ENFORCE): Promise<LoadedPolicy> {
  const outcome = await loadPolicy(on, options);
  if (!outcome.ok) throw new Error(`${failureText(outcome.failure)}\n${outcome.failure.detail}`);
  return outcome.value;
}
async function refusal(on: World, options: LoadOptions = ENFORCE): Promise<string> {
  const outcome = await loadPolicy(on, options);
  return outcome.ok ? 'loaded' : `${failureExit(outcome.failure)} ${failureText(outcome.failure)} ${failureRemedy(outcome.failure)}`;
}
const keep = (count: number): string => JSON.stringify({ history: { keep: count } });
const origin = (from: LoadedPolicy, key: string): string => {
  const found = from.origins.find((o) => o.key === key);
  return [found, ...(found?.overrode ?? [])].map((o) => `${o?.source}:${o?.line ?? '-'} ${JSON.stringify(o?.value)}`).join(' < ');
};

test('each place overrides the one before, leaf by leaf, and every value knows its file, line and what it overrode', async () => {
  const on = world(undefined, { platform: 'darwin' });
  on.files
    .put('/usr/lib/glued/policy.d/50-vendor.json', '{"history":{"keep":1},\n"log":{"level":"debug"},\n"proxy":{"noProxy":["a","b"]}}')
    .put('/etc/glued/policy.yaml', `servers:\n- url: https://content.example\ntrust:\n  rootFile: ${ROOT_FILE}\nhistory:\n  keep: 2\n`)
    .put('/etc/glued/policy.d/20.xml', '<policy>\n<history>\n<keep>4</keep></history></policy>')
    .put('/etc/glued/policy.d/10.json', '{"history":{"keep":3},"proxy":{"noProxy":["c"]}}')
    .put('/Library/Managed Preferences/dev.glued.agent.plist', writeBinaryPlist({ PayloadUUID: 'x', history: { keep: 5 } }));
  const result = await loaded(on);
  assert.is(result.policy.history.keep, 5);
  assert.is(result.policy.log.level, 'debug');
  assert.equal(result.policy.proxy.noProxy, ['c']);
  assert.is(
    origin(result, 'history.keep'),
    '[managed] /Library/Managed Preferences/dev.glued.agent.plist:- 5 < [vendor] /usr/lib/glued/policy.d/50-vendor.json:1 1 < ' +
      '/etc/glued/policy.yaml:6 2 < /etc/glued/policy.d/10.json:1 3 < /etc/glued/policy.d/20.xml:3 4',
  );
  assert.is(origin(result, 'log.level'), '[vendor] /usr/lib/glued/policy.d/50-vendor.json:2 "debug"');
  assert.is(origin(result, 'download.parallel'), '[default]:- 4');
  assert.equal(result.origins.find((o) => o.key === 'history.keep')?.converted, undefined);
  assert.equal(
    result.sources.map(({ path }) => path),
    ['/usr/lib/glued/policy.d/50-vendor.json', '/etc/glued/policy.yaml', '/etc/glued/policy.d/10.json', '/etc/glued/policy.d/20.xml', '/Library/Managed Preferences/dev.glued.agent.plist'],
  );
});

test("a proxy can be switched off over another file's, although its keys cannot be unset", async () => {
  const on = world(LEAST);
  on.files.put('/usr/lib/glued/policy.d/50.json', '{"proxy":{"mode":"custom","url":"http://p:3128","username":"u","passwordFile":"/p"}}');
  assert.is((await loaded(on)).policy.proxy.mode, 'custom');
  on.files.put('/etc/glued/policy.d/60.json', '{"proxy":{"mode":"none"}}');
  assert.is((await loaded(on)).policy.proxy.mode, 'none');
});

test('two main policies are 21 and both are named', async () => {
  const on = world(LEAST);
  on.files.put('/etc/glued/policy.xml', '<policy/>');
  assert.match(await refusal(on), /^21 .*\/etc\/glued\/policy\.json and \/etc\/glued\/policy\.xml/);
});

test("the vendor's file is replaced by one of the same name, and masked by an empty one or a link to /dev/null", async () => {
  const on = world(LEAST);
  for (const [name, count] of [['a', 1], ['b', 2], ['c', 3], ['d', 4]] as const) on.files.put(`/usr/lib/glued/policy.d/${name}.json`, keep(count));
  on.files.put('/etc/glued/policy.d/b.json', '{"log":{"level":"warn"}}').put('/etc/glued/policy.d/c.json', '').putLink('/etc/glued/policy.d/d.json', '/dev/null');
  const result = await loaded(on);
  assert.is(origin(result, 'history.keep'), '[vendor] /usr/lib/glued/policy.d/a.json:1 1');
  assert.is(result.policy.log.level, 'warn');
  assert.equal(
    result.skipped.map(({ path, reason }) => `${path} ${reason}`),
    [
      '/usr/lib/glued/policy.d/b.json replaced by the file of the same name in policy.d',
      '/usr/lib/glued/policy.d/c.json masked by the administrator',
      '/usr/lib/glued/policy.d/d.json masked by the administrator',
      '/etc/glued/policy.d/c.json empty: masks the file of this name',
      '/etc/glued/policy.d/d.json a link to /dev/null: masks the file of this name',
    ],
  );
});

test('a link to anything but /dev/null is 22', async () => {
  const on = world(LEAST);
  on.files.put('/etc/other.json', keep(1)).putLink('/etc/glued/policy.d/x.json', '/etc/other.json');
  assert.match(await refusal(on), /^22 .*\/etc\/glued\/policy\.d\/x\.json is a link/);
});

test("editors' and package managers' leftovers are skipped, never opened, and listed", async () => {
  const on = world(LEAST);
  const names = ['.hidden.json', 'a.json~', 'a.json.dpkg-old', 'a.json.dpkg-dist', 'a.json.rpmsave', 'a.json.rpmnew', 'README', 'a.js', 'a.conf'];
  for (const name of names) on.files.put(`/etc/glued/policy.d/${name}`, 'broken {');
  on.files.put('/etc/glued/policy.d/sub/x.json', 'broken {');
  const result = await loaded(on);
  assert.equal(result.skipped.map(({ path }) => path.slice('/etc/glued/policy.d/'.length)).sort(), [...names, 'sub'].sort());
  assert.ok(result.skipped.every(({ reason }) => reason.length > 3));
  assert.equal(on.files.opened.filter((path) => path.includes('policy.d/')), []);
});

test('only the named places are opened, whatever is planted in the current folder', async () => {
  const on = world({ ...LEAST, servers: [{ url: 'https://content.example', passwordFile: '/etc/glued/pw' }] }, { cwd: '/home/u' });
  on.files.put('/etc/glued/pw', 'secret', { mode: 0o600 }).put('/usr/lib/glued/policy.d/a.json', keep(1)).put('/etc/glued/policy.d/a.yaml', 'history: {keep: 2}');
  for (const name of ['package.json', '.config/config.js', '.config/config.json', '.gluedrc', 'glued.config.js', 'policy.json']) {
    on.files.put(`/home/u/${name}`, 'module.exports = { broken').put(`/root/${name}`, '{').put(`/etc/glued/${name === 'policy.json' ? 'x.json' : name}`, '{');
  }
  await loaded(on);
  assert.equal([...on.files.opened].sort(), ['/etc/glued/policy.d/a.yaml', MAIN, ROOT_FILE, '/usr/lib/glued/policy.d/a.json'].sort());
  assert.ok(on.files.log.every((line) => !/ \/home| \/root/.test(line)), on.files.log.join('\n'));
});

test('--policy names a file, or a folder, that replaces every place', async () => {
  const on = world('broken {', { cwd: '/srv' });
  on.files.put('/srv/p.json', JSON.stringify({ ...LEAST, history: { keep: 1 } })).put('/usr/lib/glued/policy.d/a.json', 'broken {');
  on.files.put('/srv/d/10.json', JSON.stringify(LEAST)).put('/srv/d/20.yaml', 'history: {keep: 2}').put('/srv/d/x.json~', '{');
  assert.is((await loaded(on, { ...ENFORCE, policyPath: '/srv/p.json' })).policy.history.keep, 1);
  assert.is((await loaded(on, { ...ENFORCE, policyPath: 'p.json' })).policy.history.keep, 1);
  const folder = await loaded(on, { ...ENFORCE, policyPath: '/srv/d' });
  assert.is(folder.policy.history.keep, 2);
  assert.equal(folder.skipped.map(({ path }) => path), ['/srv/d/x.json~']);
  assert.ok(on.files.opened.every((path) => path.startsWith('/srv/') || path === ROOT_FILE));
});

test('a file that may not be read is an error, never nothing', async () => {
  for (const op of ['open', 'stat', 'list'] as const) {
    const on = world(LEAST);
    on.files.put('/etc/glued/policy.d/a.json', keep(1));
    on.files.fault = (what, path) => (what === op && path.startsWith('/etc/glued/policy') ? 'denied' : undefined);
    assert.match(await refusal(on), /^26 .*\/etc\/glued\/policy/, op);
  }
});

test('a policy that is a folder, a pipe, or too large is 21', async () => {
  const on = world();
  on.files.putFolder(MAIN);
  assert.match(await refusal(on), /^21 .*a folder/);
  on.files.putOther(MAIN, { mode: 0o600 });
  assert.match(await refusal(on), /^21 .*no plain file/);
  on.files.put(MAIN, ' '.repeat(1024 * 1024 + 1));
  assert.match(await refusal(on), /^21 .*1048577 bytes/);
});

test.run();
