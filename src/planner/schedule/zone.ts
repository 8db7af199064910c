import type { Instant } from '../../model/index.ts';

/** A time of the zone's own clock as if it were UTC, in milliseconds: 00:00 on 1 January 1970 there is 0. */
export type Local = number;
/** A time in which the zone's offset stays the same: from an instant until just before `to`. */
export type Span = { readonly offset: number; readonly to: Instant };

const NS_PER_MS = 1_000_000n;

/** Where a zone's clock stands. Spans that were looked up stay, so that a decision costs the database of zones one look-up, not hundreds. */
export class Zone {
  readonly #name: string;
  readonly #known: { readonly from: Instant; readonly span: Span }[] = [];

  /** Any name that the time zone database has; policy is checked before it comes here. */
  constructor(name: string) {
    this.#name = name;
  }

  /** The span that an instant lies in, as far as it matters from there on. */
  spanAt(at: Instant): Span {
    const known = this.#known.find(({ from, span }) => from <= at && at < span.to);
    if (known !== undefined) return known.span;
    const there = new Temporal.ZonedDateTime(BigInt(at) * NS_PER_MS, this.#name);
    const span = { offset: there.offsetNanoseconds / Number(NS_PER_MS), to: there.getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity };
    this.#known.push({ from: at, span });
    return span;
  }

  /** What the zone's clock shows at an instant. */
  localAt(at: Instant): Local {
    return at + this.spanAt(at).offset;
  }

  /**
   * The first instant, not before `from`, at which the clock shows `local` or, where it never shows that, has gone past it. Of a time that
   * comes twice that is the first, of one that clocks going forward leave out the moment of their change. `from` at most a day or so before it.
   */
  firstAt(local: Local, from: Instant): Instant {
    for (let at = from; ; ) {
      const { offset, to } = this.spanAt(at);
      const shown = local - offset;
      if (shown < to) return Math.max(shown, at);
      at = to;
    }
  }
}
