import type { FailureRow } from '../failure.ts';

export const STATE_FAILURES = {
} as const satisfies Record<string, FailureRow>;
