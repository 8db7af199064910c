import { hash } from 'node:crypto';

const BYTES = 6;
const RANGE = 256 ** BYTES;

/** A number from 0 to just below 1, from a hash of texts: the same everywhere and always, and spread evenly over what the texts name. */
export function shareOf(...texts: readonly string[]): number {
  return hash('sha256', texts.join('\0'), 'buffer').readUIntBE(0, BYTES) / RANGE;
}
