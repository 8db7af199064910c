import { createHash } from 'node:crypto';

const BYTES = 6;
const RANGE = 256 ** BYTES;

/**
 * This machine's place in a release's rollout: 0 to 99.99, from a hash of host id, component and the release's salt, so that it is
 * the same at every run, differs from release to release, and can be worked out by anyone. A machine is in while bucket < percent.
 */
export function rolloutBucket(hostId: string, component: string, salt: string): number {
  const digest = createHash('sha256').update(`${hostId}\0${component}\0${salt}`).digest();
  return Math.floor((digest.readUIntBE(0, BYTES) / RANGE) * 10_000) / 100;
}
