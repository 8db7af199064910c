import type { Random } from '../model/index.ts';

/** The system's unpredictable bytes. */
export function createRandom(): Random {
  return { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) };
}
