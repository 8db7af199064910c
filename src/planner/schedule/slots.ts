import type { Instant, Policy } from '../../model/index.ts';
import { timeOfDay } from './week.ts';
import { HORIZON, type Windows } from './window.ts';
import type { Zone } from './zone.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** no zone is further from UTC */
const MAX_OFFSET = 18 * 3_600_000;

type Schedule = Policy['schedule'];

/** The moments that policy names, before they are spread and fitted into windows. `reach`: no two are further apart. */
type Moments = { readonly reach: number; readonly from: (at: Instant) => Instant };

/** Every so many minutes, counted from 1 January 1970 UTC, so that nobody has to remember when the last one was. */
function periodic(everyMinutes: number): Moments {
  const period = everyMinutes * MINUTE;
  return { reach: period, from: (at) => Math.ceil(at / period) * period };
}

/** At times of the day, once a day each, also on days on which the clock shows one never (then when it is changed) or twice (the first time). */
function daily(times: readonly string[], zone: Zone): Moments {
  const ofDay = times.map(timeOfDay);
  const from = (at: Instant): Instant => {
    const today = Math.floor(zone.localAt(at) / DAY) * DAY;
    const moments = [-DAY, 0, DAY, 2 * DAY].flatMap((day) => ofDay.map((time) => zone.firstAt(today + day + time, today + day + time - MAX_OFFSET)));
    return Math.min(...moments.filter((moment) => moment >= at));
  };
  return { reach: 2 * DAY, from };
}

/** A run's moment, and where its spread begins: as policy names it, or at the opening of the window that it was put off to. */
export type Slot = { readonly at: Instant; readonly named: Instant; readonly opens: Instant };

/** The moments of scheduled runs on this machine, whatever happened before. */
export class Slots {
  readonly #moments: Moments;
  readonly #windows: Windows;
  readonly #share: number;
  readonly #splay: number;

  /** `share`: this machine's place among all, 0 to just below 1. */
  constructor(schedule: Schedule, zone: Zone, windows: Windows, share: number) {
    this.#moments = schedule.dailyAt.length === 0 ? periodic(schedule.everyMinutes) : daily(schedule.dailyAt, zone);
    this.#windows = windows;
    this.#share = share;
    const splay = schedule.splayMinutes * MINUTE;
    this.#splay = schedule.dailyAt.length === 0 ? Math.min(splay, this.#moments.reach) : splay;
  }

  /** The first slot after an instant. The later a moment is named, the later its slot, so the first that fits is the one. */
  after(at: Instant): Slot {
    const { from, reach } = this.#moments;
    for (let named = from(at - this.#splay - reach); ; named = from(named + 1)) {
      const slot = this.#slotOf(named);
      if (slot.at > at) return slot;
    }
  }

  /** The moment itself where runs may act then; else when the next window opens, spread over it, so that not all machines come at once. */
  within(at: Instant): Instant {
    return this.#windows.isOpen(at) ? at : this.#slotOf(at).at;
  }

  /**
   * What could have been made from `since` on, as it is left at `now`: `since` itself where that window is still open, else spread over the
   * first one since that is not over; `opens` says which.
   */
  resume(since: Instant, now: Instant): { readonly at: Instant; readonly opens: Instant | null } {
    for (let from = Math.max(since, now - HORIZON); ; ) {
      const opens = this.#windows.opening(from);
      const closes = this.#windows.closing(opens) ?? Infinity;
      if (closes > now) return opens === from ? { at: since, opens: null } : { at: this.#spread(opens), opens };
      from = closes;
    }
  }

  #slotOf(named: Instant): Slot {
    const opens = this.#windows.opening(named);
    return { at: this.#spread(opens), named, opens };
  }

  /** Spread from a moment in a window on; less where the window ends before: it is never left. */
  #spread(from: Instant): Instant {
    const left = (this.#windows.closing(from) ?? Infinity) - from;
    return from + Math.floor(this.#share * Math.min(this.#splay, left));
  }
}
