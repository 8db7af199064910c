import type { FailureRow } from '../failure-row.ts';

/** Failures of doctor and of traces. */
export const DOCTOR_FAILURES = {} as const satisfies Record<string, FailureRow>;
