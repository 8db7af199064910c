import type { FailureRow } from '../failure.ts';

export const UNPACK_FAILURES = {
} as const satisfies Record<string, FailureRow>;
