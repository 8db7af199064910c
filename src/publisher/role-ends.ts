import type { ChangeMade, Instant } from '../model/index.ts';
import type { Lifetimes } from './expiry.ts';
import { TOP_ROLES } from './layout.ts';
import type { Repository } from './repository.ts';
import type { Signed } from './sign.ts';

/** Until when a role's signatures hold. `none`: they are as they were. */
export type RoleEnd = { readonly role: string; readonly version: number; readonly expires: Instant; readonly change: ChangeMade };
/** `lifetimes`: how long signatures last, in days. */
export type RoleEnds = { readonly roles: readonly RoleEnd[]; readonly lifetimes: Lifetimes };

/** Every role after a command: those of TUF, then each component's. */
export function roleEnds(before: Repository, { documents }: Pick<Signed, 'documents'>): RoleEnds {
  const made = new Map(documents.map(({ role, version, expires }) => [role, { role, version, expires, change: 'made' as const }]));
  const top = TOP_ROLES.map((role) => ({ role, version: before[role].version, expires: before[role].expires }));
  const components = [...before.roles].map(([role, { version, expires }]) => ({ role, version, expires }));
  const roles = [...top, ...components].map((kept) => made.get(kept.role) ?? { ...kept, change: 'none' as const });
  return { roles, lifetimes: before.settings.expiryDays };
}
