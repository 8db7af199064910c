import type { Instant } from './ids.ts';
import type { Meaning, ReasonRow } from './reason-row.ts';
import { CHOICE_REASONS } from './reasons/choice.ts';
import { COMPONENT_REASONS } from './reasons/component.ts';
import { FIT_REASONS } from './reasons/fit.ts';
import { RELEASE_REASONS } from './reasons/release.ts';
import { RUN_REASONS } from './reasons/run.ts';
import { SCHEDULE_REASONS } from './reasons/schedule.ts';
import { TURN_REASONS } from './reasons/turn.ts';
import { fill, type Slots } from './slots.ts';

export type { Meaning, ReasonRow } from './reason-row.ts';

/** Every reason that a gate, or the engine, can give (DESIGN, Results: components[].reason.code). */
export const REASONS = {
  ...COMPONENT_REASONS,
  ...RELEASE_REASONS,
  ...FIT_REASONS,
  ...TURN_REASONS,
  ...CHOICE_REASONS,
  ...RUN_REASONS,
  ...SCHEDULE_REASONS,
} as const satisfies Record<string, ReasonRow>;

export type ReasonCode = keyof typeof REASONS;
export type ReasonSlots<C extends ReasonCode> = Slots<(typeof REASONS)[C]['text']> | Slots<(typeof REASONS)[C]['remedy']>;

/** A component's reason (DESIGN, Results), as data: the text comes from the table of reasons. */
export type Reason = {
  readonly code: ReasonCode;
  readonly data: Readonly<Record<string, string | number>>;
  /** the most specific key that decided: `content.av.hold.hours` */
  readonly policyKey?: string;
  /** the file that set policyKey */
  readonly source?: string;
  readonly until?: Instant;
  /** how often the user put it off, and how often policy lets them */
  readonly deferrals?: { readonly count: number; readonly limit: number };
};

/** Builds a reason; every `{slot}` of its row must be given. */
export function reason<C extends ReasonCode>(
  code: C,
  data: Readonly<Record<ReasonSlots<C>, string | number>>,
  more: Omit<Reason, 'code' | 'data'> = {},
): Reason {
  return { code, data, ...more };
}

export const reasonMeans = (r: Reason): Meaning => REASONS[r.code].means;
export const reasonText = (r: Reason): string => fill(REASONS[r.code].text, r.data);
/** What to do about it; empty where there is nothing to do. */
export const reasonRemedy = (r: Reason): string => fill(REASONS[r.code].remedy, r.data);
