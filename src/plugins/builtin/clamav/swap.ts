import { join } from 'node:path';
import { type Component, type Content, type Failure, fail, type Io, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { installedProblem } from '../../content.ts';
import { finishFailed, restoreFailed, swapFailed } from '../../io-failures.ts';
import { isSameFile, leftovers, placeFile, setAside } from '../../place.ts';
import { asideOf, prune } from '../../versions.ts';
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
  const { installPath } = job.component;
  const previousNames = new Set(old.map((p) => p.entry.path));
  // by inode: another program's file may hold the very same bytes, and is still not ours to remove later
  const strange = placed.filter((p) => !previousNames.has(p.entry.path) && !isSameFile(files, p.kept, p.path)).map((p) => p.entry.path);
  const inTheWay = siblings(placed).filter((name) => !previousNames.has(name));
  for (const name of [...strange, ...inTheWay]) {
    const kept = setAside(files, join(installPath, name), asideOf(job));
    if (!kept.ok) return kept;
  }
  const put = placeAll(files, placed);
  if (!put.ok) return put;
  const nextNames = new Set(placed.map((p) => p.entry.path));
  return removeAll(files, installPath, [...inTheWay, ...[...previousNames].filter((name) => !nextNames.has(name))]);
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
  const { component, next, previous } = job;
  const old = previous === null ? ok([]) : placedFiles(files, component, previous);
  if (!old.ok) return incomplete(job, previous, old.failure);
  const placed = placedFiles(files, component, next);
  const put = placeAll(files, old.value);
  const back = put.ok ? putBack(files, job, old.value) : put;
  const gone = back.ok ? removeNew(files, component, placed.ok ? placed.value : [], [...old.value.map((p) => p.entry.path), ...back.value]) : back;
  if (!gone.ok) return restoreFailed(job, gone.failure);
  const problem = previous === null ? undefined : old.value.map((p) => installedProblem(files, p.path, p.kept, p.entry, 'quick')).find((p) => p !== undefined);
  return problem === undefined ? ok() : incomplete(job, previous, problem);
}

function incomplete(job: Job, previous: Content | null, problem: string): Outcome<never, Failure> {
  return fail('restore-incomplete', { component: job.component.id, version: job.next.version, folder: previous?.folder ?? '', problem });
}

/** Gives what was set aside its name again, and keeps it aside too, so that this can be done twice. The names. */
function putBack(files: Files, job: Job, old: readonly Placed[]): Io<readonly string[]> {
  const aside = asideOf(job);
  const listed = files.list(aside);
  if (!listed.ok) return listed.failure.kind === 'absent' ? ok([]) : listed;
  const names = listed.value.map((e) => e.name).filter((name) => !old.some((p) => p.entry.path === name));
  for (const name of names) {
    const put = placeFile(files, join(aside, name), join(job.component.installPath, name));
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
  const left = leftovers(files, component.installPath, [...new Set([...names, ...asideNames(files, job)])]);
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

function asideNames(files: Files, job: Job): readonly string[] {
  const listed = files.list(asideOf(job));
  return listed.ok ? listed.value.map((e) => e.name) : [];
}
