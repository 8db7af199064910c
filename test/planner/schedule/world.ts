import type { Policy, ScheduleFacts } from '../../../src/model/index.ts';
import { HOST } from '../world.ts';

type Schedule = Policy['schedule'];

/** A policy's schedule with the table's defaults, but without any spread, so that moments can be read. */
export function policyOf(schedule: Partial<Schedule> = {}): Pick<Policy, 'schedule'> {
  return { schedule: { everyMinutes: 240, dailyAt: [], splayMinutes: 0, windows: [], retryWindowMinutes: 0, onBattery: 'run', onMetered: 'run', ...schedule } };
}

export const at = (text: string): number => Date.parse(text);

/** A machine that ran last at `lastRun`, without trouble, was up all the time, and does not know a zone of its own. */
export function factsAt(now: string, lastRun: string | null, more: Partial<ScheduleFacts> = {}): ScheduleFacts {
  const last = lastRun === null ? null : at(lastRun);
  return {
    now: at(now),
    hostId: HOST,
    zone: 'UTC',
    lastRun: last,
    lastContact: last,
    failing: null,
    oldestContent: last,
    staleFrom: null,
    power: 'unknown',
    network: 'unknown',
    upSince: null,
    coolingUntil: null,
    ...more,
  };
}

export const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
