import { join } from 'node:path';
import type { Component, Content, Ports } from '../../../model/index.ts';
import { fileEntries, filesOf, manifestOf } from '../../content.ts';
import { versionsOf } from '../files/install-path.ts';

/** In the versions folder: one more name of the agent before the one that was swapped in last, for whoever must start it when the new one cannot. */
export const PREVIOUS = 'previous';

/** `…/.glued-glued/previous`: what a service manager starts when the installed agent fails. */
export const previousOf = (component: Component): string => join(versionsOf(component), PREVIOUS);

/** The one program of a release, or a phrase that says why there is none. */
export function programOf(files: Ports['files'], content: Pick<Content, 'folder'>): { readonly path: string } | { readonly problem: string } {
  const manifest = manifestOf(files, content.folder);
  if (!manifest.ok) return { problem: manifest.failure };
  const [entry] = fileEntries(manifest.value);
  if (manifest.value.shape !== 'file' || entry === undefined) return { problem: 'it was published as a folder, and an agent is one executable file' };
  if (entry.mode !== 0o755) return { problem: `${entry.path} was published without the permission to execute it` };
  return { path: join(filesOf(content), entry.path) };
}
