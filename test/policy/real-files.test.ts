import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { failureExit, failureText } from '../../src/model/index.ts';
import { createPorts } from '../../src/platform/index.ts';
import { loadPolicy } from '../../src/policy/index.ts';
import { saySkipped } from '../support/skip.ts';

const { ports } = createPorts({ colour: 'never' });
const isPosix = ports.os.platform !== 'win32';
const isRoot = ports.os.uid === 0;
const test = suite('the trust check on the real file system');

/** A folder of our own below the system's temporary one, which is sticky. */
let folder = '';
test.before.each(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'glued-policy-')));
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string, mode = 0o644): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}
function policy(name = 'd/policy.json', mode = 0o644): string {
  const rootFile = put('root.json', '{"signed":{"_type":"root"},"signatures":[]}');
  return put(name, JSON.stringify({ servers: [{ url: 'http://127.0.0.1:1/' }], trust: { rootFile } }), mode);
}
async function told(path: string, trustCheck: 'enforce' | 'insecure' = 'enforce'): Promise<string> {
  const outcome = await loadPolicy(ports, { policyPath: path, trustCheck });
  if (!outcome.ok) return `${failureExit(outcome.failure)} ${failureText(outcome.failure)}`;
  return `loaded ${outcome.value.sources.map(({ trusted }) => trusted).join(' ')}`;
}

test('a good file below the sticky temporary folder loads', async () => assert.is(await told(policy()), 'loaded true'));

test('a folder of policies loads', async () => assert.is(await told(dirname(policy('d/10.json'))), 'loaded true'));

test('a file that others can write is 22', async () => {
  if (!isPosix) return saySkipped('no POSIX modes here');
  const path = policy('d/policy.json', 0o666);
  assert.match(await told(path), /^22 .*mode 0666/);
  assert.is(await told(path, 'insecure'), 'loaded false');
});

test('a parent that others can write is 22', async () => {
  if (!isPosix) return saySkipped('no POSIX modes here');
  const path = policy();
  chmodSync(dirname(path), 0o777);
  assert.match(await told(path), new RegExp(`^22 .*${dirname(path)} has owner`));
  chmodSync(dirname(path), 0o1777);
  assert.is(await told(path), 'loaded true');
});

test('a link is 22, and so is a link to a folder as --policy', async () => {
  const path = policy();
  symlinkSync(path, join(folder, 'link.json'));
  symlinkSync(dirname(path), join(folder, 'link'));
  assert.match(await told(join(folder, 'link.json')), /^22 .*is a link/);
  assert.match(await told(join(folder, 'link')), /^22 .*is a link/);
  assert.is(await told(join(folder, 'link.json'), 'insecure'), 'loaded false');
  assert.is(await told(join(folder, 'link', 'policy.json')), 'loaded true');
});

test("another user's file is 22", async () => {
  if (!isRoot) return saySkipped('only root can give a file away');
  const path = policy();
  chownSync(path, 12_345, 0);
  assert.match(await told(path), /^22 .*owner 12345/);
});

test("another user's folder is 22, even where it is not writable by others", async () => {
  if (!isRoot) return saySkipped('only root can give a folder away');
  const path = policy();
  chownSync(dirname(path), 12_345, 0);
  assert.match(await told(path), /^22 .*owner 12345/);
});

test('a named pipe in place of the policy is 21 at once', async () => {
  const path = join(folder, 'policy.json');
  if (spawnSync('mkfifo', ['-m', '600', path]).status !== 0) return saySkipped('no mkfifo here');
  assert.match(await told(path), /^21 .*no plain file/);
});

test('a folder in which nothing is a policy is 20, and so is a path that is not there', async () => {
  put('d/readme.txt', 'x');
  assert.match(await told(join(folder, 'd')), /^20 /);
  assert.match(await told(join(folder, 'none.json')), /^20 /);
});

test('a policy in place of a folder, or below a file, is not there', async () => {
  assert.match(await told(join(policy(), 'below.json')), /^20 /);
});

test('a secret that others can read is 22, one that only we can read is not', async () => {
  if (!isPosix) return saySkipped('no POSIX modes here');
  const tokenFile = put('token', 'x', 0o604);
  const rootFile = put('root.json', '{"signed":{"_type":"root"}}');
  const path = put('policy.json', JSON.stringify({ servers: [{ url: 'http://127.0.0.1:1/' }], trust: { rootFile }, report: { tokenFile } }));
  assert.match(await told(path), /^22 .*report\.tokenFile/);
  chmodSync(tokenFile, 0o640);
  assert.is(await told(path), 'loaded true');
});

test.run();
