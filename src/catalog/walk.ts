import type { Document } from './envelope.ts';
import { MAX_DELEGATIONS } from './limits.ts';
import { own, rolesForTarget, type TargetFile, type Targets } from './tufjs.ts';

/** A delegated role that the walk asks for. */
export type Wanted = { readonly delegator: Document<Targets>; readonly role: string };
/** Where a target is listed: the role's document and the entry. */
export type Listed = { readonly by: Document<Targets>; readonly target: TargetFile };

/**
 * The search for a target through delegations: pre-order, depth first, each role once, a terminating delegation ends the search of
 * its siblings (TUF 5.6.7). It yields the roles that it needs and is handed their documents, so that it serves both the network and
 * the cache. Returns undefined where nobody lists the target.
 */
export function* walk(targets: Document<Targets>, name: string): Generator<Wanted, Listed | undefined, Document<Targets>> {
  const here = own(targets.signed.targets, name);
  if (here !== undefined) return { by: targets, target: here };
  const seen = new Set<string>(['targets']);
  const stack = delegationsOf(targets, name);
  for (let next = stack.pop(); next !== undefined && seen.size <= MAX_DELEGATIONS; next = stack.pop()) {
    if (seen.has(next.role)) continue;
    seen.add(next.role);
    const document = yield next;
    const target = own(document.signed.targets, name);
    if (target !== undefined) return { by: document, target };
    const below = delegationsOf(document, name);
    if (below.some((b) => b.terminating)) stack.length = 0;
    stack.push(...below);
  }
  return undefined;
}

/** The roles below that may list the target, the first one last; those after a terminating one are not asked. */
function delegationsOf(delegator: Document<Targets>, name: string): (Wanted & { readonly terminating: boolean })[] {
  const { delegations } = delegator.signed;
  const roles = delegations === undefined ? [] : rolesForTarget(delegations, name);
  const end = roles.findIndex((r) => r.terminating);
  const asked = end === -1 ? roles : roles.slice(0, end + 1);
  return asked.map(({ role, terminating }) => ({ delegator, role, terminating })).reverse();
}
