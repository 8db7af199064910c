import { join } from 'node:path';
import { type Component, type Content, type Failure, fail, failed, type Io, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { manifestOf } from '../../content.ts';
import { finishFailed, readFailed, restoreFailed, swapFailed } from '../../io-failures.ts';
import { leftovers, placeFile, placeLink, setAside } from '../../place.ts';
import { asideOf, prune } from '../../versions.ts';
import { foreignAt, isFileOf, linkTarget, placeOf, singleFile, standingAt, type Standing, versionsOf } from './install-path.ts';
import { problemAt } from './inventory.ts';

type Files = Ports['files'];

/** Puts the new content in place: a link, or a file, by one rename. */
export function swap(files: Files, job: Job): Outcome<undefined, Failure> {
  const { component, next } = job;
  const standing = standingAt(files, component);
  if (!standing.ok) return failed(readFailed(component.id, standing.failure));
  const found = foreignAt(files, component, standing.value, next);
  if (found !== undefined) return fail('install-path-foreign', { component: component.id, path: component.installPath, found });
  const manifest = manifestOf(files, next.folder);
  if (!manifest.ok) return fail('confirm-not-whole', { component: component.id, version: next.version, path: next.folder, problem: manifest.failure });
  if (job.previous === null && !isLive(files, job, standing.value)) {
    const kept = setAside(files, component.installPath, asideOf(job));
    if (!kept.ok) return swapFailed(job, kept.failure);
  }
  const put = place(files, component, next);
  return put.ok ? ok() : swapFailed(job, put.failure);
}

/** The install path becomes this content, durably. */
function place(files: Files, component: Component, content: Content): Io<undefined> {
  const single = singleFile(files, content);
  const put =
    single === undefined
      ? placeLink(files, linkTarget(component, content.sequence), component.installPath)
      : placeFile(files, single.path, component.installPath);
  return put.ok ? files.syncFolder(placeOf(component).folder) : put;
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
  const manifest = manifestOf(files, previous.folder);
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

function restoreNothing(files: Files, job: Job): Io<undefined> {
  const { component } = job;
  const { folder, name } = placeOf(component);
  const standing = standingAt(files, component);
  if (!standing.ok) return standing;
  if (!isLive(files, job, standing.value)) return ok();
  const back = files.rename(join(asideOf(job), name), component.installPath);
  const done = back.ok || back.failure.kind !== 'absent' ? back : files.remove(component.installPath);
  return done.ok ? files.syncFolder(folder) : done;
}

/** Removes what an interrupted swap left, and versions that are not needed any more. */
export function finish(files: Files, job: Job): Outcome<undefined, Failure> {
  const { folder, name } = placeOf(job.component);
  const left = leftovers(files, folder, [name]);
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
