import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryFiles } from './memory-files.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const kind = (io: { ok: boolean; failure?: { kind: string } }): string => (io.ok ? 'ok' : (io.failure?.kind ?? ''));

test('a descriptor keeps the file that was opened, whatever happens to its name', () => {
  const files = new MemoryFiles().put('/a/b', 'old');
  const handle = files.open('/a/b');
  assert.ok(handle.ok);
  files.replace('/a/b', new TextEncoder().encode('new'), 0o644);
  const into = new Uint8Array(8);
  assert.equal(handle.value.read(into), { ok: true, value: 3 });
  assert.is(text(into.subarray(0, 3)), 'old');
  assert.is(files.text('/a/b'), 'new');
  handle.value.close();
  assert.throws(() => handle.value.read(into));
});

test('links are followed on the way and never in the last part, unless asked', () => {
  const files = new MemoryFiles().put('/real/f', 'x').putLink('/link', 'real').putLink('/real/g', 'f').putLink('/loop', '/loop');
  assert.is(kind(files.open('/link/f')), 'ok');
  assert.is(kind(files.open('/real/g')), 'link');
  assert.is(kind(files.read('/real/g', 9)), 'link');
  assert.is(kind(files.openFollowing('/link/g')), 'ok');
  assert.is(kind(files.statFollowing('/loop')), 'link');
  assert.equal(files.realPath('/link/g'), { ok: true, value: '/real/f' });
  assert.is(kind(files.read('/real/../real/f', 9)), 'ok');
  assert.equal(files.readLink('/real/g'), { ok: true, value: 'f' });
});

test('modes and owners bind everyone but root', () => {
  const files = new MemoryFiles({ uid: 1000 }).put('/secret', 'x', { mode: 0o600 }).put('/shared', 'x').putFolder('/home', { uid: 1000, mode: 0o700 });
  assert.is(kind(files.read('/secret', 9)), 'denied');
  assert.is(kind(files.read('/shared', 9)), 'ok');
  assert.is(kind(files.create('/new', 0o644)), 'denied');
  assert.is(kind(files.create('/home/new', 0o644)), 'ok');
});

test('failures have the kinds that the port declares', () => {
  const files = new MemoryFiles().put('/f', 'hello').putFolder('/d').put('/d/x', '');
  assert.is(kind(files.read('/f', 4)), 'too-long');
  assert.is(kind(files.read('/none', 4)), 'absent');
  assert.is(kind(files.read('/f/below', 4)), 'absent');
  assert.is(kind(files.read('/d', 4)), 'is-folder');
  assert.is(kind(files.create('/f', 0o644)), 'exists');
  assert.is(kind(files.rename('/f', '/d')), 'is-folder');
  assert.is(kind(files.remove('/none')), 'ok');
  files.mount('/mnt');
  assert.is(kind(files.rename('/f', '/mnt/f')), 'cross-device');
  files.freeBytes = 2;
  assert.is(kind(files.replace('/f', new Uint8Array(3), 0o644)), 'full');
  files.fault = (op) => (op === 'stat' ? 'io' : undefined);
  assert.is(kind(files.stat('/f')), 'io');
});

test('hard links share a file, folders are made with what leads to them, trees go whole', () => {
  const files = new MemoryFiles().put('/f', 'x');
  assert.is(kind(files.makeFolder('/a/b/c', 0o755)), 'ok');
  assert.is(kind(files.link('/f', '/a/g')), 'ok');
  const stat = files.stat('/a/g');
  assert.is(stat.ok && stat.value.links, 2);
  const listed = files.list('/a');
  assert.equal(listed.ok && listed.value.map((e) => `${e.name} ${e.type}`), ['b folder', 'g file']);
  files.removeTree('/a');
  assert.is(kind(files.stat('/a')), 'absent');
  assert.is(files.text('/f'), 'x');
  assert.equal(files.opened, []);
});

test.run();
