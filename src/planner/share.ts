import { createHash } from 'node:crypto';

const BYTES = 6;
const RANGE = 256 ** BYTES;

/** A number from 0 to just below 1, from a hash of texts: the same everywhere and always, and spread evenly over what the texts name. */
export function shareOf(...texts: readonly string[]): number {
  return createHash('sha256').update(texts.join('\0')).digest().readUIntBE(0, BYTES) / RANGE;
}
