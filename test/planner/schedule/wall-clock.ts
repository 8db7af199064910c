/** What a zone's clock shows, by another way than the one that is tested. */
import type { Window } from '../../../src/model/index.ts';

/** Central Europe and the eastern USA change by an hour, Lord Howe by half an hour, the other way round in the year, India never. */
export const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'] as const;
/** ten years, in seconds */
export const FIRST = Date.UTC(2026, 0, 1) / 1000;
export const LAST = Date.UTC(2036, 0, 1) / 1000;

const formats = new Map<string, Intl.DateTimeFormat>();
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

type Shown = { readonly day: string; readonly minutes: number; readonly date: string };

/** Day, minute of the day and date on the clock of a zone. */
export function wallClock(at: number, zone: string): Shown {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', weekday: 'short', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' });
  formats.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return { day: `${parts['weekday']}`.toLowerCase(), minutes: Number(parts['hour']) * 60 + Number(parts['minute']), date: `${parts['year']}-${parts['month']}-${parts['day']}` };
}

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

/** Does the clock of the zone show a time within one of the windows? */
export function isWithin(windows: readonly Window[], at: number, zone: string): boolean {
  const { day, minutes } = wallClock(at, zone);
  const dayBefore = DAYS[(DAYS.indexOf(day) + 6) % 7] ?? '';
  return windows.some(({ days, from, to }) => {
    const [start, end] = [minutesOf(from), minutesOf(to)];
    if (start < end) return days.includes(day) && start <= minutes && minutes < end;
    return (days.includes(day) && start <= minutes) || (days.includes(dayBefore) && minutes < end);
  });
}

/** The moments within ten years at which the clock of a zone is changed, found hour by hour. */
export function changesOf(zone: string): readonly number[] {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset', year: 'numeric' });
  const offset = (at: number): string => format.format(at).split('GMT')[1] ?? '';
  const changes: number[] = [];
  const DAY = 86_400;
  for (let day = FIRST; day < LAST; day += DAY) {
    if (offset(day * 1000) === offset((day + DAY) * 1000)) continue;
    let [before, after] = [day, day + DAY];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offset(middle * 1000) === offset(day * 1000)) before = middle;
      else after = middle;
    }
    changes.push(after);
  }
  return changes;
}
