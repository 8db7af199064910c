import type { Instant, Policy, WindowState } from '../../model/index.ts';
import { type Week, weekOf, within } from './week.ts';
import { Zone } from './zone.ts';

/** Longer than any pattern of windows needs to repeat itself, clock changes included. */
export const HORIZON = 15 * 86_400_000;

/** The windows of a policy, ready to be asked. No window in policy: always open. */
export class Windows {
  readonly #week: Week;
  readonly #zone: Zone;
  readonly #always: boolean;

  constructor(windows: Policy['schedule']['windows'], zone: Zone) {
    this.#week = weekOf(windows);
    this.#zone = zone;
    this.#always = windows.length === 0;
  }

  isOpen(at: Instant): boolean {
    return this.#always || within(this.#week, this.#zone.localAt(at)).open;
  }

  /** The first moment from `at` on at which they are open; `at` itself where they are. */
  opening(at: Instant): Instant {
    const opens = this.#always ? at : this.#first(at, true);
    if (opens === null) throw new Error(`no window opens within ${HORIZON} ms`);
    return opens;
  }

  /** The first moment from `at` on at which they are closed. null: never. */
  closing(at: Instant): Instant | null {
    return this.#always ? null : this.#first(at, false);
  }

  /** Walks from change to change, of the windows and of the zone's offset, until they are as wanted: the clock on the wall alone decides. */
  #first(from: Instant, open: boolean): Instant | null {
    for (let at = from; at < from + HORIZON; ) {
      const { offset, to } = this.#zone.spanAt(at);
      const now = within(this.#week, at + offset);
      if (now.open === open) return at;
      at = Math.min(now.change - offset, to);
    }
    return null;
  }
}

/**
 * Are runs allowed to act at `now`? A window is open while the clock of its zone shows a time in it: what clocks going forward leave out
 * does not come, and what clocks going back repeat comes twice. `zone` counts where the policy names none.
 */
export function windowAt({ windows, timeZone }: Policy['schedule'], now: Instant, zone: string): WindowState {
  const state = new Windows(windows, new Zone(timeZone ?? zone));
  const opensAt = state.opening(now);
  const open = opensAt === now;
  return { open, opensAt, closesAt: state.closing(opensAt) };
}
