import { hash } from 'node:crypto';
import { asSha256, type Outcome, type Sha256 } from '../../src/model/index.ts';

/** The value, or a test that fails with the whole failure. */
export function must<T>(outcome: Outcome<T, unknown>): T {
  if (!outcome.ok) throw new Error(`expected success: ${JSON.stringify(outcome.failure)}`);
  return outcome.value;
}

/** SHA-256 as a brand. */
export function digest(bytes: string | Uint8Array): Sha256 {
  const sha256 = asSha256(hash('sha256', bytes, 'hex'));
  if (sha256 === undefined) throw new Error('a SHA-256 is 64 hex digits');
  return sha256;
}
