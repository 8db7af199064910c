/** When signatures end, how long before that an administrator is told, and with which command they go on. */
import type { Instant } from '../model/index.ts';
import { isTopRole, type TopRole } from './layout.ts';
import { tufTime } from './metadata.ts';
import type { Repository } from './repository.ts';
import type { Settings } from './settings.ts';

const DAY_MS = 86_400_000;

/** Offline keys take time to fetch: two months for root and targets, one for `component`, any component's role. */
const WARN_DAYS = { root: 60, targets: 60, snapshot: 7, timestamp: 2, component: 30 } as const satisfies Record<TopRole | 'component', number>;

/** Of a shorter lifetime the last third is near its end: with the table alone, a signature made just now would be. */
const WARN_SHARE = 1 / 3;

export type Lifetimes = Settings['expiryDays'];

/** Days before the end from which on it is told. Components' roles last as long as targets. */
function warnDays(role: string, lifetimes: Lifetimes): number {
  const [key, lifetime] = isTopRole(role) ? ([role, lifetimes[role]] as const) : (['component', lifetimes.targets] as const);
  return Math.min(WARN_DAYS[key], lifetime * WARN_SHARE);
}

/** What signs a role anew, as it is typed. */
export function renewal(role: string, dir: string): string {
  return role === 'snapshot' || role === 'timestamp' ? `glued repo refresh ${dir}` : `glued repo renew ${dir} ${role}`;
}

/** How the end of a role's signatures is told, once it has come or is near; undefined where there is time. */
export function ending(role: string, expires: Instant, now: Instant, lifetimes: Lifetimes): { readonly when: 'ended' | 'soon'; readonly text: string } | undefined {
  const days = (expires - now) / DAY_MS;
  if (days > warnDays(role, lifetimes)) return undefined;
  if (days <= 0) return { when: 'ended', text: `it expired at ${tufTime(expires)}` };
  return { when: 'soon', text: `it expires at ${tufTime(expires)}, in ${days.toFixed(1)} days` };
}

/** Roles that changing a component does not sign anew and that clients will soon refuse. */
export function endingSoon({ dir, settings, root, targets }: Pick<Repository, 'dir' | 'settings' | 'root' | 'targets'>, now: Instant): readonly string[] {
  return (['root', 'targets'] as const).flatMap((role) => {
    const { expires } = { root, targets }[role];
    if (ending(role, expires, now, settings.expiryDays) === undefined) return [];
    return [`The signatures of ${role} end at ${tufTime(expires)}, and clients refuse everything after that. Run: ${renewal(role, dir)}`];
  });
}
