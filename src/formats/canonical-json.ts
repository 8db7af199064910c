/** Anything that canonical JSON can hold; a Map stands for a group whose keys are data. */
export type Canonical = string | number | boolean | readonly Canonical[] | ReadonlyMap<string, Canonical> | { readonly [key: string]: Canonical | undefined };

/**
 * Canonical JSON (OLPC), as TUF signs it: keys sorted, no space, only integers. It leaves control characters as they are, which is no JSON
 * any more, so a text that has one is a bug of ours and throws. A key whose value is undefined is left out.
 */
export function canonicalJson(value: Canonical): string {
  if (typeof value === 'string') {
    if (/[\u0000-\u001f]/.test(value) || !value.isWellFormed()) throw new TypeError('text that canonical JSON cannot hold');
    return JSON.stringify(value);
  }
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is no integer`);
    return String(value);
  }
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members: (readonly [string, Canonical | undefined])[] = value instanceof Map ? [...value] : Object.entries(value);
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.flatMap(([key, member]) => (member === undefined ? [] : [`${canonicalJson(key)}:${canonicalJson(member)}`])).join(',')}}`;
}

function isList(value: Canonical): value is readonly Canonical[] {
  return Array.isArray(value);
}

/** A value from a strict reader, as canonical JSON holds it; undefined where it cannot. */
export function asCanonical(value: unknown): Canonical | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? value : undefined;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  if (Array.isArray(value)) {
    const members = value.map(asCanonical);
    return members.every((m) => m !== undefined) ? members : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const out = new Map<string, Canonical>();
  for (const [key, member] of Object.entries(value)) {
    const one = asCanonical(member);
    if (one === undefined) return undefined;
    out.set(key, one);
  }
  return out;
}
