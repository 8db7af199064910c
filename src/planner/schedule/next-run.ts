import { type Instant, type Next, type Policy, reason, type Reason, rfc3339, type ScheduleFacts } from '../../model/index.ts';
import { shareOf } from '../share.ts';
import { type Slot, Slots } from './slots.ts';
import { Windows } from './window.ts';
import { Zone } from './zone.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** What was missed comes within this time after the machine is back, or sooner where policy spreads less. */
const CATCH_UP = 15 * MINUTE;
/** Nobody tells when power or network change: so often it is looked at again. */
const LOOK_AGAIN = 15 * MINUTE;
/** The first retry waits this long to twice this long, each further one twice as long as the one before. */
const FIRST_RETRY = 2 * MINUTE;

type Schedule = Policy['schedule'];
type Scheduled = Pick<Policy, 'id' | 'schedule'>;

const by = (key: keyof Schedule): Pick<Reason, 'policyKey'> => ({ policyKey: `schedule.${key}` });

/**
 * When the next scheduled run is due on this machine, with what it knows now. Pure: the same facts give the same moment, in a run, in the
 * daemon and in `explain --at`, and time alone does not move it. Never outside a window.
 */
export function nextRun({ id, schedule }: Scheduled, known: ScheduleFacts): Next {
  const facts = notAhead(known);
  const zone = new Zone(schedule.timeZone ?? facts.zone);
  const windows = new Windows(schedule.windows, zone);
  const slots = new Slots(schedule, zone, windows, shareOf(facts.hostId, id ?? '', 'schedule'));
  const asked = coolDown(facts, spare(schedule, facts, dueOf(schedule, slots, windows, facts)));
  const at = slots.within(asked.at);
  return at === asked.at ? asked : { at, reason: whyWindow(windows.opening(asked.at)) };
}

/** What was noted while the clock was ahead must not put the next run off until then. */
function notAhead(facts: ScheduleFacts): ScheduleFacts {
  const { now } = facts;
  const past = (at: Instant | null): Instant | null => (at === null ? null : Math.min(at, now));
  return { ...facts, lastRun: past(facts.lastRun), lastContact: past(facts.lastContact), oldestContent: past(facts.oldestContent) };
}

/** Runs that are walked through one by one; beyond, they are taken to follow their schedule. */
const MOST_STEPS = 1000;

/**
 * When the next scheduled run is due as seen from `at`, earlier or later than now. Between now and then the runs that are due are made, and
 * go well; content stays as old as it is, and nothing keeps them from power or network.
 */
export function nextFrom(policy: Scheduled, facts: ScheduleFacts, at: Instant): Next {
  if (at <= facts.now) return nextRun(policy, { ...facts, now: at });
  let then = facts;
  for (let step = 0; step < MOST_STEPS; step++) {
    const next = nextRun(policy, then);
    if (next.at >= at) return next;
    then = { ...then, now: next.at, lastRun: next.at, lastContact: next.at, failing: null, coolingUntil: null, power: 'unknown', network: 'unknown' };
  }
  return nextRun(policy, { ...then, now: at, lastRun: at - 1 });
}

/** The regular slot, the first one that policy wants a run at, the retry of what failed, or what was missed. */
function dueOf(schedule: Schedule, slots: Slots, windows: Windows, facts: ScheduleFacts): Next {
  const { now, lastRun } = facts;
  const wanted = onlyIf(schedule, facts);
  if (lastRun === null && (wanted === undefined || wanted.from <= now)) return { at: now, reason: reason('next-first', {}) };
  const from = wanted?.from ?? -Infinity;
  const slot = slots.after(Math.max(lastRun ?? -Infinity, from - 1));
  const isPutOff = wanted !== undefined && (lastRun === null || slots.after(lastRun).at < from);
  const due = { at: slot.at, reason: isPutOff ? wanted.why : whySlot(schedule, facts.zone, slot) };
  const again = retry(schedule, windows, facts);
  if (again !== undefined && again.at < slot.at && again.at >= from) return again;
  return slot.at > now ? due : late(schedule, slots, facts, due);
}

/** What was due and not made: now, or soon after the machine is back, spread as if it were on time, also over the window that it has to wait for. */
function late(schedule: Schedule, slots: Slots, { now, upSince, hostId }: ScheduleFacts, due: Next): Next {
  const wasOff = upSince !== null && due.at < upSince && upSince <= now;
  const jitter = shareOf(hostId, String(due.at)) * Math.min(CATCH_UP, schedule.splayMinutes * MINUTE, schedule.everyMinutes * MINUTE);
  const { at, opens } = slots.resume(wasOff ? upSince + Math.floor(jitter) : due.at, now);
  const missed = wasOff ? reason('next-missed', { missed: rfc3339(due.at) }) : due.reason;
  return { at: Math.min(Math.max(now, at), slots.after(now).at), reason: opens === null ? missed : whyWindow(opens) };
}

/** After failed runs in a row: later each time, within policy's time from the first failure on, and only while a window is open. */
function retry({ retryWindowMinutes }: Schedule, windows: Windows, { failing, now, hostId }: ScheduleFacts): Next | undefined {
  if (failing === null) return undefined;
  const until = failing.since + retryWindowMinutes * MINUTE;
  const jitter = 1 + shareOf(hostId, String(failing.last));
  const at = Math.max(now, failing.last + Math.floor(FIRST_RETRY * 2 ** (failing.runs - 1) * jitter));
  if (at >= until || !windows.isOpen(at)) return undefined;
  return { at, reason: reason('next-retry', { runs: failing.runs, until: rfc3339(until) }, by('retryWindowMinutes')) };
}

/** Where policy wants scheduled runs only then: from when on content is old enough, or no server answered for long enough. */
function onlyIf(schedule: Schedule, facts: ScheduleFacts): { readonly from: Instant; readonly why: Reason } | undefined {
  const conditions = [
    { hours: schedule.onlyIfOlderThanHours, since: facts.oldestContent, key: 'onlyIfOlderThanHours' },
    { hours: schedule.onlyIfDisconnectedHours, since: facts.lastContact, key: 'onlyIfDisconnectedHours' },
  ] as const;
  const ends = conditions.flatMap(({ hours, since, key }) => (hours === undefined ? [] : [{ key, from: since === null ? -Infinity : since + hours * HOUR }]));
  const [first] = ends.sort((a, b) => a.from - b.from);
  if (first === undefined || first.from === -Infinity) return undefined;
  return { from: first.from, why: reason('next-only-if', { key: `schedule.${first.key}`, met: rfc3339(first.from) }, by(first.key)) };
}

/** What is due now waits for power or a network that costs less, where policy says so, but never longer than content stays fresh. */
function spare(schedule: Schedule, { power, network, now, staleFrom }: ScheduleFacts, due: Next): Next {
  const onBattery = schedule.onBattery === 'wait' && power === 'battery';
  const onMetered = schedule.onMetered === 'wait' && network === 'metered';
  if ((!onBattery && !onMetered) || due.at > now || staleFrom === null || staleFrom <= now) return due;
  const at = Math.min(now + LOOK_AGAIN, staleFrom);
  const stale = rfc3339(staleFrom);
  if (onBattery) return { at, reason: reason('next-battery', { stale, key: 'schedule.onBattery' }, by('onBattery')) };
  return { at, reason: reason('next-metered', { stale, key: 'schedule.onMetered' }, by('onMetered')) };
}

function coolDown({ coolingUntil }: ScheduleFacts, due: Next): Next {
  if (coolingUntil === null || coolingUntil <= due.at) return due;
  return { at: coolingUntil, reason: reason('next-cooling', { until: rfc3339(coolingUntil) }) };
}

const whyWindow = (opens: Instant): Reason => reason('next-window', { opens: rfc3339(opens) }, by('windows'));

function whySlot({ everyMinutes, dailyAt, timeZone }: Schedule, machineZone: string, { named, opens, at }: Slot): Reason {
  if (opens !== named) return whyWindow(opens);
  const place = Math.round((at - opens) / MINUTE);
  if (dailyAt.length > 0) return reason('next-daily', { times: dailyAt.join(', '), zone: timeZone ?? machineZone, place }, by('dailyAt'));
  return reason('next-period', { every: everyMinutes, place }, by('everyMinutes'));
}
