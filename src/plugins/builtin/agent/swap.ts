import { basename, dirname, join } from 'node:path';
import { type Failure, failed, type Io, type Job, ok, type Outcome, type Ports, type RunPlace } from '../../../model/index.ts';
import { keepDatabase } from '../../../state/index.ts';
import { finishFailed, readFailed, swapFailed } from '../../io-failures.ts';
import { leftovers, placeFile } from '../../place.ts';
import { prune } from '../../versions.ts';
import { standingAt, versionsOf } from '../files/install-path.ts';
import { isLive, swap as swapFile } from '../files/swap.ts';
import { PREVIOUS, previousOf, programOf } from './place.ts';

type Files = Ports['files'];
type SwapPorts = Pick<Ports, 'files' | 'sql' | 'os'>;

/**
 * Puts the new agent in place of the running one by one rename: the running process keeps its file, which lives on as the kept version, so
 * there is no "text file busy". Before it, durably: a copy of state.db for the agent that may have to come back, and the name by which that agent is found.
 */
export function swap(ports: SwapPorts, place: RunPlace | undefined, job: Job): Outcome<undefined, Failure> {
  const { files, os } = ports;
  const kept = place === undefined ? ok() : keepDatabase(ports, place.stateDir);
  if (!kept.ok) return kept;
  const named = namePrevious(files, job);
  if (!named.ok) return swapFailed(job, named.failure);
  const cleared = os.platform === 'win32' ? moveAway(files, job) : ok();
  return cleared.ok ? swapFile(files, job) : swapFailed(job, cleared.failure);
}

function namePrevious(files: Files, { component, previous }: Job): Io<undefined> {
  const kept = previous === null ? undefined : programOf(files, previous);
  if (kept === undefined || 'problem' in kept) return ok();
  const name = previousOf(component);
  const put = placeFile(files, kept.path, name);
  return put.ok ? files.syncFolder(dirname(name)) : put;
}

/**
 * Windows lets nobody rename over a program that runs, but lets everybody rename the program: it goes into the versions folder, where it is
 * removed when it does not run any more. Between the two renames nothing is at the install path; recovery fills it. Not tried on Windows.
 */
function moveAway(files: Files, { component }: Job): Io<undefined> {
  if (!files.stat(component.installPath).ok) return ok();
  return files.rename(component.installPath, files.temporaryName(join(versionsOf(component), basename(component.installPath))));
}

/** As `files` does, and keeps the name of the agent before while any version is kept. */
export function finish(files: Files, job: Job): Outcome<undefined, Failure> {
  const { component } = job;
  const folder = dirname(component.installPath);
  const left = leftovers(files, folder, [basename(component.installPath)]);
  if (!left.ok) return finishFailed(job, left.failure);
  for (const path of left.value) {
    const removed = files.remove(path);
    if (!removed.ok) return finishFailed(job, removed.failure);
  }
  const standing = standingAt(files, component);
  if (!standing.ok) return failed(readFailed(component.id, standing.failure));
  const pruned = prune(files, job, versionsOf(component), isLive(files, job, standing.value), [PREVIOUS]);
  return pruned.ok ? ok() : finishFailed(job, pruned.failure);
}
