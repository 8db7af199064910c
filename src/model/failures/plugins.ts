import type { FailureRow } from '../failure.ts';

export const PLUGIN_FAILURES = {
} as const satisfies Record<string, FailureRow>;
