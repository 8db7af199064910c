import { join } from 'node:path';
import type { Content, Ports } from '../model/index.ts';

type Files = Ports['files'];

/** Beside a release's own `content`: what is installed in its place, whole, with a manifest of its own. */
export const SERVED = 'served';
/** A link to what was served before, while what is served now has yet to be confirmed or to prove itself. */
export const WAS = `${SERVED}.was`;
/** Says by which settings something was made of the release that failed its probation. */
export const REFUSED = 'refused-settings';

/**
 * The folder whose `manifest.json` and `content` are installed: a tree that was made of the release on this machine (by an administrator's
 * filters), where there is one, else the release's own. The release itself stays as it was published, for deltas lead from it.
 */
export function servedOf(files: Files, content: Pick<Content, 'folder'>): Pick<Content, 'folder'> {
  const folder = join(content.folder, SERVED);
  return files.stat(join(folder, 'manifest.json')).ok ? { folder } : { folder: content.folder };
}
