import type { Clock, Log } from '../../src/model/index.ts';

/** A clock that runs `speed` times as fast as the real one, so that half a minute passes in a test's patience. */
export function fastClock(speed: number): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now() * speed,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const done = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms / speed);
        signal?.addEventListener('abort', done, { once: true });
      }),
  };
}

/** A log that keeps what was written. */
export function keptLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, write: (level, event, data) => lines.push(JSON.stringify({ level, event, ...data })) };
}
