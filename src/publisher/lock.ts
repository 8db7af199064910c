import { type Failure, fail, type Outcome, type Ports } from '../model/index.ts';
import { layout } from './layout.ts';

/**
 * Runs `work` alone: no two publishers write to one repository at a time. SQLite's lock on a file of its own, because it ends with its
 * process, however that ends.
 */
export async function alone<T>(
  { sql }: Pick<Ports, 'sql'>,
  dir: string,
  work: () => Promise<Outcome<T, Failure>> | Outcome<T, Failure>,
): Promise<Outcome<T, Failure>> {
  const path = layout.lock(dir);
  const opened = sql.open(path);
  if (!opened.ok) return refused(dir, path, opened.failure);
  const locked = opened.value.script('BEGIN EXCLUSIVE');
  try {
    return locked.ok ? await work() : refused(dir, path, locked.failure);
  } finally {
    opened.value.close();
  }
}

function refused(dir: string, path: string, why: { readonly kind: string; readonly detail: string }): Outcome<never, Failure> {
  if (why.kind === 'busy') return fail('repo-busy', { path: dir });
  if (why.kind === 'full') return fail('repo-disk-full', { path }, why.detail);
  return fail('repo-files', { path, problem: `it cannot be locked (${why.detail})` }, why.detail);
}
