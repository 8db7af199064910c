import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { comparePaths, type FileEntry, manifestProblem, MAX_ENTRIES } from '../formats/package.ts';
import { asSha256, type Failure, fail, type FileHandle, type IoFailure, type Manifest, type ManifestEntry, ok, type Outcome, type Ports } from '../model/index.ts';
import { isSigningKey } from './keys.ts';
import { ioProblem } from './ports.ts';

type Files = Pick<Ports, 'files'>;

/** What is to be published: its manifest, and where each of its files is. */
export type Source = { readonly path: string; readonly manifest: Manifest; readonly fileAt: (entry: FileEntry) => string };

/** How a key begins that `repo init` made. */
const PEM = Buffer.from('-----BEGIN');
const READ_BYTES = 256 * 1024;
/** One for all: 20 000 small files would each cost a quarter of a megabyte of zeroes. Nothing waits between a read and its use. */
let shared: Uint8Array | undefined;
const readBuffer = (): Uint8Array => (shared ??= new Uint8Array(READ_BYTES));

/**
 * Looks at what is to be published: every name, type, size and hash. A file is published under its own name, with the FILE.sign beside
 * it, if there is one. Owner, time and all of the mode but "executable" are left behind.
 */
export function readSource(ports: Files, path: string): Outcome<Source, Failure> {
  const seen = ports.files.statFollowing(path);
  if (!seen.ok) return unreadable(path, seen.failure);
  if (seen.value.type === 'folder') return tree(ports, path);
  if (seen.value.type !== 'file') return fail('repo-source', { path, problem: 'it is neither a file nor a folder' });
  const name = basename(path);
  const companion = ports.files.statFollowing(`${path}.sign`);
  const names = companion.ok && companion.value.type === 'file' ? [name, `${name}.sign`] : [name];
  const entries: ManifestEntry[] = [];
  for (const one of names) {
    const file = fileEntry(ports, join(path, '..', one), one, 'follow');
    if (!file.ok) return file;
    entries.push(file.value);
  }
  return source(path, join(path, '..'), { schema: 'glued.manifest/1', shape: names.length === 1 ? 'file' : 'tree', entries });
}

function tree(ports: Files, root: string): Outcome<Source, Failure> {
  const entries: ManifestEntry[] = [];
  const walked = walk(ports, root, '', entries);
  if (!walked.ok) return walked;
  entries.sort((a, b) => comparePaths(a.path, b.path));
  return source(root, root, { schema: 'glued.manifest/1', shape: 'tree', entries });
}

function source(path: string, base: string, manifest: Manifest): Outcome<Source, Failure> {
  const problem = manifestProblem(manifest);
  return problem === undefined ? ok({ path, manifest, fileAt: (entry) => join(base, entry.path) }) : fail('repo-source', { path, problem });
}

function walk(ports: Files, folder: string, prefix: string, entries: ManifestEntry[]): Outcome<undefined, Failure> {
  const listed = ports.files.list(folder);
  if (!listed.ok) return unreadable(folder, listed.failure);
  for (const { name, type } of listed.value) {
    const path = prefix + name;
    const full = join(folder, name);
    if (entries.length >= MAX_ENTRIES) return fail('repo-source', { path: folder, problem: `it holds more than ${MAX_ENTRIES} files` });
    if (type === 'other') return fail('repo-source', { path: full, problem: 'it is a device, a pipe or a socket' });
    const added = type === 'folder' ? addFolder(ports, full, path, entries) : addLeaf(ports, full, path, type, entries);
    if (!added.ok) return added;
  }
  return ok();
}

function addFolder(ports: Files, full: string, path: string, entries: ManifestEntry[]): Outcome<undefined, Failure> {
  entries.push({ type: 'folder', path });
  return walk(ports, full, `${path}/`, entries);
}

function addLeaf(ports: Files, full: string, path: string, type: 'file' | 'link', entries: ManifestEntry[]): Outcome<undefined, Failure> {
  if (type === 'link') {
    const target = ports.files.readLink(full);
    if (!target.ok) return unreadable(full, target.failure);
    entries.push({ type, path, target: target.value });
    return ok();
  }
  const file = fileEntry(ports, full, path, 'no-follow');
  if (!file.ok) return file;
  entries.push(file.value);
  return ok();
}

function fileEntry({ files }: Files, full: string, path: string, links: 'follow' | 'no-follow'): Outcome<FileEntry, Failure> {
  const opened = links === 'follow' ? files.openFollowing(full) : files.open(full);
  if (!opened.ok) return unreadable(full, opened.failure);
  const entry = hashed(opened.value, full, path);
  opened.value.close();
  return entry;
}

function hashed(handle: FileHandle, full: string, path: string): Outcome<FileEntry, Failure> {
  const seen = handle.stat();
  if (!seen.ok) return unreadable(full, seen.failure);
  const hash = createHash('sha256');
  const buffer = readBuffer();
  let size = 0;
  for (;;) {
    const count = handle.read(buffer);
    if (!count.ok) return unreadable(full, count.failure);
    if (count.value === 0) break;
    const bytes = buffer.subarray(0, count.value);
    if (size === 0 && isPem(bytes) && isSigningKey(bytes)) return fail('repo-source-key', { path: full });
    hash.update(bytes);
    size += bytes.length;
  }
  const sha256 = asSha256(hash.digest('hex'));
  if (sha256 === undefined) throw new Error('a SHA-256 is 64 hex digits');
  return ok({ type: 'file', path, size, sha256, mode: (seen.value.mode & 0o100) === 0 ? 0o644 : 0o755 });
}

/** Before a key is parsed, which is slow where every file of a large folder is looked at. */
const isPem = (bytes: Uint8Array): boolean => PEM.every((byte, at) => bytes[at] === byte);

/** The bytes of one file, which must still be those that were hashed. */
export function* fileBytes({ files }: Files, source: Source, entry: FileEntry): Generator<Outcome<Uint8Array, Failure>, void> {
  const path = source.fileAt(entry);
  const opened = files.openFollowing(path);
  if (!opened.ok) return yield unreadable(path, opened.failure);
  const hash = createHash('sha256');
  const buffer = readBuffer();
  let size = 0;
  try {
    for (;;) {
      const count = opened.value.read(buffer);
      if (!count.ok) return yield unreadable(path, count.failure);
      const bytes = buffer.subarray(0, count.value);
      size += bytes.length;
      hash.update(bytes);
      const changed = size > entry.size || (count.value === 0 && (size < entry.size || hash.digest('hex') !== entry.sha256));
      if (changed) return yield fail('repo-source', { path, problem: 'it changed while it was being published' });
      if (count.value === 0) return;
      yield ok(bytes);
    }
  } finally {
    opened.value.close();
  }
}

function unreadable(path: string, io: IoFailure): Outcome<never, Failure> {
  return fail('repo-source', { path, problem: io.kind === 'absent' ? 'it is not there' : `it cannot be read (${ioProblem(io)})` }, io.detail);
}
