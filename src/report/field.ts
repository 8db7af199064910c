import { printable } from './sanitize.ts';

export type FieldFound = { readonly found: 'yes'; readonly value: unknown } | { readonly found: 'no' };

const NOT_FOUND: FieldFound = { found: 'no' };

/**
 * Follows a dotted path into a document: `last.components.demo.after.version`. A member of a list is named by its index or its `id`; an id
 * may hold dots itself, so the longest that fits is tried first.
 */
export function field(document: unknown, path: string): FieldFound {
  return path === '' ? NOT_FOUND : follow(document, path.split('.'));
}

function follow(value: unknown, parts: readonly string[]): FieldFound {
  const [first, ...rest] = parts;
  if (first === undefined) return { found: 'yes', value };
  if (typeof value !== 'object' || value === null) return NOT_FOUND;
  if (Array.isArray(value)) return followList(value, parts);
  const own = new Map<string, unknown>(Object.entries(value));
  return own.has(first) ? follow(own.get(first), rest) : NOT_FOUND;
}

function followList(members: readonly unknown[], parts: readonly string[]): FieldFound {
  for (let taken = parts.length; taken > 0; taken--) {
    const name = parts.slice(0, taken).join('.');
    const member = members.find((m) => typeof m === 'object' && m !== null && 'id' in m && m.id === name);
    const found = member === undefined ? NOT_FOUND : follow(member, parts.slice(taken));
    if (found.found === 'yes') return found;
  }
  const [first = '', ...rest] = parts;
  const index = /^(0|[1-9]\d{0,8})$/.test(first) ? Number(first) : -1;
  return index >= 0 && index < members.length ? follow(members[index], rest) : NOT_FOUND;
}

/** A field's value for a script: text and numbers bare, null as `null`, groups and lists as JSON on one line. */
export function fieldText(value: unknown): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
