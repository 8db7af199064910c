import { isUtf8 } from 'node:buffer';
import { dirname, join } from 'node:path';
import { manifestBytes } from '../../../formats/manifest.ts';
import { fail, type Failure, type Io, type Job, type Manifest, type ManifestEntry, ok, type Outcome, type Ports, sha256Of } from '../../../model/index.ts';
import { type FileEntry, filesOf, manifestOf } from '../../content.ts';
import { ioProblem } from '../../io-failures.ts';
import { linkOrCopy } from '../../place.ts';
import { applyFilters } from './apply-filters.ts';
import type { ReadFilters } from './filter-files.ts';
import type { Filters } from './filter-lines.ts';
import { isInUse, keepDigest, slotOf, stage } from './slots.ts';

type Files = Ports['files'];

/** One rule file, which is read whole; all rules that are published anywhere are less than 50 MB */
export const MAX_RULES_BYTES = 256 * 1024 * 1024;
const MAX_TOLD = 10;

export const isRules = (path: string): boolean => path.endsWith('.rules');

/**
 * Makes and stages what will be installed of the release: the release itself where there are no filters and it is a tree; else a tree in a slot
 * beside it, whose rule files are filtered and whose other files are the release's own. Gives the problems that the filters met.
 */
export function serve(files: Files, job: Job, read: ReadFilters | undefined): Outcome<readonly string[], Failure> {
  const { next, component } = job;
  const manifest = manifestOf(files, next.folder);
  if (!manifest.ok) return fail('content-damaged', { component: component.id, version: next.version, folder: next.folder, problem: manifest.failure });
  const isAsPublished = read === undefined && manifest.value.shape === 'tree';
  const done = isAsPublished ? staged(files, next.folder, undefined, []) : make(files, next.folder, manifest.value, read);
  if (done.ok) return done;
  const { kind, op, path, detail } = done.failure;
  if (kind === 'full') return fail('unpack-disk-full', { path }, detail);
  return fail('rules-not-served', { component: component.id, version: next.version, op, path, problem: ioProblem(done.failure) }, detail);
}

function staged(files: Files, folder: string, slot: string | undefined, notes: readonly string[]): Io<readonly string[]> {
  const done = stage(files, folder, slot);
  return done.ok ? ok(notes) : done;
}

function make(files: Files, folder: string, manifest: Manifest, read: ReadFilters | undefined): Io<readonly string[]> {
  const filters = read?.filters;
  const slot = slotOf(folder, read?.digest ?? 'none');
  if (isInUse(files, folder, slot)) return staged(files, folder, slot, []);
  const work = `${slot}.new`;
  const notes: string[] = [];
  const entries: ManifestEntry[] = [];
  const begun = files.removeTree(work);
  const made = begun.ok ? files.makeFolder(join(work, 'content'), 0o755) : begun;
  if (!made.ok) return made;
  for (const entry of manifest.entries) {
    const put = putEntry(files, { folder, work, filters, notes }, entry);
    if (!put.ok) return put;
    entries.push(put.value);
  }
  const served: Manifest = { schema: 'glued.manifest/1', shape: 'tree', entries };
  for (const step of [
    () => files.replace(join(work, 'manifest.json'), manifestBytes(served), 0o644),
    () => keepDigest(files, work, read?.digest ?? ''),
    () => files.syncTree(work),
    () => files.removeTree(slot),
    () => files.rename(work, slot),
  ]) {
    const done = step();
    if (!done.ok) return done;
  }
  return staged(files, folder, slot, notes.length > MAX_TOLD ? [...notes.slice(0, MAX_TOLD), `and ${notes.length - MAX_TOLD} more of the kind`] : notes);
}

type Making = { readonly folder: string; readonly work: string; readonly filters: Filters | undefined; readonly notes: string[] };

function putEntry(files: Files, making: Making, entry: ManifestEntry): Io<ManifestEntry> {
  const to = join(making.work, 'content', entry.path);
  if (entry.type === 'folder') return kept(entry, files.makeFolder(to, 0o755));
  if (entry.type === 'link') return kept(entry, files.symlink(entry.target, to));
  const above = files.makeFolder(dirname(to), 0o755);
  if (!above.ok) return above;
  const from = join(filesOf(making), entry.path);
  return making.filters !== undefined && isRules(entry.path) ? putFiltered(files, making, making.filters, entry, from, to) : kept(entry, linkOrCopy(files, from, to));
}

const kept = (entry: ManifestEntry, done: Io<undefined>): Io<ManifestEntry> => (done.ok ? ok(entry) : done);

function putFiltered(files: Files, { notes }: Making, filters: Filters, entry: FileEntry, from: string, to: string): Io<ManifestEntry> {
  const bytes = files.read(from, MAX_RULES_BYTES);
  if (!bytes.ok) return bytes;
  // what is no UTF-8 keeps its bytes as Latin-1
  const encoding = isUtf8(bytes.value) ? 'utf8' : 'latin1';
  const filtered = applyFilters(Buffer.from(bytes.value).toString(encoding), entry.path, filters);
  notes.push(...filtered.problems);
  if (filtered.changed === 0) return kept(entry, linkOrCopy(files, from, to));
  const out = Buffer.from(filtered.text, encoding);
  const sha256 = sha256Of(out);
  const created = files.create(to, entry.mode);
  if (!created.ok) return created;
  const written = created.value.write(out);
  created.value.close();
  return kept({ ...entry, size: out.length, sha256 }, written);
}
