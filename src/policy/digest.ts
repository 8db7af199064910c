import { type Sha256, sha256Of } from '../model/index.ts';
import type { Plain } from './keys.ts';

/** SHA-256 over the effective values, defaults included, written canonically: keys sorted, no spaces. */
export function policyDigest(tree: Plain): Sha256 {
  return sha256Of(canonical(tree));
}

function canonical(value: Plain): string {
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}

/** Array.isArray does not narrow a readonly list. */
function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}
