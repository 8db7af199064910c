import type { Outcome } from '../../src/model/index.ts';

/** The value, or a test that fails with the whole failure. */
export function must<T>(outcome: Outcome<T, unknown>): T {
  if (!outcome.ok) throw new Error(`expected success: ${JSON.stringify(outcome.failure)}`);
  return outcome.value;
}
