import { shareOf } from './share.ts';

/**
 * This machine's place in a release's rollout: 0 to 99.99, from a hash of host id, component and the release's salt, so that it is
 * the same at every run, differs from release to release, and can be worked out by anyone. A machine is in while bucket < percent.
 */
export function rolloutBucket(hostId: string, component: string, salt: string): number {
  return Math.floor(shareOf(hostId, component, salt) * 10_000) / 100;
}
