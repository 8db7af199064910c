import { type Instant, type Next, type Policy, reason, type Reason, rfc3339, type ScheduleFacts } from '../../model/index.ts';
import { shareOf } from '../share.ts';
import { type Slot, Slots } from './slots.ts';
import { Windows } from './window.ts';
import { Zone } from './zone.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** What was missed comes within this time after the machine is back, or sooner where policy spreads less. */
const CATCH_UP = 15 * MINUTE;
/** The first retry waits this long to twice this long, each further one twice as long as the one before. */
const FIRST_RETRY = 2 * MINUTE;

type Scheduled = Pick<Policy, 'id' | 'schedule'>;
type Key = keyof Policy['schedule'];

const by = (key: Key): Pick<Reason, 'policyKey'> => ({ policyKey: `schedule.${key}` });

/**
 * When the next scheduled run is due on this machine, with what it knows now. Pure: the same facts give the same moment, in a run, in the
 * daemon and in `explain --at`. Never outside a window.
 */
export function nextRun(policy: Scheduled, facts: ScheduleFacts): Next {
  const { schedule } = policy;
  const zone = new Zone(schedule.timeZone ?? facts.zone);
  const windows = new Windows(schedule.windows, zone);
  const slots = new Slots(schedule, zone, windows, shareOf(facts.hostId, policy.id ?? '', 'schedule'));
  const due = facts.lastRun === null ? { at: facts.now, reason: reason('next-first', {}) } : dueAfter(policy, slots, windows, facts, facts.lastRun);
  const wanted = onlyIf(schedule, slots, facts, due);
  const asked = coolDown(facts, wanted);
  const at = slots.within(asked.at);
  return at === asked.at ? asked : { at, reason: reason('next-window', { opens: rfc3339(windows.opening(asked.at)) }, by('windows')) };
}

/** Runs that are walked through one by one; beyond, they are taken to follow their schedule. */
const MOST_STEPS = 1000;

/**
 * When the next scheduled run is due as seen from `at`, earlier or later than now. Between now and then the runs that are due are made, and
 * go well; content stays as old as it is.
 */
export function nextFrom(policy: Scheduled, facts: ScheduleFacts, at: Instant): Next {
  if (at <= facts.now) return nextRun(policy, { ...facts, now: at });
  let then = facts;
  for (let step = 0; step < MOST_STEPS; step++) {
    const next = nextRun(policy, then);
    if (next.at >= at) return next;
    then = { ...then, now: next.at, lastRun: next.at, lastContact: next.at, failing: null, coolingUntil: null };
  }
  return nextRun(policy, { ...then, now: at, lastRun: at - 1 });
}

/** The regular slot, the retry of a run that failed, or what was missed. */
function dueAfter(policy: Scheduled, slots: Slots, windows: Windows, facts: ScheduleFacts, lastRun: Instant): Next {
  const { schedule } = policy;
  const slot = slots.after(lastRun);
  const again = retry(schedule, windows, facts);
  if (again !== undefined && again.at < slot.at) return again;
  const { now, upSince } = facts;
  if (slot.at > now) return { at: slot.at, reason: whySlot(schedule, slot) };
  if (upSince === null || upSince <= slot.at || upSince > now) return { at: now, reason: whySlot(schedule, slot) };
  const jitter = shareOf(facts.hostId, String(slot.at)) * Math.min(CATCH_UP, schedule.splayMinutes * MINUTE, schedule.everyMinutes * MINUTE);
  const at = Math.min(Math.max(now, upSince + Math.floor(jitter)), slots.after(now).at);
  return { at, reason: reason('next-missed', { missed: rfc3339(slot.at) }) };
}

/** After failed runs in a row: later each time, within policy's time from the first failure on, and only while a window is open. */
function retry({ retryWindowMinutes }: Policy['schedule'], windows: Windows, { failing, now, hostId }: ScheduleFacts): Next | undefined {
  if (failing === null) return undefined;
  const until = failing.since + retryWindowMinutes * MINUTE;
  const jitter = 1 + shareOf(hostId, String(failing.last));
  const at = Math.max(now, failing.last + Math.floor(FIRST_RETRY * 2 ** (failing.runs - 1) * jitter));
  if (at >= until || !windows.isOpen(at)) return undefined;
  return { at, reason: reason('next-retry', { runs: failing.runs, until: rfc3339(until) }, by('retryWindowMinutes')) };
}

/** Content is old enough, or no server answered for long enough: before the first of the two a scheduled run has nothing to do. */
function onlyIf({ onlyIfOlderThanHours, onlyIfDisconnectedHours }: Policy['schedule'], slots: Slots, facts: ScheduleFacts, due: Next): Next {
  const conditions = [
    { hours: onlyIfOlderThanHours, since: facts.oldestContent, key: 'onlyIfOlderThanHours' },
    { hours: onlyIfDisconnectedHours, since: facts.lastContact, key: 'onlyIfDisconnectedHours' },
  ] as const;
  const met = conditions.flatMap(({ hours, since, key }) => (hours === undefined ? [] : [{ key, at: since === null ? -Infinity : since + hours * HOUR }]));
  const first = met.sort((a, b) => a.at - b.at)[0];
  if (first === undefined || first.at <= due.at) return due;
  return { at: slots.after(first.at - 1).at, reason: reason('next-only-if', { key: `schedule.${first.key}`, met: rfc3339(first.at) }, by(first.key)) };
}

function coolDown({ coolingUntil }: ScheduleFacts, due: Next): Next {
  if (coolingUntil === null || coolingUntil <= due.at) return due;
  return { at: coolingUntil, reason: reason('next-cooling', { until: rfc3339(coolingUntil) }) };
}

function whySlot({ everyMinutes, dailyAt }: Policy['schedule'], { named, opens, place }: Slot): Reason {
  if (opens !== named) return reason('next-window', { opens: rfc3339(opens) }, by('windows'));
  const minutes = Math.round(place / MINUTE);
  if (dailyAt.length > 0) return reason('next-daily', { times: dailyAt.join(', '), place: minutes }, by('dailyAt'));
  return reason('next-period', { every: everyMinutes, place: minutes }, by('everyMinutes'));
}
