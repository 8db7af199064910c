import { join } from 'node:path';
import { type Failure, fail, ok, type Outcome, type Ports } from '../model/index.ts';

/** Does work in a new folder that is nobody else's, below the system's folder for temporary files, and removes it. */
export async function inPrivateFolder<T>({ files, os }: Pick<Ports, 'files' | 'os'>, work: (folder: string) => Promise<T>): Promise<Outcome<T, Failure>> {
  const top = os.env['TMPDIR'] ?? os.env['TEMP'] ?? '/tmp';
  const folder = files.temporaryName(join(top, 'glued-work'));
  const made = files.makeFolder(folder, 0o700);
  if (!made.ok) return fail('no-private-folder', { path: top, problem: made.failure.detail });
  try {
    return ok(await work(folder));
  } finally {
    files.removeTree(folder);
  }
}
