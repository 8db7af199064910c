import { join } from 'node:path';
import { type Component, type Content, type Failure, fail, type Io, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { asideNames, dropAside, isPlacing, putBack, setAside } from '../../aside.ts';
import { installedProblem } from '../../content.ts';
import { finishFailed, restoreFailed, swapFailed } from '../../io-failures.ts';
import { leftovers, placeFile } from '../../place.ts';
import { prune } from '../../versions.ts';
import { problemAt } from './inventory.ts';
import { type Placed, placedFiles, siblings, versionsOf } from './layout.ts';

type Files = Ports['files'];

/**
 * Renames the new files one by one into the engine's folder. What stands in their way and is not the previous content's (freshclam's
 * own databases, under the same name or in another form) is first set aside, so that `restore` can put it back.
 */
export function swap(files: Files, job: Job): Outcome<undefined, Failure> {
  const { component, next, previous } = job;
  const placed = placedFiles(files, component, next);
  if (!placed.ok) return fail('confirm-not-whole', { component: component.id, version: next.version, path: next.folder, problem: placed.failure });
  const before = previous === null ? ok([]) : placedFiles(files, component, previous);
  const old = before.ok ? before.value : [];
  const done = asideThenPlace(files, job, placed.value, old);
  return done.ok ? ok() : swapFailed(job, done.failure);
}

function asideThenPlace(files: Files, job: Job, placed: readonly Placed[], old: readonly Placed[]): Io<undefined> {
  const previousNames = new Set(old.map((p) => p.entry.path));
  const inTheWay = siblings(placed).filter((name) => !previousNames.has(name));
  const strange = placed.map((p) => p.entry.path).filter((name) => !previousNames.has(name));
  const kept = setAside(files, job, [...strange, ...inTheWay].map((name) => join(job.component.installPath, name)));
  if (!kept.ok) return kept;
  const put = placeAll(files, placed);
  if (!put.ok) return put;
  const nextNames = new Set(placed.map((p) => p.entry.path));
  return removeAll(files, job.component.installPath, [...inTheWay, ...[...previousNames].filter((name) => !nextNames.has(name))]);
}

const isInPlace = (files: Files, p: Placed): boolean => installedProblem(files, p.path, p.kept, p.entry, 'quick') === undefined;

function placeAll(files: Files, placed: readonly Placed[]): Io<undefined> {
  for (const { kept, path } of placed) {
    const put = placeFile(files, kept, path);
    if (!put.ok) return put;
  }
  return ok();
}

function removeAll(files: Files, folder: string, names: readonly string[]): Io<undefined> {
  for (const name of names) {
    const removed = files.remove(join(folder, name));
    if (!removed.ok) return removed;
  }
  return files.syncFolder(folder);
}

/** Puts back what was there before, from any point of `swap`: the previous content, what was set aside, and nothing of the new. */
export function restore(files: Files, job: Job): Outcome<undefined, Failure> {
  const { component, previous } = job;
  const old = previous === null ? ok([]) : placedFiles(files, component, previous);
  if (!old.ok) return incomplete(job, previous, old.failure);
  const done = undo(files, job, old.value);
  if (!done.ok) return restoreFailed(job, done.failure);
  const problem = old.value.map((p) => installedProblem(files, p.path, p.kept, p.entry, 'quick')).find((p) => p !== undefined);
  return problem === undefined ? ok() : incomplete(job, previous, problem);
}

function undo(files: Files, job: Job, old: readonly Placed[]): Io<undefined> {
  const put = placeAll(files, old);
  const back = put.ok ? putAllBack(files, job, old) : put;
  if (!back.ok) return back;
  const placing = isPlacing(files, job);
  if (!placing.ok) return placing;
  const placed = placing.value === 'yes' ? placedFiles(files, job.component, job.next) : undefined;
  const gone = removeNew(files, job.component, placed?.ok === true ? placed.value : [], [...old.map((p) => p.entry.path), ...back.value]);
  return gone.ok ? dropAside(files, job) : gone;
}

function incomplete(job: Job, previous: Content | null, problem: string): Outcome<never, Failure> {
  return fail('restore-incomplete', { component: job.component.id, version: job.next.version, folder: previous?.folder ?? '', problem });
}

/** Gives what was set aside its name again, where the previous content has none of that name. The names. */
function putAllBack(files: Files, job: Job, old: readonly Placed[]): Io<readonly string[]> {
  const aside = asideNames(files, job);
  if (!aside.ok) return aside;
  const names = aside.value.filter((name) => !old.some((p) => p.entry.path === name));
  for (const name of names) {
    const put = putBack(files, job, join(job.component.installPath, name));
    if (!put.ok) return put;
  }
  return ok(names);
}

/** Only files that are the new content's own are removed: whatever else came meanwhile is not ours. */
function removeNew(files: Files, component: Component, placed: readonly Placed[], stay: readonly string[]): Io<undefined> {
  const names = placed.filter((p) => !stay.includes(p.entry.path) && isInPlace(files, p)).map((p) => p.entry.path);
  return removeAll(files, component.installPath, names);
}

/** The engine's folder holds the new content, whole, as far as names, sizes and inodes tell. */
export function checkInPlace(files: Files, job: Job): Outcome<undefined, Failure> {
  const { component, next } = job;
  const problem = problemAt(files, component, next, 'quick');
  return problem === undefined ? ok() : fail('confirm-not-whole', { component: component.id, version: next.version, path: component.installPath, problem });
}

/** Removes what an interrupted swap left, and versions that are not needed any more. */
export function finish(files: Files, job: Job): Outcome<undefined, Failure> {
  const { component, next, previous } = job;
  const names = [next, previous].filter((c) => c !== null).flatMap((content) => {
    const placed = placedFiles(files, component, content);
    return placed.ok ? placed.value.map((p) => p.entry.path) : [];
  });
  const aside = asideNames(files, job);
  const left = leftovers(files, component.installPath, [...new Set([...names, ...(aside.ok ? aside.value : [])])]);
  if (!left.ok) return finishFailed(job, left.failure);
  for (const path of left.value) {
    const removed = files.remove(path);
    if (!removed.ok) return finishFailed(job, removed.failure);
  }
  const placed = placedFiles(files, component, next);
  const isLive = placed.ok && placed.value.every((p) => isInPlace(files, p));
  const pruned = prune(files, job, versionsOf(component), isLive);
  return pruned.ok ? ok() : finishFailed(job, pruned.failure);
}
