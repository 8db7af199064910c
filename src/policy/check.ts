/**
 * One document of the policy against the table: unknown keys, types and ranges; converts what its format may not say by itself; gives
 * the leaves (a scalar, or a whole list) that are merged later. Every problem is found, not only the first.
 */
import { describe } from '../formats/shape.ts';
import { type Plain, type GroupKey, type Key, type ListKey, type MapKey, type ScalarKey } from './keys.ts';

/** registry: text, or a number; lists are numbered values. The others are those of formats/documents. */
export type SourceType = 'strict' | 'text' | 'plist' | 'registry';
export type KeyPath = readonly (string | number)[];
export type KeyProblem = { readonly path: KeyPath; readonly found: string; readonly allowed: string };

export type Leaf = { readonly path: KeyPath; readonly value: Plain; readonly convertedFrom?: string };
export type Checked = { readonly leaves: readonly Leaf[]; readonly problems: readonly KeyProblem[]; readonly ignored: readonly KeyPath[] };

type Rules = { readonly typed: SourceType; readonly unknown: 'refuse' | 'ignore' };
type Walk = Rules & { readonly leaves: Leaf[]; readonly problems: KeyProblem[]; readonly ignored: KeyPath[]; conversions: string[] };

/** Keys that MDMs put beside ours at the top of a property list. */
const PAYLOAD_KEY = /^Payload/;

/** `unknown` is 'ignore' where the policy states a schema newer than ours. */
export function checkDocument(table: GroupKey, document: unknown, rules: Rules): Checked {
  const walk: Walk = { ...rules, leaves: [], problems: [], ignored: [], conversions: [] };
  descend(table, rules.typed === 'plist' ? withoutPayload(document) : document, [], walk);
  return { leaves: walk.leaves, problems: walk.problems, ignored: walk.ignored };
}

function withoutPayload(document: unknown): unknown {
  if (!isGroup(document)) return document;
  return Object.fromEntries(Object.entries(document).filter(([key]) => !PAYLOAD_KEY.test(key)));
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date) && !(value instanceof Uint8Array);
}

/** Groups and maps are walked into, so that later files override key by key. */
function descend(key: Key, value: unknown, path: KeyPath, walk: Walk): void {
  if (key.kind === 'group' || key.kind === 'map') {
    for (const [name, of, member] of members(key, value, path, walk)) descend(of, member, [...path, name], walk);
    return;
  }
  walk.conversions = [];
  const before = walk.problems.length;
  const plain = convert(key, value, path, walk);
  if (plain === undefined || walk.problems.length > before) return;
  const [from] = walk.conversions;
  walk.leaves.push(from === undefined ? { path, value: plain } : { path, value: plain, convertedFrom: from });
}

/** The known members of a group or map; unknown ones become problems, or are noted as ignored. */
function members(key: GroupKey | MapKey, value: unknown, path: KeyPath, walk: Walk): readonly (readonly [string, Key, unknown])[] {
  const empty = value === '' && (walk.typed === 'text' || walk.typed === 'registry');
  const group = empty ? {} : value;
  if (!isGroup(group)) {
    walk.problems.push({ path, found: describe(value), allowed: 'a group of keys' });
    return [];
  }
  return Object.entries(group).flatMap(([name, member]) => {
    const of = key.kind === 'map' ? (key.name.test(name) ? key.of : undefined) : Object.hasOwn(key.keys, name) ? key.keys[name] : undefined;
    if (of !== undefined) return [[name, of, member] as const];
    unknownKey(key, name, member, path, walk);
    return [];
  });
}

function unknownKey(key: GroupKey | MapKey, name: string, member: unknown, path: KeyPath, walk: Walk): void {
  const here = [...path, name];
  if (key.kind === 'map') {
    walk.problems.push({ path: here, found: `the name ${JSON.stringify(name.slice(0, 80))}`, allowed: key.allowed });
  } else if (walk.unknown === 'ignore') {
    walk.ignored.push(here);
  } else {
    const kind = isGroup(member) ? 'a group of keys' : Array.isArray(member) ? 'a list' : 'a value';
    walk.problems.push({ path: here, found: `a key that is not known, with ${kind}`, allowed: `one of: ${Object.keys(key.keys).join(', ')}` });
  }
}

/** The checked plain value, or undefined and at least one problem. */
function convert(key: Key, value: unknown, path: KeyPath, walk: Walk): Plain | undefined {
  switch (key.kind) {
    case 'scalar':
      return scalar(key, value, path, walk);
    case 'list':
      return list(key, value, path, walk);
    case 'group':
    case 'map': {
      const out: Record<string, Plain> = {};
      for (const [name, of, member] of members(key, value, path, walk)) {
        const plain = convert(of, member, [...path, name], walk);
        if (plain !== undefined) out[name] = plain;
      }
      if (key.kind === 'group' && isGroup(value)) neededKeys(key, value, path, walk);
      return out;
    }
  }
}

function neededKeys(key: GroupKey, value: Readonly<Record<string, unknown>>, path: KeyPath, walk: Walk): void {
  for (const [name, member] of Object.entries(key.keys)) {
    if (member.presence === 'needed' && !Object.hasOwn(value, name)) {
      walk.problems.push({ path: [...path, name], found: 'nothing', allowed: `this key is needed: ${member.allowed}` });
    }
  }
}

function list(key: ListKey, value: unknown, path: KeyPath, walk: Walk): Plain | undefined {
  const items = asList(value, walk.typed);
  if (items === undefined) {
    walk.problems.push({ path, found: describe(value), allowed: key.allowed });
    return undefined;
  }
  if (items.length < key.min) walk.problems.push({ path, found: `a list of ${items.length}`, allowed: key.allowed });
  if (items.length > 1000) {
    walk.problems.push({ path, found: `a list of ${items.length}`, allowed: 'a list of at most 1000' });
    return undefined;
  }
  return items.flatMap((item, at) => convert(key.of, item, [...path, at], walk) ?? []);
}

/** An empty XML element is an empty list; the registry numbers its members: 1, 2, 3. */
function asList(value: unknown, typed: SourceType): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (typed === 'text' && value === '') return [];
  if (typed === 'registry' && isGroup(value) && Object.keys(value).every((name) => /^[1-9]\d{0,3}$/.test(name))) {
    return Object.entries(value)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([, member]) => member);
  }
  return undefined;
}

function scalar(key: ScalarKey, value: unknown, path: KeyPath, walk: Walk): Plain | undefined {
  const plain = convertScalar(key, value, walk.typed);
  const problems: KeyProblem[] = [];
  key.shape(plain, path, problems);
  if (problems.length > 0) {
    walk.problems.push(...problems.map((problem) => ({ ...problem, found: safely(key, value) })));
    return undefined;
  }
  if (plain !== value) walk.conversions.push(safely(key, value));
  return typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean' ? plain : undefined;
}

/** By the key's type, and only where nothing is lost; anything else stays as it is, and is refused by the shape. */
function convertScalar(key: ScalarKey, value: unknown, typed: SourceType): unknown {
  const { type } = key;
  if ((typed === 'text' || typed === 'registry') && typeof value === 'string') {
    if (type.is === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
    if (type.is === 'integer' && /^(0|-?[1-9]\d{0,15})$/.test(value)) return Number(value);
  }
  if ((typed === 'plist' || typed === 'registry') && type.is === 'boolean' && (value === 0 || value === 1)) return value === 1;
  if (typed === 'plist' && value instanceof Date && type.is === 'text' && type.format === 'instant') return value.toISOString();
  return value;
}

/** What was found, without what may be a secret: a header's value, a password in an address. */
function safely(key: ScalarKey, value: unknown): string {
  if (key.type.is !== 'text' || typeof value !== 'string') return describe(value);
  if (key.type.format === 'header-value') return `text of ${value.length} characters (not shown)`;
  if (key.type.format === 'url') return describe(value.replace(/\/\/[^/]*@/, '//…@').replace(/[?#].*$/s, '?…'));
  return describe(value);
}
