import type { Policy, RunSeen, ScheduleMemory } from '../../model/index.ts';
import { windowAt } from './window.ts';

const MINUTE = 60_000;

/**
 * What the schedule remembers after a run. A run of a part only, one that was interrupted, and one that a window stopped leave what is due
 * as it was. Only scheduled runs are tried again, and any good run ends that.
 */
export function remember(schedule: Policy['schedule'], memory: ScheduleMemory, run: RunSeen, zone: string): ScheduleMemory {
  const lastContact = run.answered === 'yes' ? run.finishedAt : memory.lastContact;
  const mayAct = run.force === 'yes' || windowAt(schedule, run.startedAt, zone).open;
  if (run.scope === 'some' || run.outcome === 'interrupted' || !mayAct) return { ...memory, lastContact };
  return { lastRun: run.startedAt, lastContact, failing: failing(schedule, memory, run) };
}

function failing({ retryWindowMinutes }: Policy['schedule'], { failing: before }: ScheduleMemory, run: RunSeen): ScheduleMemory['failing'] {
  if (run.outcome === 'well') return null;
  if (run.scheduled === 'no') return before;
  const isRetry = before !== null && run.startedAt < before.since + retryWindowMinutes * MINUTE;
  return isRetry ? { since: before.since, last: run.finishedAt, runs: before.runs + 1 } : { since: run.startedAt, last: run.finishedAt, runs: 1 };
}
