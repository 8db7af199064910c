/** The policy as readers may see it: what came from a file as it stands there, secrets by their file's name, header values never. */
import { type Policy, rfc3339 } from '../model/index.ts';
import type { KeyPath } from './check.ts';
import type { GroupKey, Key, Plain } from './keys.ts';
import { POLICY } from './table.ts';

const HIDDEN = '(not shown)';

/** The effective policy as a document that could be a policy file, but for header values. */
export function effectivePolicy(policy: Policy): unknown {
  return shown(POLICY, policy);
}

/** One value of a key, plain or typed, without secrets. */
export function shown(key: Key, value: unknown): unknown {
  switch (key.kind) {
    case 'scalar':
      if (key.type.is !== 'text') return value;
      if (key.type.format === 'header-value') return HIDDEN;
      return key.type.format === 'instant' && typeof value === 'number' ? rfc3339(value) : value;
    case 'list':
      return Array.isArray(value) ? value.map((one: unknown) => shown(key.of, one)) : value;
    case 'group':
      return Object.fromEntries(entriesOf(value).flatMap(([name, one]) => (key.keys[name] === undefined ? [] : [[name, shown(key.keys[name], one)]])));
    case 'map':
      return Object.fromEntries(entriesOf(value).map(([name, one]) => [name, shown(key.of, one)]));
  }
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (value instanceof Map) return [...value].map(([name, one]: [unknown, unknown]) => [String(name), one]);
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** A merged value for `Origin`, which is only there to be read. */
export function shownAt(table: GroupKey, path: KeyPath, value: Plain): unknown {
  let key: Key | undefined = table;
  for (const part of path) {
    if (key === undefined || key.kind === 'scalar' || key.kind === 'list') return HIDDEN;
    key = key.kind === 'map' ? key.of : key.keys[part];
  }
  return key === undefined ? HIDDEN : shown(key, value);
}
