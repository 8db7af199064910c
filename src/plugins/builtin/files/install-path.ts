import { basename, dirname, join } from 'node:path';
import { type Component, type Content, type Io, ok, type Ports } from '../../../model/index.ts';
import { fileEntries, type FileEntry, filesOf, installedProblem, manifestOf } from '../../content.ts';
import { seenAt } from '../../place.ts';
import { SERVED, servedOf } from '../../served.ts';

type Files = Ports['files'];

/** What stands at the install path. `ours`: a link into our versions. */
export type Standing =
  | { readonly kind: 'absent' }
  | { readonly kind: 'ours'; readonly sequence: number; readonly target: string }
  | { readonly kind: 'file' }
  | { readonly kind: 'other'; readonly found: string };

/** `.glued-ID` beside the install path, on its file system. */
export const versionsOf = (component: Component): string => join(dirname(component.installPath), `.glued-${component.id}`);

/** Where the link of a release with this sequence leads, relative to itself, so that the tree can be moved as a whole. */
export const linkTarget = (component: Component, sequence: number): string => `.glued-${component.id}/${sequence}/content`;

/** Where the link of this content leads: to what is served of it. */
export function linkTo(files: Files, component: Component, content: Content): string {
  const target = linkTarget(component, content.sequence);
  return servedOf(files, content).folder === content.folder ? target : join(dirname(target), SERVED, basename(target));
}

/** Looks at the install path, without following a link there. */
export function standingAt(files: Files, component: Component): Io<Standing> {
  const path = component.installPath;
  const seen = seenAt(files, path);
  if (!seen.ok) return seen;
  if (seen.value === undefined) return ok({ kind: 'absent' });
  switch (seen.value.type) {
    case 'file':
      return ok({ kind: 'file' });
    case 'folder':
      return ok({ kind: 'other', found: 'a folder' });
    case 'link':
      return standingLink(files, component);
    default:
      return ok({ kind: 'other', found: 'neither a file nor a folder' });
  }
}

function standingLink(files: Files, component: Component): Io<Standing> {
  const target = files.readLink(component.installPath);
  if (!target.ok) return target;
  const [, digits, served = ''] = new RegExp(`^\\.glued-[^/]+/(\\d{1,15})/(${SERVED}/)?content$`).exec(target.value) ?? [];
  const sequence = Number(digits);
  const own = `${dirname(linkTarget(component, sequence))}/${served}content`;
  if (digits !== undefined && target.value === own) return ok({ kind: 'ours', sequence, target: target.value });
  return ok({ kind: 'other', found: `a link to ${target.value}` });
}

/**
 * What glued may not replace, as a phrase, or undefined. A regular file may be replaced, and is set aside where we did not put it there;
 * not so a file that took the place of the link to an installed tree, unless it is `next`'s (a swap that was stopped).
 */
export function foreignAt(files: Files, component: Component, standing: Standing, next: Content | null): string | undefined {
  if (standing.kind === 'other') return standing.found;
  const { installed } = component;
  if (standing.kind !== 'file' || installed === null || !isTree(files, component, installed.sequence)) return undefined;
  return next !== null && isFileOf(files, component, next) ? undefined : 'a file';
}

function isTree(files: Files, component: Component, sequence: number): boolean {
  const manifest = manifestOf(files, servedOf(files, { folder: join(versionsOf(component), String(sequence)) }).folder);
  return manifest.ok && manifest.value.shape === 'tree';
}

/** Is the file at the install path this content's? */
export function isFileOf(files: Files, component: Component, content: Content): boolean {
  const single = singleFile(files, content);
  return single !== undefined && installedProblem(files, component.installPath, single.path, single.entry, 'quick') === undefined;
}

/** The one file of content that is a file, or undefined. */
export function singleFile(files: Files, content: Content): { readonly path: string; readonly entry: FileEntry } | undefined {
  const served = servedOf(files, content);
  const manifest = manifestOf(files, served.folder);
  if (!manifest.ok || manifest.value.shape !== 'file') return undefined;
  const [entry] = fileEntries(manifest.value);
  return entry === undefined ? undefined : { path: join(filesOf(served), entry.path), entry };
}
