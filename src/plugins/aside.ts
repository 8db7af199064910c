import { basename, dirname, join } from 'node:path';
import { type Io, type Job, ok, type Ports } from '../model/index.ts';
import { linkOrCopy, placeFile, placeLink, seenAt } from './place.ts';

type Files = Ports['files'];

/** Stands among what was set aside once that is complete. No file of a release in an engine's folder begins with a dot. */
const PLACING = '.placing';

/** What a first or a damaged content replaced is kept here, beside the versions, until it is not needed any more. */
export const asideOf = (job: Pick<Job, 'next'>): string => join(dirname(job.next.folder), `aside-${job.next.sequence}`);

/**
 * Gives everything at `paths` that exists a second name, so that it can be put back. Durable before anything is placed, and done once:
 * from then on a file with the new content's bytes is ours, and before it is not, whatever it holds.
 */
export function setAside(files: Files, job: Job, paths: readonly string[]): Io<undefined> {
  const aside = asideOf(job);
  const placing = isPlacing(files, job);
  if (!placing.ok) return placing;
  if (placing.value === 'yes') return ok();
  const made = files.makeFolder(aside, 0o700);
  if (!made.ok) return made;
  for (const path of paths) {
    const kept = keep(files, path, join(aside, basename(path)));
    if (!kept.ok) return kept;
  }
  return files.replace(join(aside, PLACING), new Uint8Array(0), 0o600);
}

/** Was everything set aside, so that the new content may have been placed since? */
export function isPlacing(files: Files, job: Job): Io<'yes' | 'no'> {
  const seen = seenAt(files, join(asideOf(job), PLACING));
  if (!seen.ok) return seen;
  return ok(seen.value === undefined ? 'no' : 'yes');
}

function keep(files: Files, path: string, kept: string): Io<undefined> {
  const seen = seenAt(files, path);
  if (!seen.ok) return seen;
  const present = seenAt(files, kept);
  if (!present.ok) return present;
  if (seen.value === undefined || present.value !== undefined) return ok();
  if (seen.value.type !== 'link') return linkOrCopy(files, path, kept);
  const target = files.readLink(path);
  return target.ok ? files.symlink(target.value, kept) : target;
}

/** The names of what was set aside. */
export function asideNames(files: Files, job: Job): Io<readonly string[]> {
  const listed = files.list(asideOf(job));
  if (!listed.ok) return listed.failure.kind === 'absent' ? ok([]) : listed;
  return ok(listed.value.map((e) => e.name).filter((name) => name !== PLACING));
}

/** Gives what was set aside under its name its place again, and keeps it aside until `dropAside`. */
export function putBack(files: Files, job: Job, path: string): Io<undefined> {
  const kept = join(asideOf(job), basename(path));
  const target = files.readLink(kept);
  return target.ok ? placeLink(files, target.value, path) : placeFile(files, kept, path);
}

/** Forgets what was set aside, after it was put back. The mark goes first: without it what was put back is not taken for the new content's. */
export function dropAside(files: Files, job: Job): Io<undefined> {
  const aside = asideOf(job);
  const unmarked = files.remove(join(aside, PLACING));
  return unmarked.ok ? files.removeTree(aside) : unmarked;
}
