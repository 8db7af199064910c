/** What every implementation of the Files port does: run on the real file system and on the one in memory. */
import * as assert from 'uvu/assert';
import { test } from 'uvu';
import type { FileHandle, Files, Io } from '../../src/model/index.ts';

type World = { readonly files: Files; readonly dir: string };

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (read: Uint8Array): string => new TextDecoder().decode(read);
export const kind = (io: Io<unknown>): string => (io.ok ? 'ok' : io.failure.kind);

function must<T>(io: Io<T>): T {
  if (!io.ok) throw new Error(`${io.failure.op} ${io.failure.path}: ${io.failure.kind} ${io.failure.detail}`);
  return io.value;
}

function put(files: Files, path: string, content: string): void {
  must(files.replace(path, bytes(content), 0o644));
}

function all(file: FileHandle): string {
  const into = new Uint8Array(64);
  const got = must(file.read(into, 0));
  return text(into.subarray(0, got));
}

type Case = readonly [name: string, run: (world: World) => void];

const CASES: readonly Case[] = [
  [
    'replace makes a file and replaces it whole, with the mode asked for and nothing left beside it',
    ({ files, dir }) => {
      put(files, `${dir}/a`, 'one');
      must(files.replace(`${dir}/a`, bytes('two'), 0o600));
      assert.is(text(must(files.read(`${dir}/a`, 3))), 'two');
      assert.is(must(files.stat(`${dir}/a`)).mode, 0o600);
      assert.equal(must(files.list(dir)).map((e) => e.name), ['a']);
    },
  ],
  [
    'replace over a link replaces the link, not what it points at',
    ({ files, dir }) => {
      put(files, `${dir}/target`, 'kept');
      must(files.symlink('target', `${dir}/link`));
      put(files, `${dir}/link`, 'new');
      assert.is(text(must(files.read(`${dir}/target`, 9))), 'kept');
      assert.is(must(files.stat(`${dir}/link`)).type, 'file');
    },
  ],
  [
    'replace in a folder that is not there is absent, over a folder is-folder',
    ({ files, dir }) => {
      assert.is(kind(files.replace(`${dir}/none/a`, bytes('x'), 0o644)), 'absent');
      must(files.makeFolder(`${dir}/d`, 0o755));
      assert.is(kind(files.replace(`${dir}/d`, bytes('x'), 0o644)), 'is-folder');
      assert.equal(must(files.list(dir)).map((e) => e.name), ['d']);
    },
  ],
  [
    'read gives exactly up to its limit, and says too-long beyond it',
    ({ files, dir }) => {
      put(files, `${dir}/a`, 'hello');
      assert.is(text(must(files.read(`${dir}/a`, 5))), 'hello');
      assert.is(kind(files.read(`${dir}/a`, 4)), 'too-long');
      put(files, `${dir}/empty`, '');
      assert.is(must(files.read(`${dir}/empty`, 0)).length, 0);
    },
  ],
  [
    'reading what is not there, or is no file, has its own kind',
    ({ files, dir }) => {
      put(files, `${dir}/f`, 'x');
      assert.is(kind(files.read(`${dir}/none`, 9)), 'absent');
      assert.is(kind(files.read(`${dir}/f/below`, 9)), 'absent');
      assert.is(kind(files.read(dir, 9)), 'is-folder');
      assert.is(kind(files.stat(`${dir}/none`)), 'absent');
      assert.is(kind(files.readLink(`${dir}/f`)), 'io');
    },
  ],
  [
    'open, read and append never go through a link in the last part; openFollowing does',
    ({ files, dir }) => {
      put(files, `${dir}/target`, 'secret');
      must(files.symlink('target', `${dir}/link`));
      assert.is(kind(files.open(`${dir}/link`)), 'link');
      assert.is(kind(files.read(`${dir}/link`, 9)), 'link');
      assert.is(kind(files.append(`${dir}/link`, 0o600)), 'link');
      const followed = must(files.openFollowing(`${dir}/link`));
      assert.is(all(followed), 'secret');
      followed.close();
    },
  ],
  [
    'links on the way are followed',
    ({ files, dir }) => {
      must(files.makeFolder(`${dir}/real`, 0o755));
      put(files, `${dir}/real/f`, 'x');
      must(files.symlink('real', `${dir}/way`));
      assert.is(text(must(files.read(`${dir}/way/f`, 9))), 'x');
      assert.is(must(files.realPath(`${dir}/way/f`)), `${must(files.realPath(dir))}/real/f`);
    },
  ],
  [
    'create makes a new file and nothing else',
    ({ files, dir }) => {
      const made = must(files.create(`${dir}/new`, 0o640));
      must(made.write(bytes('ab')));
      must(made.write(bytes('cd')));
      assert.is(all(made), 'abcd');
      must(made.sync());
      made.close();
      assert.is(must(files.stat(`${dir}/new`)).mode, 0o640);
      assert.is(kind(files.create(`${dir}/new`, 0o640)), 'exists');
      must(files.symlink('nowhere', `${dir}/dangling`));
      assert.is(kind(files.create(`${dir}/dangling`, 0o640)), 'exists');
      assert.is(kind(files.create(`${dir}/none/x`, 0o640)), 'absent');
    },
  ],
  [
    'append goes on at the end, and after truncate at the new end',
    ({ files, dir }) => {
      put(files, `${dir}/part`, 'abc');
      const part = must(files.append(`${dir}/part`, 0o600));
      must(part.write(bytes('def')));
      assert.is(all(part), 'abcdef');
      must(part.truncate(2));
      must(part.write(bytes('X')));
      assert.is(all(part), 'abX');
      must(part.truncate(0));
      must(part.write(bytes('anew')));
      assert.is(all(part), 'anew');
      part.close();
      const fresh = must(files.append(`${dir}/fresh`, 0o600));
      must(fresh.write(bytes('1')));
      fresh.close();
      assert.is(text(must(files.read(`${dir}/fresh`, 9))), '1');
    },
  ],
  [
    'a handle reads on from where it was, or at a place, until the end is 0',
    ({ files, dir }) => {
      put(files, `${dir}/a`, 'abcdef');
      const file = must(files.open(`${dir}/a`));
      const two = new Uint8Array(2);
      const read = (at?: number): string => text(two.subarray(0, must(file.read(two, at))));
      assert.equal([read(), read(), read(1), read(), read()], ['ab', 'cd', 'bc', 'ef', '']);
      assert.is(must(file.stat()).size, 6);
      file.close();
    },
  ],
  [
    'a handle stays with its file, whatever happens to the name',
    ({ files, dir }) => {
      put(files, `${dir}/a`, 'old');
      const file = must(files.open(`${dir}/a`));
      put(files, `${dir}/a`, 'new');
      must(files.remove(`${dir}/a`));
      assert.is(all(file), 'old');
      file.close();
      file.close();
      assert.throws(() => file.read(new Uint8Array(1)));
    },
  ],
  [
    'makeFolder makes what leads there too, and takes a folder, but no link or file',
    ({ files, dir }) => {
      must(files.makeFolder(`${dir}/a/b/c`, 0o700));
      must(files.makeFolder(`${dir}/a/b/c`, 0o700));
      assert.is(must(files.stat(`${dir}/a/b/c`)).mode, 0o700);
      must(files.symlink('a', `${dir}/link`));
      assert.is(kind(files.makeFolder(`${dir}/link`, 0o700)), 'link');
      put(files, `${dir}/f`, '');
      assert.is(kind(files.makeFolder(`${dir}/f`, 0o700)), 'exists');
    },
  ],
  [
    'list tells types without following links, and what is no folder',
    ({ files, dir }) => {
      put(files, `${dir}/f`, '');
      must(files.makeFolder(`${dir}/d`, 0o755));
      must(files.symlink('d', `${dir}/l`));
      const found = [...must(files.list(dir))].sort((a, b) => (a.name < b.name ? -1 : 1));
      assert.equal(found, [{ name: 'd', type: 'folder' }, { name: 'f', type: 'file' }, { name: 'l', type: 'link' }]);
      assert.is(kind(files.list(`${dir}/f`)), 'not-folder');
      assert.is(kind(files.list(`${dir}/none`)), 'absent');
    },
  ],
  [
    'rename replaces files and links, and never a folder that holds something',
    ({ files, dir }) => {
      put(files, `${dir}/a`, 'a');
      must(files.symlink('x', `${dir}/l1`));
      must(files.symlink('y', `${dir}/l2`));
      must(files.rename(`${dir}/l1`, `${dir}/l2`));
      assert.is(must(files.readLink(`${dir}/l2`)), 'x');
      must(files.makeFolder(`${dir}/full/x`, 0o755));
      must(files.makeFolder(`${dir}/other`, 0o755));
      assert.is(kind(files.rename(`${dir}/other`, `${dir}/full`)), 'not-empty');
      assert.is(kind(files.rename(`${dir}/a`, `${dir}/full`)), 'is-folder');
      assert.is(kind(files.rename(`${dir}/none`, `${dir}/b`)), 'absent');
    },
  ],
  [
    'link gives a file a second name',
    ({ files, dir }) => {
      put(files, `${dir}/a`, 'a');
      must(files.link(`${dir}/a`, `${dir}/b`));
      const [a, b] = [must(files.stat(`${dir}/a`)), must(files.stat(`${dir}/b`))];
      assert.is(a.inode, b.inode);
      assert.is(a.links, 2);
      assert.is(kind(files.link(`${dir}/a`, `${dir}/b`)), 'exists');
    },
  ],
  [
    'stat sees a link, statFollowing what it points at; a loop is a link',
    ({ files, dir }) => {
      put(files, `${dir}/f`, 'xyz');
      must(files.symlink('f', `${dir}/l`));
      must(files.symlink('loop', `${dir}/loop`));
      assert.is(must(files.stat(`${dir}/l`)).type, 'link');
      assert.is(must(files.statFollowing(`${dir}/l`)).size, 3);
      assert.is(kind(files.statFollowing(`${dir}/loop`)), 'link');
      must(files.chmod(`${dir}/f`, 0o755));
      assert.is(must(files.stat(`${dir}/f`)).mode, 0o755);
    },
  ],
  [
    'remove takes files and links, is fine with nothing there, and refuses a folder, an empty one too',
    ({ files, dir }) => {
      put(files, `${dir}/f`, '');
      must(files.makeFolder(`${dir}/d`, 0o755));
      must(files.symlink('f', `${dir}/l`));
      must(files.remove(`${dir}/l`));
      assert.is(must(files.stat(`${dir}/f`)).type, 'file');
      must(files.remove(`${dir}/f`));
      must(files.remove(`${dir}/f`));
      must(files.remove(`${dir}/none/x`));
      assert.is(kind(files.remove(`${dir}/d`)), 'is-folder');
      assert.is(must(files.stat(`${dir}/d`)).type, 'folder');
    },
  ],
  [
    'removeTree takes everything below and follows no link',
    ({ files, dir }) => {
      must(files.makeFolder(`${dir}/keep`, 0o755));
      put(files, `${dir}/keep/f`, 'x');
      must(files.makeFolder(`${dir}/t/a/b`, 0o755));
      put(files, `${dir}/t/a/f`, 'x');
      must(files.symlink('../keep', `${dir}/t/l`));
      must(files.removeTree(`${dir}/t`));
      must(files.removeTree(`${dir}/t`));
      assert.is(kind(files.stat(`${dir}/t`)), 'absent');
      assert.is(text(must(files.read(`${dir}/keep/f`, 9))), 'x');
    },
  ],
  [
    'folders and trees are synced, and space is told with the device',
    ({ files, dir }) => {
      put(files, `${dir}/f`, 'x');
      must(files.syncFolder(dir));
      must(files.syncTree(dir));
      assert.is(kind(files.syncFolder(`${dir}/none`)), 'absent');
      const room = must(files.space(dir));
      assert.ok(room.freeBytes > 0 && room.freeInodes > 0);
      assert.is(room.device, must(files.stat(dir)).device);
      assert.is(kind(files.space(`${dir}/none`)), 'absent');
    },
  ],
  [
    'a temporary name lies in the same folder and is never the same twice',
    ({ files, dir }) => {
      const [a, b] = [files.temporaryName(`${dir}/x.json`), files.temporaryName(`${dir}/x.json`)];
      assert.match(a, /\/\.x\.json\.[0-9a-f]{16}\.tmp$/);
      assert.ok(a.startsWith(`${dir}/.`));
      assert.is.not(a, b);
    },
  ],
];

/** Adds the suite's tests, each in a world of its own. */
export function filesSuite(name: string, make: () => World): void {
  for (const [title, run] of CASES) test(`${name}: ${title}`, () => run(make()));
}
