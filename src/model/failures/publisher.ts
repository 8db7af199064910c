import type { FailureRow } from '../failure.ts';

export const PUBLISHER_FAILURES = {
} as const satisfies Record<string, FailureRow>;
