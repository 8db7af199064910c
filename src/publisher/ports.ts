import { type Failure, fail, type IoFailure, type Outcome, type Ports } from '../model/index.ts';

/** What publishing needs of the world. */
export type PublisherPorts = Pick<Ports, 'files' | 'clock' | 'sql'>;

/** What went wrong, in words: the operating system's own begin with a code and repeat the path. */
export function ioProblem({ kind, detail }: IoFailure): string {
  if (kind === 'absent') return 'it is not there';
  if (kind === 'link') return 'it is a link, and links are not followed';
  return /^E[A-Z0-9]+: ([^,]+), /.exec(detail)?.[1] ?? detail;
}

/** A failure of the file system, as the publisher's. */
export function repositoryIo(io: IoFailure): Outcome<never, Failure> {
  if (io.kind === 'full') return fail('repo-disk-full', { path: io.path }, io.detail);
  return fail('repo-files', { path: io.path, problem: `${io.op} failed (${ioProblem(io)})` }, io.detail);
}

/** The same for any outcome of a file operation. */
export function stored<T>(done: Outcome<T, IoFailure>): Outcome<T, Failure> {
  return done.ok ? done : repositoryIo(done.failure);
}
