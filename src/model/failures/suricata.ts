import type { FailureRow } from '../failure-row.ts';

/** Failures of the suricata plug-in. */
export const SURICATA_FAILURES = {} as const satisfies Record<string, FailureRow>;
