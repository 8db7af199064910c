import type { FailureRow } from '../failure.ts';

export const TRUST_FAILURES = {
} as const satisfies Record<string, FailureRow>;
