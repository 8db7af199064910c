import { type Clock, MIN_BYTES_PER_SECOND } from '../model/index.ts';

/** Slower than MIN_BYTES_PER_SECOND for so long, and a transfer is given up: the next server is tried (DESIGN, Network). */
const SLOW_MS = 30_000;

/** Keeps time for one request. */
export type Watch = {
  /** the request left, or the head came: a sign of life */
  alive(): void;
  bytes(count: number): void;
  /** we hold the transfer back ourselves: that is not the server's fault */
  held(): void;
  released(): void;
  stop(): void;
};

/** The time that is allowed: without a byte, and for all of it. What we hold back ourselves counts for neither. */
type Limits = { readonly idleMs: number; readonly totalMs: number };

/** Calls `stalled` once when nothing came for idleMs, too little for SLOW_MS since the first byte of the body, or not all of it in totalMs. */
export function watch(clock: Clock, { idleMs, totalMs }: Limits, stalled: (why: string) => void): Watch {
  const stop = new AbortController();
  let last = clock.monotonic();
  let due = last + totalMs;
  let heldAt = 0;
  let windowStart: number | undefined;
  let windowBytes = 0;
  let heldBack = false;
  const verdict = (now: number): string | undefined => {
    if (heldBack) return undefined;
    if (now - last >= idleMs) return `no byte for ${Math.round(idleMs / 100) / 10} s`;
    if (now >= due) return `not at its end after ${Math.round(totalMs / 100) / 10} s`;
    if (windowStart === undefined || now - windowStart < SLOW_MS) return undefined;
    const rate = (windowBytes * 1000) / (now - windowStart);
    windowStart = now;
    windowBytes = 0;
    return rate < MIN_BYTES_PER_SECOND ? `${Math.round(rate)} bytes a second for ${SLOW_MS / 1000} s` : undefined;
  };
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const now = clock.monotonic();
      const why = verdict(now);
      if (why !== undefined) {
        stalled(why);
        return;
      }
      const idle = heldBack ? idleMs : last + idleMs - now;
      const slow = windowStart === undefined ? SLOW_MS : windowStart + SLOW_MS - now;
      await clock.sleep(Math.max(1, Math.min(idle, slow, heldBack ? idle : due - now)), stop.signal);
    }
  };
  void run();
  const alive = (): void => {
    last = clock.monotonic();
  };
  return {
    alive,
    bytes: (count) => {
      alive();
      windowStart ??= last;
      windowBytes += count;
    },
    held: () => {
      heldBack = true;
      heldAt = clock.monotonic();
    },
    released: () => {
      heldBack = false;
      due += clock.monotonic() - heldAt;
      windowStart = undefined;
      windowBytes = 0;
      alive();
    },
    stop: () => stop.abort(),
  };
}
