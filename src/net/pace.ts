import type { Clock, Http, HttpSink } from '../model/index.ts';
import { documentBy } from './body.ts';

/** shorter waits than this cost more than they slow down */
const LEAST_WAIT_MS = 20;
/** time that went unused is made up for, so that timers that are late cost no speed: at most this, 1 % over ten seconds */
const CREDIT_MS = 100;

type PaceClock = Pick<Clock, 'monotonic' | 'sleep'>;

/**
 * One bucket for all that comes in: each piece takes its time in the order in which it came, whichever transfer it belongs to. Gives how
 * long whoever received it must not read on.
 */
export function bucket(clock: Pick<Clock, 'monotonic'>, maxBytesPerSecond: number): (bytes: number) => number {
  let paidUntil: number | undefined;
  return (bytes) => {
    const now = clock.monotonic();
    paidUntil = Math.max(paidUntil ?? now, now - CREDIT_MS) + (bytes * 1000) / maxBytesPerSecond;
    return paidUntil - now;
  };
}

/** `Http` whose transfers together stay within so many bytes a second, documents too; 0 is no limit. */
export function withPace(http: Http, clock: PaceClock, maxBytesPerSecond: number): Http {
  if (maxBytesPerSecond === 0) return http;
  const waitMs = bucket(clock, maxBytesPerSecond);
  const stream: Http['stream'] = (request, sink) => {
    const paced: HttpSink = {
      head: (head) => sink.head(head),
      chunk: (bytes) => {
        const verdict = sink.chunk(bytes);
        const ms = waitMs(bytes.length);
        if (verdict === 'stop' || ms < LEAST_WAIT_MS) return verdict;
        return clock.sleep(ms, request.signal).then(() => verdict);
      },
    };
    return http.stream(request, paced);
  };
  return { stream, document: (request) => documentBy(stream, request), close: () => http.close() };
}
