import { failed, type Failure, failureCode, type HistoryEntry, ok, type Outcome, type Ports } from '../model/index.ts';
import { lockState, openState, readStatus } from '../state/index.ts';

/** More than the policy keeps of any component by default. */
const ENTRIES = 1000;

/**
 * Each component's history, newest first. state.db is read under the run lock; while a run holds it, what the last status.json says is
 * the answer. A state folder that is not there is not made.
 */
export function loadHistory(
  ports: Pick<Ports, 'clock' | 'files' | 'log' | 'os' | 'proc' | 'sql'>,
  stateDir: string,
): Outcome<ReadonlyMap<string, readonly HistoryEntry[]>, Failure> {
  const seen = ports.files.stat(stateDir);
  if (!seen.ok && seen.failure.kind === 'absent') return ok(new Map());
  const now = ports.clock.now();
  const lock = lockState(ports, stateDir, 'history', now);
  if (!lock.ok) return failureCode(lock.failure) === 'locked' ? fromStatus(ports, stateDir, lock.failure) : lock;
  const state = openState(ports, stateDir, now);
  try {
    return state.ok ? state.value.history.latest(ENTRIES) : state;
  } finally {
    if (state.ok) state.value.close();
    lock.value.release();
  }
}

function fromStatus(ports: Pick<Ports, 'files'>, stateDir: string, locked: Failure): Outcome<ReadonlyMap<string, readonly HistoryEntry[]>, Failure> {
  const read = readStatus(ports, stateDir);
  if (!read.ok || read.value.kind !== 'document') return failed(locked);
  return ok(new Map(read.value.document.components.map((c) => [c.id, c.history])));
}
