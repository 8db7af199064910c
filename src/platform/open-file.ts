import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync } from 'node:fs';
import { type FileHandle, type Io, ok } from '../model/index.ts';
import { OpenFile } from './file-handle.ts';
import { attempt, refuse } from './io.ts';

const READ_STEP = 256 * 1024;

/** NONBLOCK: a named pipe put in a file's place must not hold us up for ever. A flag that the system does not have is 0. */
const nonBlock = (): number => constants.O_NONBLOCK ?? 0;

/** Deno with a list of allowed paths resolves links itself, before it looks into the list, and O_NOFOLLOW comes too late then. */
const resolvesLinks = (): boolean => process.versions['deno'] !== undefined;

function openNotLink(op: string, path: string, flag: number, mode: number): Io<number> {
  if (constants.O_NOFOLLOW === undefined || resolvesLinks()) {
    const seen = attempt('lstat', path, () => lstatSync(path));
    if (seen.ok && seen.value.isSymbolicLink()) return isLink(op, path);
  }
  const fd = attempt(op, path, () => openSync(path, flag | (constants.O_NOFOLLOW ?? 0) | nonBlock(), mode));
  if (!fd.ok || !resolvesLinks()) return fd;
  // a link that was put there between the two is told by what was opened: it is not what bears the name
  const same = attempt('lstat', path, () => isSame(fstatSync(fd.value, { bigint: true }), lstatSync(path, { bigint: true })));
  if (same.ok && same.value) return fd;
  attempt('close', path, () => closeSync(fd.value));
  return same.ok ? isLink(op, path) : same;
}

const isLink = (op: string, path: string): Io<never> => refuse('link', op, path, 'a link, where none may be');
const isSame = (a: BigIntStats, b: BigIntStats): boolean => a.dev === b.dev && a.ino === b.ino;

/** For reading, never through a link in the last part. */
export function openForReading(path: string): Io<FileHandle> {
  const fd = openNotLink('open', path, constants.O_RDONLY, 0);
  return fd.ok ? ok(new OpenFile(fd.value, path, null)) : fd;
}

/** For reading, through links. */
export function openFollowing(path: string): Io<FileHandle> {
  const fd = attempt('open', path, () => openSync(path, constants.O_RDONLY | nonBlock()));
  return fd.ok ? ok(new OpenFile(fd.value, path, null)) : fd;
}

/** These bits no mode of ours has, so a umask of them takes nothing away. */
const UMASK = 0o022;

let umask: 'ours' | "our caller's" = "our caller's";

/**
 * From here on the mode that is asked for is the mode that a new file gets: the umask of whoever started us does not decide what others may
 * read. It saves a chmod for each file; Deno wants a permission for it, and goes without.
 */
export function setUmask(): void {
  if (process.versions['deno'] !== undefined) return;
  process.umask(UMASK);
  umask = 'ours';
}

/** A new file, with exactly this mode. */
export function createFile(path: string, mode: number): Io<FileHandle> {
  const fd = attempt('create', path, () => openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, mode));
  if (!fd.ok) return fd;
  const file = new OpenFile(fd.value, path, 0);
  if (umask === 'ours' && (mode & UMASK) === 0) return ok(file);
  const chmod = file.chmod(mode);
  if (chmod.ok) return ok(file);
  file.close();
  return chmod;
}

/** A file to be written on, position at its end. */
export function appendFile(path: string, mode: number): Io<FileHandle> {
  const fd = openNotLink('append', path, constants.O_RDWR | constants.O_CREAT, mode);
  if (!fd.ok) return fd;
  const seen = attempt('fstat', path, () => fstatSync(fd.value));
  if (seen.ok && seen.value.isFile()) return ok(new OpenFile(fd.value, path, seen.value.size));
  attempt('close', path, () => closeSync(fd.value));
  return seen.ok ? refuse('io', 'append', path, 'not a regular file') : seen;
}

/** The whole file, at most maxBytes. The size is only a guess: files of /proc say 0, and a file may grow while it is read. */
export function readWhole(path: string, maxBytes: number): Io<Uint8Array> {
  const opened = openForReading(path);
  if (!opened.ok) return opened;
  const file = opened.value;
  try {
    const seen = file.stat();
    if (!seen.ok) return seen;
    if (seen.value.type === 'folder') return refuse('is-folder', 'read', path, 'a folder, not a file');
    if (seen.value.size > maxBytes) return refuse('too-long', 'read', path, `${seen.value.size} bytes, at most ${maxBytes} are allowed`);
    return readToEnd(file, path, seen.value.size + 1, maxBytes);
  } finally {
    file.close();
  }
}

function readToEnd(file: FileHandle, path: string, guess: number, maxBytes: number): Io<Uint8Array> {
  let bytes = new Uint8Array(guess);
  let length = 0;
  for (;;) {
    if (length === bytes.length) {
      const wider = new Uint8Array(bytes.length + READ_STEP);
      wider.set(bytes);
      bytes = wider;
    }
    const got = file.read(bytes.subarray(length));
    if (!got.ok) return got;
    if (got.value === 0) return ok(bytes.subarray(0, length));
    length += got.value;
    if (length > maxBytes) return refuse('too-long', 'read', path, `more than ${maxBytes} bytes`);
  }
}
