/**
 * The one place that calls @tufjs/models (documents, delegation matching) and @tufjs/canonical-json (what a signature covers).
 * They throw on what they refuse; here that becomes a value. Neither verifies anything for us: see signatures.ts.
 */
import { canonicalize } from '@tufjs/canonical-json';
import { type Key, Root, Snapshot, type TargetFile, Targets, Timestamp } from '@tufjs/models';
import { failed, ok, type Outcome } from '../model/index.ts';

export type { Key, Root, Snapshot, TargetFile, Targets, Timestamp };
export type Delegations = NonNullable<Targets['delegations']>;
/** Which keys, and how many of them, a role needs. */
export type RoleKeys = { readonly keyIDs: readonly string[]; readonly threshold: number };

type JsonObject = Parameters<typeof Root.fromJSON>[0];
export type Kind = 'root' | 'timestamp' | 'snapshot' | 'targets';

/** A value of readJson() that is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function orProblem<T>(make: () => T): Outcome<T, string> {
  try {
    return ok(make());
  } catch (error) {
    return failed(error instanceof Error ? error.message : 'it is refused');
  }
}

/** The bytes that a signature covers, or why there are none (a number that is no integer). */
export function canonicalBytes(signed: unknown): Outcome<Uint8Array, string> {
  return orProblem(() => new TextEncoder().encode(canonicalize(signed)));
}

/** The `signed` part of each kind of document; the problem is the library's words. */
export const parseRoot = (signed: JsonObject): Outcome<Root, string> => orProblem(() => Root.fromJSON(signed));
export const parseTimestamp = (signed: JsonObject): Outcome<Timestamp, string> => orProblem(() => Timestamp.fromJSON(signed));
export const parseSnapshot = (signed: JsonObject): Outcome<Snapshot, string> => orProblem(() => Snapshot.fromJSON(signed));
export const parseTargets = (signed: JsonObject): Outcome<Targets, string> => orProblem(() => Targets.fromJSON(signed));

/** An own property or undefined: a role named `constructor` finds nothing. */
export function own<T>(group: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return group !== undefined && Object.hasOwn(group, key) ? group[key] : undefined;
}

/** The keys that a delegation asks of `role`, or undefined where it does not delegate to it. */
export function delegatedKeys(delegations: Delegations, role: string): RoleKeys | undefined {
  const named = own(delegations.roles, role);
  if (named !== undefined) return named;
  const bins = delegations.succinctRoles;
  return bins?.isDelegatedRole(role) === true ? bins : undefined;
}

/** The roles that may list `target`, in order. */
export function rolesForTarget(delegations: Delegations, target: string): readonly { readonly role: string; readonly terminating: boolean }[] {
  return [...delegations.rolesForTarget(target)];
}
