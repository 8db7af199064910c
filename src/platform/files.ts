import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statfsSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Files, type FileStat, type FolderEntry, type Io, ok, type Random } from '../model/index.ts';
import { statOf } from './file-handle.ts';
import { attempt, refuse } from './io.ts';
import { appendFile, createFile, openFollowing, openForReading, readWhole } from './open-file.ts';
import { syncFolder, syncTree } from './sync-tree.ts';

/** A name of 255 bytes is the longest; `.`, 16 hex digits and `.tmp` come around the one that we are given. */
const TEMPORARY_NAME_BYTES = 200;

/** The real file system. */
export function createFiles(random: Random): Files {
  const temporaryName = (path: string): string => {
    const name = basename(path);
    const short = Buffer.byteLength(name) <= TEMPORARY_NAME_BYTES ? name : Buffer.from(name).toString('hex').slice(0, 40);
    return join(dirname(path), `.${short}.${Buffer.from(random.bytes(8)).toString('hex')}.tmp`);
  };
  return {
    open: openForReading,
    openFollowing,
    create: createFile,
    append: appendFile,
    read: readWhole,
    replace: (path, bytes, mode) => replace(path, temporaryName(path), bytes, mode),
    stat: (path) => seenAt(path, () => lstatSync(path, QUIET)),
    statFollowing: (path) => seenAt(path, () => statSync(path, QUIET)),
    list,
    makeFolder,
    rename: (from, to) => silently(attempt('rename', to, () => renameSync(from, to))),
    link: (from, to) => silently(attempt('link', to, () => linkSync(from, to))),
    symlink: (target, path) => silently(attempt('symlink', path, () => symlinkSync(target, path))),
    readLink: (path) => attempt('readlink', path, () => readlinkSync(path)),
    realPath: (path) => attempt('realpath', path, () => realpathSync(path)),
    chmod: (path, mode) => silently(attempt('chmod', path, () => chmodSync(path, mode))),
    remove,
    removeTree: (path) => silently(attempt('remove', path, () => rmSync(path, { recursive: true, force: true }))),
    syncFolder,
    syncTree,
    space,
    temporaryName,
  };
}

/** Much of what is looked for is not there, and an error with its stack costs ten times what the look does. */
const QUIET = { throwIfNoEntry: false } as const;

function seenAt(path: string, look: () => Stats | undefined): Io<FileStat> {
  const seen = attempt('stat', path, look);
  if (!seen.ok) return seen;
  return seen.value === undefined ? refuse('absent', 'stat', path, `ENOENT: no such file or directory, stat '${path}'`) : ok(statOf(seen.value));
}

function silently(done: Io<unknown>): Io<undefined> {
  return done.ok ? ok() : done;
}

function replace(path: string, temporary: string, bytes: Uint8Array, mode: number): Io<undefined> {
  const created = createFile(temporary, mode);
  if (!created.ok) return created;
  const written = created.value.write(bytes);
  const synced = written.ok ? created.value.sync() : written;
  created.value.close();
  const renamed = synced.ok ? attempt('rename', path, () => renameSync(temporary, path)) : synced;
  if (renamed.ok) return syncFolder(dirname(path));
  remove(temporary);
  return renamed;
}

function list(path: string): Io<readonly FolderEntry[]> {
  const listed = attempt('list', path, () => readdirSync(path, { withFileTypes: true }));
  if (!listed.ok) {
    const isThere = listed.failure.kind === 'absent' && seenAt(path, () => lstatSync(path, QUIET)).ok;
    return isThere ? refuse('not-folder', 'list', path, 'not a folder') : listed;
  }
  return ok(
    listed.value.map((e) => ({
      name: e.name,
      type: e.isFile() ? 'file' : e.isDirectory() ? 'folder' : e.isSymbolicLink() ? 'link' : 'other',
    })),
  );
}

function makeFolder(path: string, mode: number): Io<undefined> {
  const made = attempt('mkdir', path, () => mkdirSync(path, { mode }));
  if (made.ok) return silently(attempt('chmod', path, () => chmodSync(path, mode)));
  if (made.failure.kind === 'exists') return existingFolder(path);
  if (made.failure.kind !== 'absent') return made;
  if (made.failure.detail.startsWith('ENOTDIR')) return refuse('not-folder', 'mkdir', path, 'a folder above it is a file');
  const parent = dirname(path);
  if (parent === path) return made;
  const above = makeFolder(parent, mode);
  if (!above.ok) return above;
  const again = attempt('mkdir', path, () => mkdirSync(path, { mode }));
  if (!again.ok) return again.failure.kind === 'exists' ? existingFolder(path) : again;
  return silently(attempt('chmod', path, () => chmodSync(path, mode)));
}

function existingFolder(path: string): Io<undefined> {
  const seen = attempt('mkdir', path, () => lstatSync(path));
  if (!seen.ok) return seen;
  if (seen.value.isDirectory()) return ok();
  return seen.value.isSymbolicLink()
    ? refuse('link', 'mkdir', path, 'a link, where none may be')
    : refuse('exists', 'mkdir', path, 'there is a file with this name');
}

/** Deno's unlink removes an empty folder too, so what is there is looked at first. */
function remove(path: string): Io<undefined> {
  if ('Deno' in globalThis) {
    const seen = attempt('remove', path, () => lstatSync(path));
    if (seen.ok && seen.value.isDirectory()) return refuse('is-folder', 'remove', path, 'a folder');
  }
  const done = attempt('remove', path, () => unlinkSync(path));
  if (done.ok || done.failure.kind === 'absent') return ok();
  return done;
}

function space(path: string): Io<{ readonly freeBytes: number; readonly freeInodes: number; readonly device: number }> {
  return attempt('statfs', path, () => {
    const fs = statfsSync(path);
    return {
      freeBytes: fs.bavail * fs.bsize,
      // file systems without a table of inodes (btrfs) say 0 of 0
      freeInodes: fs.files === 0 ? Number.MAX_SAFE_INTEGER : fs.ffree,
      device: statSync(path).dev,
    };
  });
}
