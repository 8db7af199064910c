import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { MAX_MANIFEST_BYTES, parseManifest } from '../formats/manifest.ts';
import { type Content, failed, type Io, type Manifest, type ManifestEntry, ok, type Outcome, type Ports } from '../model/index.ts';
import { isSameFile } from './place.ts';

type Files = Ports['files'];
/** How closely content is looked at: names and sizes, or every byte. */
export type Depth = 'quick' | 'deep';
/** A regular file of a manifest. */
export type FileEntry = Extract<ManifestEntry, { type: 'file' }>;

const READ_BYTES = 1024 * 1024;
/** one for all: everything here is synchronous, and a tree may have many thousand small files */
let readBuffer: Uint8Array | undefined;

/** Where a release's files are, unpacked. */
export const filesOf = (content: Pick<Content, 'folder'>): string => join(content.folder, 'content');

type Memo = { readonly stamp: string; readonly manifest: Outcome<Manifest, string> };
const MEMO_SIZE = 4;
/** Manifests that were read, by file system and path: every stage of an installation reads the same two. */
const memos = new WeakMap<Files, Map<string, Memo>>();

/** The manifest of unpacked content, or a phrase that says why there is none. Read again only when the file is another one. */
export function manifestOf(files: Files, folder: string): Outcome<Manifest, string> {
  const path = join(folder, 'manifest.json');
  const seen = files.stat(path);
  if (!seen.ok) return failed(seen.failure.kind === 'absent' ? `${path} is missing` : `${path} cannot be read (${seen.failure.detail})`);
  const { inode, size, modifiedAt } = seen.value;
  const stamp = `${inode} ${size} ${modifiedAt}`;
  const memo = memos.get(files) ?? new Map<string, Memo>();
  memos.set(files, memo);
  const known = memo.get(path);
  if (known?.stamp === stamp) return known.manifest;
  const manifest = readManifest(files, path);
  if (memo.size >= MEMO_SIZE) memo.clear();
  memo.set(path, { stamp, manifest });
  return manifest;
}

function readManifest(files: Files, path: string): Outcome<Manifest, string> {
  const bytes = files.read(path, MAX_MANIFEST_BYTES);
  if (!bytes.ok) return failed(`${path} cannot be read (${bytes.failure.detail})`);
  const parsed = parseManifest(bytes.value);
  return parsed.ok ? parsed : failed(`${path}: ${parsed.failure.text}`);
}

/** The files of a manifest, without folders and links. */
export function fileEntries(manifest: Manifest): readonly FileEntry[] {
  return manifest.entries.filter((e) => e.type === 'file');
}

/** The first thing that is not as the manifest says, as a phrase that names the path; undefined where all is whole. */
export function contentProblem(files: Files, folder: string, manifest: Manifest, depth: Depth): string | undefined {
  for (const entry of manifest.entries) {
    const path = join(folder, 'content', entry.path);
    const problem = entry.type === 'file' ? fileProblem(files, path, entry, depth) : otherProblem(files, path, entry);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Is the file at `path` the one of the manifest? By its size, and by its hash where `deep`. */
export function fileProblem(files: Files, path: string, entry: FileEntry, depth: Depth): string | undefined {
  const seen = files.stat(path);
  if (!seen.ok) return seen.failure.kind === 'absent' ? `${path} is missing` : `${path} cannot be read (${seen.failure.detail})`;
  if (seen.value.type !== 'file') return `${path} is no regular file`;
  if (seen.value.size !== entry.size) return `${path} is ${seen.value.size} bytes long and not ${entry.size}`;
  if (depth === 'quick') return undefined;
  const hash = hashFile(files, path);
  if (!hash.ok) return `${path} cannot be read (${hash.failure.detail})`;
  return hash.value === entry.sha256 ? undefined : `the bytes of ${path} are not those of the release`;
}

/**
 * Is the file at `path` the kept one? One inode is; another (a file system without hard links, or another program's file) is looked
 * at byte by byte.
 */
export function installedProblem(files: Files, path: string, kept: string, entry: FileEntry, depth: Depth): string | undefined {
  return fileProblem(files, path, entry, depth === 'quick' && isSameFile(files, path, kept) ? 'quick' : 'deep');
}

function otherProblem(files: Files, path: string, entry: Exclude<ManifestEntry, FileEntry>): string | undefined {
  const seen = files.stat(path);
  if (!seen.ok) return seen.failure.kind === 'absent' ? `${path} is missing` : `${path} cannot be read (${seen.failure.detail})`;
  if (entry.type === 'folder') return seen.value.type === 'folder' ? undefined : `${path} is no folder`;
  const target = files.readLink(path);
  return target.ok && target.value === entry.target ? undefined : `${path} is not the link to ${entry.target}`;
}

/** SHA-256 of a file, 64 hex digits. */
export function hashFile(files: Files, path: string): Io<string> {
  const opened = files.open(path);
  if (!opened.ok) return opened;
  const hash = createHash('sha256');
  const buffer = (readBuffer ??= new Uint8Array(READ_BYTES));
  for (;;) {
    const count = opened.value.read(buffer);
    if (!count.ok || count.value === 0) {
      opened.value.close();
      return count.ok ? ok(hash.digest('hex')) : count;
    }
    hash.update(buffer.subarray(0, count.value));
  }
}
