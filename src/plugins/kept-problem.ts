import type { Content, Ports } from '../model/index.ts';
import { contentProblem, manifestOf } from './content.ts';
import { servedOf } from './served.ts';

/** Why content that is kept on disk is not what was published, every byte of it hashed, as a phrase; undefined where it can be put back. */
export function keptProblem(files: Ports['files'], content: Content): string | undefined {
  const folders = new Set([content.folder, servedOf(files, content).folder]);
  for (const folder of folders) {
    const manifest = manifestOf(files, folder);
    const problem = manifest.ok ? contentProblem(files, folder, manifest.value, 'deep') : manifest.failure;
    if (problem !== undefined) return problem;
  }
  return undefined;
}
