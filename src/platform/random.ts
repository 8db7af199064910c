import { randomFillSync } from 'node:crypto';
import type { Random } from '../model/index.ts';

/** The system's unpredictable bytes. Not of the global `crypto`, which would load all of WebCrypto (1 ms of CPU). */
export function createRandom(): Random {
  return { bytes: (count) => randomFillSync(new Uint8Array(count)) };
}
