import { join } from 'node:path';
import { type CvdKind, cvdKind } from '../../../formats/cvd.ts';
import { type Component, type Content, failed, type Manifest, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { fileEntries, type FileEntry, filesOf, manifestOf } from '../../content.ts';
import { countedAs, DATABASES } from './extensions.ts';

type Files = Ports['files'];

/** The ending of a signature beside a database. */
export const SIGN = '.sign';

/** One file of a release, with where it is kept and where the engine reads it. */
export type Placed = { readonly entry: FileEntry; readonly kept: string; readonly path: string };

/** `.glued-ID` inside the engine's own folder: AppArmor confines clamd to it, and hard links need one file system. */
export const versionsOf = (component: Component): string => join(component.installPath, `.glued-${component.id}`);

/** Why this component cannot keep its versions in the engine's folder, or undefined. */
export function unfit(component: Component): string | undefined {
  return countedAs(component.id) !== undefined ? `its id ends like a database, so that ClamAV would load the folder .glued-${component.id}` : undefined;
}

/** The files of a release; a phrase where it holds anything but files with plain names. */
export function placedFiles(files: Files, component: Component, content: Content): Outcome<readonly Placed[], string> {
  const manifest = manifestOf(files, content.folder);
  if (!manifest.ok) return manifest;
  const problem = layoutProblem(manifest.value);
  if (problem !== undefined) return failed(problem);
  return ok(fileEntries(manifest.value).map((entry) => ({ entry, kept: join(filesOf(content), entry.path), path: join(component.installPath, entry.path) })));
}

function layoutProblem(manifest: Manifest): string | undefined {
  const odd = manifest.entries.find((e) => e.type !== 'file' || e.path.includes('/'));
  if (odd !== undefined) return `${odd.path} is in a folder, or is a folder or a link, and ClamAV's folder holds files only`;
  const hidden = manifest.entries.find((e) => e.path.startsWith('.'));
  if (hidden !== undefined) return `${hidden.path} begins with a dot`;
  const names = new Set(manifest.entries.map((e) => e.path));
  const strange = manifest.entries.find((e) => countedAs(e.path) === undefined && !(e.path.endsWith(SIGN) && names.has(e.path.slice(0, -SIGN.length))));
  return strange === undefined ? undefined : `ClamAV would pass over ${strange.path}: it loads ${[...DATABASES.keys()].join(', ')}, and a ${SIGN} beside one of them`;
}

/** `daily` for `daily.cvd`: freshclam keeps one database under one of three names. */
export function databaseBase(name: string): string | undefined {
  const kind = cvdKind(name);
  return kind === undefined ? undefined : name.slice(0, -kind.length - 1);
}

const KINDS: readonly CvdKind[] = ['cvd', 'cld', 'cud'];

/** The other names that the databases of a release may have, none of them the release's own. */
export function siblings(placed: readonly Placed[]): readonly string[] {
  const own = new Set(placed.map((p) => p.entry.path));
  const bases = placed.map((p) => databaseBase(p.entry.path)).filter((base) => base !== undefined);
  return [...new Set(bases.flatMap((base) => KINDS.map((kind) => `${base}.${kind}`)))].filter((name) => !own.has(name));
}
