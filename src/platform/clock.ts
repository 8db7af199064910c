import type { Clock } from '../model/index.ts';

/** Of the same clock as performance.now(), which would load node:perf_hooks (5 ms of CPU). */
export function milliseconds(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The machine's clock. */
export function createClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: milliseconds,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const done = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal?.addEventListener('abort', done, { once: true });
      }),
  };
}
