import type { ControlLimits } from '../model/index.ts';

/** What the control socket takes, and when it stops listening to somebody. */
export const CONTROL_LIMITS: ControlLimits = {
  maxBodyBytes: 64 * 1024,
  maxHeaderBytes: 8 * 1024,
  maxConnections: 128,
  requestMs: 10_000,
  maxUnreadBytes: 4 * 1024 * 1024,
};

/** Commands that may wait; one more is refused. */
export const MAX_QUEUE = 100;

/** Events kept for those who come back with Last-Event-ID, and what they may take together. */
export const MAX_EVENTS = 1000;
export const MAX_EVENT_CHARACTERS = 2 * 1024 * 1024;
/** An empty line to each reader of events, so that a dead one is noticed. */
export const HEARTBEAT_MS = 15_000;

/** After so long without anything to do, memory is given back: once, until something is done again. */
export const REST_MS = 10_000;

/** So often a waiting daemon looks at its policy and its clock. Each look is a few stats. */
export const TICK_MS = 5000;
/** Between two ticks the wall clock and the steady one may differ by so much; more is a sleep, or a clock that was set. */
export const CLOCK_JUMP_MS = 20_000;

/** A cycle that was cut short by its number of rounds is called again, at most so often for one command. */
export const MAX_CYCLES = 5;
/** Where another glued holds the run lock, a command waits so long between two tries, and is given up after so many. */
export const LOCKED_WAIT_MS = 5000;
export const LOCKED_TRIES = 12;

/** After SIGTERM the run in hand has so long to come to its safe point; then the next start recovers it. */
export const STOP_MS = 8000;

/** A request that is left for the next daemon is given up after so long: by then it waits where the service manager sees it. */
export const ASK_FOR_NEXT_MS = 300;
