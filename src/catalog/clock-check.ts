/** A wrong clock is told as such, before any repository is blamed for what it makes of dates (code 7). */
import { CLOCK_TOLERANCE_MS, fail, type Failure, type Instant, ok, type Outcome, rfc3339 } from '../model/index.ts';
import { MAX_CLOCK_SKEW_MS } from './limits.ts';

/** The clock against what this machine knows already: when the agent was built, and the newest release that was verified here. */
export function checkClock(now: Instant, buildTime: Instant, newestDate: Instant | null): Outcome<undefined, Failure> {
  if (now < buildTime) return fail('clock-before-build', { now: rfc3339(now), build: rfc3339(buildTime) });
  if (newestDate !== null && now < newestDate - CLOCK_TOLERANCE_MS) return fail('clock-before-content', { now: rfc3339(now), date: rfc3339(newestDate) });
  return ok();
}

/** The clock against a server's own: more than a day apart, one of them is wrong. */
export function checkServerClock(now: Instant, server: string, serverTime: Instant): Outcome<undefined, Failure> {
  if (Math.abs(now - serverTime) <= MAX_CLOCK_SKEW_MS) return ok();
  return fail('clock-off-server', { server, now: rfc3339(now), there: rfc3339(serverTime) });
}
