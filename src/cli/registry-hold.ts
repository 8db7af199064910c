import { type ComponentId, fail, type Failure, type Outcome, type Ports } from '../model/index.ts';
import { lockState, openState } from '../state/index.ts';

/**
 * Does something to one component's registration while no run can: enters by the run lock, and refuses while the journal says that an
 * update of it was interrupted, for recovery goes by the registration that it began with.
 */
export function underLock<T>(
  ports: Pick<Ports, 'files' | 'os' | 'sql' | 'proc' | 'clock' | 'log'>,
  stateDir: string,
  component: ComponentId,
  command: string,
  work: () => Outcome<T, Failure>,
): Outcome<T, Failure> {
  const now = ports.clock.now();
  const lock = lockState(ports, stateDir, command, now);
  if (!lock.ok) return lock;
  try {
    const state = openState(ports, stateDir, now);
    if (!state.ok) return state;
    const open = state.value.journal.list();
    state.value.close();
    if (!open.ok) return open;
    if (open.value.some((entry) => entry.component === component)) return fail('registry-unfinished', { component });
    return work();
  } finally {
    lock.value.release();
  }
}
