import type { Window } from '../../model/index.ts';
import type { Local } from './zone.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** 1 January 1970 was a Thursday */
const FIRST_MONDAY: Local = 4 * DAY;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** `HH:MM` in milliseconds of the day. */
export function timeOfDay(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return (hours * 60 + minutes) * MINUTE;
}

type Stretch = { readonly from: number; readonly to: number };

/** When the windows are open on the clock of their zone: stretches of a week, in order, that do not touch. */
export type Week = readonly Stretch[];

/** The windows as one pattern. One over midnight, or over the end of the week, belongs to the day on which it begins. */
export function weekOf(windows: readonly Window[]): Week {
  const pieces = windows.flatMap(({ days, from, to }) =>
    days.flatMap((day) => {
      const start = DAYS.indexOf(day) * DAY + timeOfDay(from);
      const end = start + ((timeOfDay(to) - timeOfDay(from) + DAY) % DAY);
      return end <= WEEK ? [{ from: start, to: end }] : [{ from: start, to: WEEK }, { from: 0, to: end - WEEK }];
    }),
  );
  const merged: Stretch[] = [];
  for (const piece of pieces.sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last === undefined || piece.from > last.to) merged.push(piece);
    else merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, piece.to) };
  }
  return merged;
}

/** Is a time of the clock within, and until when does that stay so? `change` is the end of the stretch, or the beginning of the next one. */
export function within(week: Week, local: Local): { readonly open: boolean; readonly change: Local } {
  const position = (((local - FIRST_MONDAY) % WEEK) + WEEK) % WEEK;
  const start = local - position;
  const here = week.find((s) => s.from <= position && position < s.to);
  if (here !== undefined) return { open: true, change: start + here.to };
  const next = week.find((s) => s.from > position);
  return { open: false, change: next === undefined ? start + WEEK + (week[0]?.from ?? 0) : start + next.from };
}
