import { type Failure, fail, type Job, ok, type Outcome } from '../model/index.ts';

/**
 * Empty is not an update: content that is suddenly much smaller than what is installed is refused (clamav 1407, securityonion 3619).
 * A release older than the installed one, asked for by policy or rollback, was judged when it was new.
 */
export function checkShrink(job: Job, before: number, after: number, unit: 'bytes' | 'signatures' | 'rules'): Outcome<undefined, Failure> {
  const { previous, next, verify } = job;
  if (previous === null || next.sequence <= previous.sequence || before === 0) return ok();
  const percent = (100 * (before - after)) / before;
  if (percent <= verify.maxShrinkPercent) return ok();
  const shown = Math.floor(percent * 10) / 10;
  return fail('shrunk', { component: job.component.id, version: next.version, percent: shown, before, after, unit, allowed: verify.maxShrinkPercent });
}
