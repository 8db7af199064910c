import { join } from 'node:path';
import type { Content, Ports } from '../model/index.ts';
import { contentProblem, manifestOf } from './content.ts';
import { REFUSED, servedOf, WAS } from './served.ts';

/** Why content that is kept on disk is not what was published, every byte of it hashed, as a phrase; undefined where it can be put back. */
export function keptProblem(files: Ports['files'], content: Content): string | undefined {
  return problemIn(files, new Set([content.folder, servedOf(files, content).folder]));
}

/** Is what was served of the content before kept, because what is served now has yet to prove itself? */
export const hasWayBack = (files: Ports['files'], { folder }: Pick<Content, 'folder'>): boolean => files.readLink(join(folder, WAS)).ok;

/** The same of what was served of the content before, which takes the place of what is served now; undefined too where it has taken it already. */
export function wayBackProblem(files: Ports['files'], content: Content): string | undefined {
  if (hasWayBack(files, content)) return problemIn(files, new Set([content.folder, join(content.folder, WAS)]));
  return files.stat(join(content.folder, REFUSED)).ok ? undefined : 'what was made of it before is not there any more';
}

function problemIn(files: Ports['files'], folders: ReadonlySet<string>): string | undefined {
  for (const folder of folders) {
    const manifest = manifestOf(files, folder);
    const problem = manifest.ok ? contentProblem(files, folder, manifest.value, 'deep') : manifest.failure;
    if (problem !== undefined) return problem;
  }
  return undefined;
}
