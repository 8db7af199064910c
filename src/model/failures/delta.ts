import type { FailureRow } from '../failure-row.ts';

/** Failures of deltas: making them, and applying them. */
export const DELTA_FAILURES = {} as const satisfies Record<string, FailureRow>;
