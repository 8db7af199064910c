import type { FailureRow } from '../failure-row.ts';

/** Failures of external plug-ins and their host. */
export const HOST_FAILURES = {} as const satisfies Record<string, FailureRow>;
