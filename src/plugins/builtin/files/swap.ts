import { basename, dirname } from 'node:path';
import { type Component, type Content, type Failure, fail, failed, type Io, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { asideNames, dropAside, isPlacing, putBack, setAside } from '../../aside.ts';
import { manifestOf } from '../../content.ts';
import { finishFailed, readFailed, restoreFailed, swapFailed } from '../../io-failures.ts';
import { leftovers, placeFile, placeLink } from '../../place.ts';
import { servedOf } from '../../served.ts';
import { prune } from '../../versions.ts';
import { foreignAt, isFileOf, linkTo, singleFile, standingAt, type Standing, versionsOf } from './install-path.ts';
import { problemAt } from './inventory.ts';

type Files = Ports['files'];

/** Puts the new content in place: a link, or a file, by one rename. */
export function swap(files: Files, job: Job): Outcome<undefined, Failure> {
  const { component, next } = job;
  const standing = standingAt(files, component);
  if (!standing.ok) return failed(readFailed(component.id, standing.failure));
  const found = foreignAt(files, component, standing.value, next);
  if (found !== undefined) return fail('install-path-foreign', { component: component.id, path: component.installPath, found });
  const manifest = manifestOf(files, servedOf(files, next).folder);
  if (!manifest.ok) return fail('confirm-not-whole', { component: component.id, version: next.version, path: next.folder, problem: manifest.failure });
  const kept = job.previous === null ? setAside(files, job, [component.installPath]) : ok();
  if (!kept.ok) return swapFailed(job, kept.failure);
  const put = place(files, component, next);
  return put.ok ? ok() : swapFailed(job, put.failure);
}

/** The install path becomes this content, durably. */
function place(files: Files, component: Component, content: Content): Io<undefined> {
  const single = singleFile(files, content);
  const put =
    single === undefined
      ? placeLink(files, linkTo(files, component, content), component.installPath)
      : placeFile(files, single.path, component.installPath);
  return put.ok ? files.syncFolder(dirname(component.installPath)) : put;
}

/** Is the new content what the install path leads to? */
export function isLive(files: Files, job: Job, standing: Standing): boolean {
  return standing.kind === 'ours' ? standing.sequence === job.next.sequence : standing.kind === 'file' && isFileOf(files, job.component, job.next);
}

/** Reads back that the install path leads to the new content, and that this is whole. */
export function confirm(files: Files, job: Job): Outcome<undefined, Failure> {
  const { component, next } = job;
  const standing = standingAt(files, component);
  if (!standing.ok) return failed(readFailed(component.id, standing.failure));
  const problem = problemAt(files, component, standing.value, next, 'quick');
  if (problem === undefined) return ok();
  return fail('confirm-not-whole', { component: component.id, version: next.version, path: component.installPath, problem });
}

/** Puts back what was there before: the previous content, or what was set aside, or nothing. */
export function restore(files: Files, job: Job): Outcome<undefined, Failure> {
  const { component, previous } = job;
  if (previous === null) {
    const done = restoreNothing(files, job);
    return done.ok ? ok() : restoreFailed(job, done.failure);
  }
  const manifest = manifestOf(files, servedOf(files, previous).folder);
  if (!manifest.ok) return incomplete(job, previous, manifest.failure);
  const put = place(files, component, previous);
  if (!put.ok) return restoreFailed(job, put.failure);
  const standing = standingAt(files, component);
  if (!standing.ok) return restoreFailed(job, standing.failure);
  const problem = problemAt(files, component, standing.value, previous, 'quick');
  return problem === undefined ? ok() : incomplete(job, previous, problem);
}

function incomplete(job: Job, previous: Content, problem: string): Outcome<never, Failure> {
  return fail('restore-incomplete', { component: job.component.id, version: job.next.version, folder: previous.folder, problem });
}

/** There is no previous content: what was set aside comes back, or nothing stays of the new. */
function restoreNothing(files: Files, job: Job): Io<undefined> {
  const { installPath } = job.component;
  const placing = isPlacing(files, job);
  if (!placing.ok) return placing;
  // nothing was placed: whatever is there is not ours
  if (placing.value === 'no') return dropAside(files, job);
  const standing = standingAt(files, job.component);
  const aside = asideNames(files, job);
  if (!standing.ok) return standing;
  if (!aside.ok) return aside;
  const isNext = isLive(files, job, standing.value);
  const done = isNext && aside.value.length > 0 ? putBack(files, job, installPath) : isNext ? files.remove(installPath) : ok();
  const synced = done.ok ? files.syncFolder(dirname(installPath)) : done;
  return synced.ok ? dropAside(files, job) : synced;
}

/** Removes what an interrupted swap left, and versions that are not needed any more. */
export function finish(files: Files, job: Job): Outcome<undefined, Failure> {
  const { installPath } = job.component;
  const left = leftovers(files, dirname(installPath), [basename(installPath)]);
  if (!left.ok) return finishFailed(job, left.failure);
  for (const path of left.value) {
    const removed = files.remove(path);
    if (!removed.ok) return finishFailed(job, removed.failure);
  }
  const standing = standingAt(files, job.component);
  if (!standing.ok) return finishFailed(job, standing.failure);
  const pruned = prune(files, job, versionsOf(job.component), isLive(files, job, standing.value));
  return pruned.ok ? ok() : finishFailed(job, pruned.failure);
}
