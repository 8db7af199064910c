import type { CodeName } from './codes.ts';

/** One row of the table of failures: what an administrator reads, and what to do. `{name}` is filled from the failure's data. */
export type FailureRow = { readonly code: CodeName; readonly text: string; readonly remedy: string; readonly retry: boolean };
