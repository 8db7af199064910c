import type { Slots } from './slots.ts';

/** One row of the table of reasons: why a component is where it is. `{name}` is filled from the reason's data. */
export type ReasonRow = { readonly text: string; readonly remedy: string };

/** Every reason that a gate, or the engine, can give (DESIGN, Results: components[].reason.code). */
export const REASONS = {
  'up-to-date': { text: 'Release {sequence} ({version}) is the newest that policy allows.', remedy: '' },
} as const satisfies Record<string, ReasonRow>;

export type ReasonCode = keyof typeof REASONS;
export type ReasonSlots<C extends ReasonCode> = Slots<(typeof REASONS)[C]['text']> | Slots<(typeof REASONS)[C]['remedy']>;
