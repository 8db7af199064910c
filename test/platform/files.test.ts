import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { saySkipped } from '../support/skip.ts';
import { createFiles } from '../../src/platform/files.ts';
import { createPorts } from '../../src/platform/ports.ts';
import { createRandom } from '../../src/platform/random.ts';
import { MemoryFiles } from '../support/memory-files.ts';
import { bytes, filesSuite, kind } from './files-suite.ts';

const files = createFiles(createRandom());
const root = mkdtempSync(join(tmpdir(), 'glued-files-'));
let worlds = 0;

function folder(): string {
  const dir = join(root, String(++worlds));
  mkdirSync(dir);
  return dir;
}

filesSuite('the real file system', () => ({ files, dir: folder() }));
filesSuite('the one in memory', () => ({ files: new MemoryFiles().putFolder('/w'), dir: '/w' }));

test('the mode asked for is the mode, whatever the umask', () => {
  const dir = folder();
  const before = process.umask(0o077);
  try {
    const { files: fresh } = createPorts({ colour: 'never' }).ports;
    fresh.replace(`${dir}/status.json`, bytes('{}'), 0o644);
    fresh.replace(`${dir}/shared`, bytes('{}'), 0o664);
    fresh.makeFolder(`${dir}/a/b`, 0o755);
  } finally {
    process.umask(before);
  }
  for (const [path, mode] of [['status.json', 0o644], ['shared', 0o664], ['a', 0o755], ['a/b', 0o755]] as const) {
    const seen = files.stat(join(dir, path));
    assert.is(seen.ok && seen.value.mode, mode, path);
  }
});

test('a named pipe in the place of a file holds nobody up', () => {
  const dir = folder();
  execFileSync('mkfifo', [`${dir}/pipe`]);
  const read = files.read(`${dir}/pipe`, 10);
  assert.ok(read.ok ? read.value.length === 0 : read.failure.kind === 'io');
  assert.not(files.append(`${dir}/pipe`, 0o600).ok);
});

test('a path with NUL in it is a failure, not a crash', () => {
  assert.is(kind(files.read('/etc/passwd\0.json', 10)), 'io');
  assert.is(kind(files.stat('/etc\0')), 'io');
});

test('a name of 255 bytes can be replaced', () => {
  const path = `${folder()}/${'é'.repeat(127)}x`;
  assert.is(kind(files.replace(path, bytes('x'), 0o644)), 'ok');
  assert.is(kind(files.read(path, 1)), 'ok');
});

test('files of /proc, whose size is 0, are read whole', () => {
  if (!files.stat('/proc/self/status').ok) return saySkipped('no /proc here');
  const read = files.read('/proc/self/status', 100_000);
  assert.ok(read.ok && read.value.length > 100);
});

test('who may not read is told denied, and not that nothing is there', () => {
  const dir = folder();
  writeFileSync(`${dir}/secret`, 'x', { mode: 0o600 });
  mkdirSync(`${dir}/closed`, { mode: 0o700 });
  writeFileSync(`${dir}/closed/f`, 'x');
  if (process.getuid?.() !== 0) return saySkipped('only root can become another user');
  const node = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
  const script = fileURLToPath(new URL('./unprivileged.ts', import.meta.url));
  execFileSync('chmod', ['755', root, dir]);
  const ran = spawnSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', node, script, dir], { encoding: 'utf8' });
  if (ran.error !== undefined) return saySkipped('no setpriv here');
  assert.is(ran.stdout.trim(), 'secret denied; closed/f denied; list denied; replace denied; none absent', ran.stderr);
});

test('a full disk and a disk without inodes are full, and leave what was there', () => {
  const dir = folder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,nr_inodes=8', 'glued-test', dir]);
  if (mounted.status !== 0) return saySkipped('no file system can be mounted here');
  try {
    assert.is(kind(files.replace(`${dir}/a`, bytes('old'), 0o644)), 'ok');
    assert.is(kind(files.replace(`${dir}/a`, new Uint8Array(200_000), 0o644)), 'full');
    const names = files.list(dir);
    assert.equal(names.ok && names.value.map((e) => e.name), ['a']);
    const read = files.read(`${dir}/a`, 9);
    assert.equal(read.ok && read.value, bytes('old'));
    const made = Array.from({ length: 10 }, (_, i) => kind(files.makeFolder(`${dir}/d${i}`, 0o755)));
    assert.ok(made.includes('full'), made.join());
  } finally {
    spawnSync('umount', [dir]);
  }
});

test.after(() => rmSync(root, { recursive: true, force: true }));
test.run();
