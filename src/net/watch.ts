import type { Clock } from '../model/index.ts';

/** Below this for SLOW_MS a transfer is given up, so that the next server is tried (DESIGN, Network). */
const MIN_BYTES_PER_SECOND = 1024;
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

/** Calls `stalled` once when nothing came for idleMs, or too little for SLOW_MS since the first byte of the body. */
export function watch(clock: Clock, idleMs: number, stalled: (why: string) => void): Watch {
  const stop = new AbortController();
  let last = clock.monotonic();
  let windowStart: number | undefined;
  let windowBytes = 0;
  let heldBack = false;
  const verdict = (now: number): string | undefined => {
    if (heldBack) return undefined;
    if (now - last >= idleMs) return `no byte for ${Math.round(idleMs / 100) / 10} s`;
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
      await clock.sleep(Math.max(1, Math.min(idle, slow)), stop.signal);
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
    },
    released: () => {
      heldBack = false;
      windowStart = undefined;
      windowBytes = 0;
      alive();
    },
    stop: () => stop.abort(),
  };
}
