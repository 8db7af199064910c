import type { Os, Ports } from '../model/index.ts';

/**
 * Knows whether the program that this process was started from has been replaced since, by an update of ours or by a package manager's: another
 * file has its name. The process itself goes on in the old one.
 */
export function programWatch({ files, os }: Pick<Ports, 'files'> & { readonly os: Pick<Os, 'program'> }): () => boolean {
  const path = os.program().at(-1) ?? '';
  const fileNow = (): string | undefined => {
    const seen = files.stat(path);
    return seen.ok ? `${seen.value.device} ${seen.value.inode}` : undefined;
  };
  const started = fileNow();
  return () => {
    const now = fileNow();
    // one that is not there for a moment is being replaced
    return started !== undefined && now !== undefined && now !== started;
  };
}
