import { basename, dirname, join } from 'node:path';
import { comparePaths, manifestBytes, manifestProblem } from '../../../formats/manifest.ts';
import { asSha256, type Component, type Content, fail, failed, type Failure, type IoFailure, type Manifest, type ManifestEntry, ok, type Outcome, type Ports, sha256Of } from '../../../model/index.ts';
import { contentProblem, hashFile, manifestOf } from '../../content.ts';
import { ioProblem, readFailed } from '../../io-failures.ts';
import { linkOrCopy, placeLink, seenAt } from '../../place.ts';
import { linkTarget, standingAt, versionsOf } from './install-path.ts';

type Files = Ports['files'];

/** What was there before glued is release 0. */
const SEQUENCE = 0;
const VERSION = 'adopted';
const EXECUTABLE = 0o100;

/**
 * Takes over what is at the install path (`registry add --adopt`): a folder moves into our first version and a link takes its place; a file
 * gets a second name there. Null: nothing is there, or it is ours already. A stopped one is finished by giving the command again: the
 * files are at the install path, or whole in release 0.
 */
export function adoptFiles(files: Files, component: Component): Outcome<Content | null, Failure> {
  const standing = standingAt(files, component);
  if (!standing.ok) return failed(readFailed(component.id, standing.failure));
  const folder = join(versionsOf(component), String(SEQUENCE));
  switch (standing.value.kind) {
    case 'ours':
      return ok(null);
    case 'absent':
      return resume(files, component, folder);
    case 'file':
      return adoptFile(files, component, folder);
    default: {
      const seen = seenAt(files, component.installPath);
      if (seen.ok && seen.value?.type === 'folder') return adoptTree(files, component, folder);
      return fail('install-path-foreign', { component: component.id, path: component.installPath, found: standing.value.found });
    }
  }
}

/** The folder had moved and its link was not there yet. */
function resume(files: Files, component: Component, folder: string): Outcome<Content | null, Failure> {
  const manifest = manifestOf(files, folder);
  if (!manifest.ok || contentProblem(files, folder, manifest.value, 'quick') !== undefined) return ok(null);
  return manifest.value.shape === 'tree' ? putLink(files, component, folder, manifest.value) : ok(null);
}

function adoptTree(files: Files, component: Component, folder: string): Outcome<Content, Failure> {
  const earlier = seenAt(files, join(folder, 'content'));
  if (!earlier.ok || earlier.value !== undefined) return notAdopted(component, folder, `${join(folder, 'content')} is there already, from an earlier take-over`);
  const entries = listTree(files, component.installPath, '');
  if (!entries.ok) return notAdopted(component, folder, entries.failure);
  const manifest = finished('tree', entries.value);
  if (!manifest.ok) return notAdopted(component, folder, manifest.failure);
  const begun = begin(files, folder, manifest.value);
  if (!begun.ok) return notAdopted(component, folder, ioText(begun.failure));
  const moved = files.rename(component.installPath, join(folder, 'content'));
  if (!moved.ok) return notAdopted(component, folder, ioText(moved.failure));
  return putLink(files, component, folder, manifest.value);
}

function putLink(files: Files, component: Component, folder: string, manifest: Manifest): Outcome<Content, Failure> {
  const put = placeLink(files, linkTarget(component, SEQUENCE), component.installPath);
  const synced = put.ok ? files.syncFolder(dirname(component.installPath)) : put;
  return synced.ok ? ok(contentOf(files, folder, manifest)) : notAdopted(component, folder, ioText(synced.failure));
}

function adoptFile(files: Files, component: Component, folder: string): Outcome<Content, Failure> {
  const path = component.installPath;
  const entry = fileEntry(files, path, basename(path));
  if (!entry.ok) return notAdopted(component, folder, entry.failure);
  const manifest = finished('file', [entry.value]);
  if (!manifest.ok) return notAdopted(component, folder, manifest.failure);
  const begun = begin(files, folder, manifest.value);
  const made = begun.ok ? files.makeFolder(join(folder, 'content'), 0o755) : begun;
  const linked = made.ok ? linkOrCopy(files, path, join(folder, 'content', basename(path))) : made;
  const synced = linked.ok ? files.syncTree(folder) : linked;
  return synced.ok ? ok(contentOf(files, folder, manifest.value)) : notAdopted(component, folder, ioText(synced.failure));
}

/** Release 0's folder with nothing but the manifest in it, durable. */
function begin(files: Files, folder: string, manifest: Manifest): ReturnType<Files['replace']> {
  const cleared = files.removeTree(folder);
  const made = cleared.ok ? files.makeFolder(folder, 0o755) : cleared;
  return made.ok ? files.replace(join(folder, 'manifest.json'), manifestBytes(manifest), 0o644) : made;
}

function finished(shape: Manifest['shape'], entries: readonly ManifestEntry[]): Outcome<Manifest, string> {
  const manifest: Manifest = { schema: 'glued.manifest/1', shape, entries: [...entries].sort((a, b) => comparePaths(a.path, b.path)) };
  const problem = manifestProblem(manifest);
  return problem === undefined ? ok(manifest) : failed(problem);
}

function listTree(files: Files, root: string, below: string): Outcome<readonly ManifestEntry[], string> {
  const listed = files.list(join(root, below));
  if (!listed.ok) return failed(ioText(listed.failure));
  const entries: ManifestEntry[] = [];
  for (const { name, type } of listed.value) {
    const path = below === '' ? name : `${below}/${name}`;
    if (type === 'other') return failed(`${join(root, path)} is neither a file, a folder nor a link`);
    const entry = type === 'file' ? fileEntry(files, join(root, path), path) : type === 'link' ? linkEntry(files, join(root, path), path) : ok({ type: 'folder' as const, path });
    if (!entry.ok) return entry;
    entries.push(entry.value);
    const inner = type === 'folder' ? listTree(files, root, path) : ok([]);
    if (!inner.ok) return inner;
    entries.push(...inner.value);
  }
  return ok(entries);
}

function linkEntry(files: Files, at: string, path: string): Outcome<ManifestEntry, string> {
  const target = files.readLink(at);
  return target.ok ? ok({ type: 'link', path, target: target.value }) : failed(ioText(target.failure));
}

function fileEntry(files: Files, at: string, path: string): Outcome<ManifestEntry, string> {
  const stat = files.stat(at);
  const hash = stat.ok ? hashFile(files, at) : stat;
  if (!stat.ok || !hash.ok) return failed(hash.ok ? '' : ioText(hash.failure));
  const sha256 = asSha256(hash.value);
  if (sha256 === undefined) return failed(`${at} cannot be hashed`);
  return ok({ type: 'file', path, size: stat.value.size, sha256, mode: (stat.value.mode & EXECUTABLE) === 0 ? 0o644 : 0o755 });
}

function contentOf(files: Files, folder: string, manifest: Manifest): Content {
  const sha256 = sha256Of(manifestBytes(manifest));
  const newest = manifest.entries.map((e) => files.stat(join(folder, 'content', e.path))).reduce((at, s) => (s.ok ? Math.max(at, s.value.modifiedAt) : at), 0);
  return { sequence: SEQUENCE, version: VERSION, date: Math.floor(newest), sha256, folder };
}

const ioText = (io: IoFailure): string => `${io.op} of ${io.path} failed: ${ioProblem(io)}`;

const notAdopted = (component: Component, folder: string, problem: string): Outcome<never, Failure> =>
  fail('adopt-failed', { component: component.id, path: component.installPath, problem, folder: join(folder, 'content') });
