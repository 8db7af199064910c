import type { FailureRow } from '../failure.ts';

export const POLICY_FAILURES = {
} as const satisfies Record<string, FailureRow>;
