import { fail, type Failure, failureCode, ok, type Outcome } from '../model/index.ts';
import { lockState, openState, type State } from '../state/index.ts';
import type { RunOptions, World } from './world.ts';

/** The state, with the lock that keeps others out. */
export type Held = { readonly state: State; readonly release: () => void };

/** The lock first, then the state: two runs at once never both read it. Who asked to stop meanwhile is told that, and not who has the lock. */
export function hold(world: World, options: Pick<RunOptions, 'stateDir' | 'trigger' | 'signal' | 'signalName'>, now: number): Outcome<Held, Failure> {
  const lock = lockState(world.ports, options.stateDir, options.trigger, now);
  if (!lock.ok) return options.signal.aborted && failureCode(lock.failure) === 'locked' ? fail('interrupted', { signal: options.signalName() }) : lock;
  const state = openState(world.ports, options.stateDir, now, world.kept);
  if (!state.ok) {
    lock.value.release();
    return state;
  }
  return ok({ state: state.value, release: () => lock.value.release() });
}

/** Does work on the state that is held, and lets go of it. */
export async function holding<T>({ state, release }: Held, work: (state: State) => Promise<T>): Promise<T> {
  try {
    return await work(state);
  } finally {
    state.close();
    release();
  }
}

/** Tries so often to hold the state again, and waits so long in between: another run may have begun meanwhile. */
const HOLD_TRIES = 60;
const HOLD_WAIT_MS = 1000;

export async function holdAgain(world: World, options: RunOptions, now: number): Promise<Outcome<Held, Failure>> {
  for (let tries = 1; ; tries++) {
    const held = hold(world, options, now);
    if (held.ok || failureCode(held.failure) !== 'locked' || tries >= HOLD_TRIES || options.signal.aborted) return held;
    await world.ports.clock.sleep(HOLD_WAIT_MS, options.signal);
  }
}
