import { basename, join } from 'node:path';
import { type FileStat, type Io, ok, type Ports } from '../model/index.ts';

type Files = Ports['files'];

const COPY_BYTES = 1024 * 1024;
/** the hex digits and the ending of a temporary name (Files.temporaryName) */
const TEMPORARY_TAIL = /^[0-9a-f]{16}\.tmp$/;
const TEMPORARY_TAIL_LENGTH = 20;

/** What stands at a path, or undefined where nothing does. */
export function seenAt(files: Files, path: string): Io<FileStat | undefined> {
  const seen = files.stat(path);
  if (seen.ok) return seen;
  return seen.failure.kind === 'absent' ? ok(undefined) : seen;
}

/** Are these two names of one file? False where either is missing. */
export function isSameFile(files: Files, a: string, b: string): boolean {
  const one = files.stat(a);
  const other = files.stat(b);
  return one.ok && other.ok && one.value.device === other.value.device && one.value.inode === other.value.inode;
}

/**
 * Makes `to` a name of the file `from`: a hard link under a temporary name, renamed over `to`; a copy where the file system has no
 * hard links. At each instant `to` is what it was or what it shall be. The folder is still to be synced.
 */
export function placeFile(files: Files, from: string, to: string): Io<undefined> {
  // rename between two names of one file does nothing (POSIX), and would leave the temporary one
  if (isSameFile(files, from, to)) return ok();
  const temporary = files.temporaryName(to);
  const made = linkOrCopy(files, from, temporary);
  const done = made.ok ? files.rename(temporary, to) : made;
  if (!done.ok) files.remove(temporary);
  return done;
}

/** A second name for a file, or a copy of it, at a name that is free. */
export function linkOrCopy(files: Files, from: string, to: string): Io<undefined> {
  const linked = files.link(from, to);
  if (linked.ok || linked.failure.kind === 'full' || linked.failure.kind === 'absent' || linked.failure.kind === 'exists') return linked;
  return copyFile(files, from, to);
}

function copyFile(files: Files, from: string, to: string): Io<undefined> {
  const source = files.open(from);
  if (!source.ok) return source;
  const stat = source.value.stat();
  const target = stat.ok ? files.create(to, stat.value.mode) : stat;
  if (!target.ok) {
    source.value.close();
    return target;
  }
  const done = pump(source.value, target.value);
  const moded = done.ok && stat.ok ? target.value.chmod(stat.value.mode) : done;
  const synced = moded.ok ? target.value.sync() : moded;
  source.value.close();
  target.value.close();
  return synced;
}

type Handle = Extract<ReturnType<Files['open']>, { ok: true }>['value'];

function pump(source: Handle, target: Handle): Io<undefined> {
  const buffer = new Uint8Array(COPY_BYTES);
  for (;;) {
    const count = source.read(buffer);
    if (!count.ok) return count;
    if (count.value === 0) return ok();
    const written = target.write(buffer.subarray(0, count.value));
    if (!written.ok) return written;
  }
}

/** Makes `path` a link to `target`, by one rename of a new link over whatever link or file stands there. */
export function placeLink(files: Files, target: string, path: string): Io<undefined> {
  const now = files.readLink(path);
  if (now.ok && now.value === target) return ok();
  const temporary = files.temporaryName(path);
  const made = files.symlink(target, temporary);
  const done = made.ok ? files.rename(temporary, path) : made;
  if (!done.ok) files.remove(temporary);
  return done;
}

/** The names in a folder that an interrupted `placeFile` or `placeLink` of one of `names` left. */
export function leftovers(files: Files, folder: string, names: readonly string[]): Io<readonly string[]> {
  const listed = files.list(folder);
  if (!listed.ok) return listed.failure.kind === 'absent' ? ok([]) : listed;
  const heads = new Set(names.map((name) => basename(files.temporaryName(join(folder, name))).slice(0, -TEMPORARY_TAIL_LENGTH)));
  const found = listed.value.filter(
    (e) => TEMPORARY_TAIL.test(e.name.slice(-TEMPORARY_TAIL_LENGTH)) && heads.has(e.name.slice(0, -TEMPORARY_TAIL_LENGTH)) && e.type !== 'folder',
  );
  return ok(found.map((e) => join(folder, e.name)));
}
