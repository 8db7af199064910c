import { ANY_POLICY, type Component, type Content, type Failure, type Instant, ok, type Outcome } from '../model/index.ts';
import type { State } from '../state/index.ts';

/** Nothing is tested anew where only a way back is taken. */
export const NO_LIMITS = { mustDetect: [], mustNotDetect: [], maxShrinkPercent: 100, timeoutSeconds: 300, maxMemoryBytes: 2 ** 32 };

/** The component after `next` was confirmed. `proven`: what is proven of it, where what it had installed may be on probation. */
export function installedAs(snapshot: Component, next: Content, now: Instant, proven: Component = snapshot): Component {
  const { folder: _, ...installed } = next;
  const { installed: good, previous } = proven;
  return { ...snapshot, installed, previous: good !== null && good.sequence === installed.sequence ? previous : good, lastAttempt: now, lastSuccess: now };
}

/** The release that a rollback left waits for a newer one or --force (DESIGN, Fine print). Kept before the journal lets go of it. */
export function leaveAlone(state: Pick<State, 'quarantine'>, { id, installed: left }: Component, now: Instant): Outcome<undefined, Failure> {
  if (left === null) return ok();
  const { sequence, sha256 } = left;
  return state.quarantine.add({ component: id, sequence, sha256, why: 'rolled-back', since: now, policyDigest: ANY_POLICY });
}
