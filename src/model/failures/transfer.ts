import type { FailureRow } from '../failure.ts';

export const TRANSFER_FAILURES = {
} as const satisfies Record<string, FailureRow>;
