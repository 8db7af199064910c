import { type Failure, fail, failure, type IoFailure, type Job, type Outcome } from '../model/index.ts';

/** A phrase for the kinds that an administrator acts on; the system's own words otherwise. */
export function ioProblem(io: IoFailure): string {
  switch (io.kind) {
    case 'full':
      return 'no space or no inode is left';
    case 'denied':
      return 'permission denied, or the file system is read-only';
    case 'absent':
      return 'it is not there';
    default:
      return io.detail;
  }
}

/** A swap that could not be done: the machine's fault, and where the disk is full, said as that (24). */
export function swapFailed(job: Job, io: IoFailure): Outcome<never, Failure> {
  const about = { component: job.component.id, version: job.next.version, path: io.path };
  if (io.kind === 'full') return fail('swap-disk-full', about, io.detail);
  return fail('swap-failed', { ...about, op: io.op, problem: ioProblem(io) }, io.detail);
}

/** What is to be put back is named by its folder. */
export const restoreFailed = (job: Job, io: IoFailure): Outcome<never, Failure> =>
  fail(
    'restore-failed',
    { component: job.component.id, version: job.next.version, op: io.op, path: io.path, problem: ioProblem(io), folder: job.previous?.folder ?? job.component.installPath },
    io.detail,
  );

export const finishFailed = (job: Job, io: IoFailure): Outcome<never, Failure> =>
  fail('finish-failed', { component: job.component.id, op: io.op, path: io.path, problem: ioProblem(io) }, io.detail);

export const readFailed = (component: string, io: IoFailure): Failure =>
  failure('install-read', { component, op: io.op, path: io.path, problem: ioProblem(io) }, io.detail);
