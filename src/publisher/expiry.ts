/** When signatures end, how long before that an administrator is told, and with which command they go on. */
import type { Instant } from '../model/index.ts';
import { isTopRole, type TopRole } from './layout.ts';
import { tufTime } from './metadata.ts';

const DAY_MS = 86_400_000;

/** Offline keys take time to fetch: two months for root and targets, one for `component`, any component's role. */
const WARN_DAYS = { root: 60, targets: 60, snapshot: 7, timestamp: 2, component: 30 } as const satisfies Record<TopRole | 'component', number>;

/** What signs a role anew, as it is typed. */
export function renewal(role: string, dir: string): string {
  return role === 'snapshot' || role === 'timestamp' ? `glued repo refresh ${dir}` : `glued repo renew ${dir} ${role}`;
}

/** How the end of a role's signatures is told, once it has come or is near; undefined where there is time. */
export function ending(role: string, expires: Instant, now: Instant): { readonly when: 'ended' | 'soon'; readonly text: string } | undefined {
  const days = (expires - now) / DAY_MS;
  if (days > WARN_DAYS[isTopRole(role) ? role : 'component']) return undefined;
  if (days <= 0) return { when: 'ended', text: `it expired at ${tufTime(expires)}` };
  return { when: 'soon', text: `it expires at ${tufTime(expires)}, in ${days.toFixed(1)} days` };
}

/** Roles that changing a component does not sign anew and that clients will soon refuse. */
export function endingSoon({ dir, root, targets }: { readonly dir: string } & Record<'root' | 'targets', { readonly expires: Instant }>, now: Instant): readonly string[] {
  return (['root', 'targets'] as const).flatMap((role) => {
    const { expires } = { root, targets }[role];
    if (ending(role, expires, now) === undefined) return [];
    return [`The signatures of ${role} end at ${tufTime(expires)}, and clients refuse everything after that. Run: ${renewal(role, dir)}`];
  });
}
