import type { Clock } from '../model/index.ts';

/** shorter waits than this cost more than they slow down */
const LEAST_WAIT_MS = 20;

/** Holds a transfer to so many bytes a second, over its whole length; 0 is no limit. */
export function pace(clock: Clock, maxBytesPerSecond: number, signal: AbortSignal): (bytes: number) => 'go' | Promise<'go'> {
  if (maxBytesPerSecond === 0) return () => 'go';
  const began = clock.monotonic();
  let sent = 0;
  return (bytes) => {
    sent += bytes;
    const aheadMs = (sent * 1000) / maxBytesPerSecond - (clock.monotonic() - began);
    return aheadMs < LEAST_WAIT_MS ? 'go' : clock.sleep(aheadMs, signal).then(() => 'go');
  };
}
