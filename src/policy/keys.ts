/**
 * What the table of policy keys is made of. A key knows its type, range, default and meaning, and carries the shape that checks it:
 * the check, the conversions, the defaults, the schema, the MDM files and the reference all walk the same objects.
 */
import {
  converted,
  flag,
  group as groupShape,
  integer as integerShape,
  list as listShape,
  mapOf,
  oneOf,
  optional,
  type Shape,
} from '../formats/shape.ts';

/** What a policy file can say: JSON without null. */
export type Plain = string | number | boolean | readonly Plain[] | { readonly [key: string]: Plain };

/** What a text means, beyond being text: decides its JSON Schema `format`, and what may be printed of it. */
export type TextFormat = 'plain' | 'url' | 'path' | 'secret-file' | 'instant' | 'time-of-day' | 'header-value';

export type ScalarType =
  | { readonly is: 'text'; readonly format: TextFormat; readonly max: number; readonly pattern?: string }
  | { readonly is: 'integer'; readonly min: number; readonly max: number }
  | { readonly is: 'boolean' }
  | { readonly is: 'choice'; readonly values: readonly string[] };

type Described = {
  readonly meaning: string;
  /** the policy `schema` that brought it */
  readonly since: number;
  /** what is allowed, in words, for problems and the reference */
  readonly allowed: string;
  readonly shape: Shape<unknown>;
  /** needed: the policy must state it. default: `fallback` where it does not. maybe: it can be absent. */
  readonly presence: 'needed' | 'default' | 'maybe';
  readonly fallback?: Plain;
};

export type ScalarKey = Described & { readonly kind: 'scalar'; readonly type: ScalarType };
export type ListKey = Described & { readonly kind: 'list'; readonly of: Key; readonly min: number };
export type GroupKey = Described & { readonly kind: 'group'; readonly keys: Readonly<Record<string, Key>> };
/** Keys that are data: component ids, header names. */
export type MapKey = Described & { readonly kind: 'map'; readonly name: RegExp; readonly of: Key };
export type Key = ScalarKey | ListKey | GroupKey | MapKey;

type With<K, T> = Omit<K, 'shape'> & { readonly shape: Shape<T> };
type About = { readonly meaning: string; readonly since?: number };

/** Control characters, CR, LF and NUL included: they have no place in a URL, header, name or path. */
const NO_CONTROL = '^[^\\u0000-\\u001f\\u007f]+$';
const WITHOUT_CONTROL = new RegExp(NO_CONTROL);

function base(about: About, allowed: string): { meaning: string; since: number; allowed: string; presence: 'needed' } {
  return { meaning: about.meaning, since: about.since ?? 1, allowed, presence: 'needed' };
}

type TextAbout = About & { readonly max?: number; readonly pattern?: string; readonly allowed?: string; readonly format?: TextFormat };

/** A text of 1 to `max` characters, none of them a control character, of the pattern if there is one. */
export function text(about: TextAbout): With<ScalarKey, string> {
  const { pattern: source } = about;
  if (source === undefined) return parsed(about, (value) => value);
  // made at the first value: a run asks few of the table's patterns, and each costs more than its whole key
  let pattern: RegExp | undefined;
  return parsed(about, (value) => ((pattern ??= new RegExp(source)).test(value) ? value : undefined));
}

/** A text that means more than itself: `parse` gives its value, or undefined where it is not allowed. */
export function parsed<T>(about: TextAbout, parse: (value: string) => T | undefined): With<ScalarKey, T> {
  const { max = 200, format = 'plain' } = about;
  const allowed = about.allowed ?? `text of 1 to ${max} characters, none a control character`;
  const shape = converted((value) => (value.length <= max && WITHOUT_CONTROL.test(value) ? parse(value) : undefined), allowed);
  const pattern = about.pattern ?? NO_CONTROL;
  return { kind: 'scalar', type: { is: 'text', format, max, pattern }, ...base(about, allowed), shape };
}

/** A whole number in a range, both ends allowed. */
export function integer(about: About & { readonly min: number; readonly max?: number }): With<ScalarKey, number> {
  const { min, max = Number.MAX_SAFE_INTEGER } = about;
  const allowed = `a whole number from ${min} to ${max}`;
  return { kind: 'scalar', type: { is: 'integer', min, max }, ...base(about, allowed), shape: integerShape(min, max) };
}

/** true or false. */
export function boolean(about: About): With<ScalarKey, boolean> {
  return { kind: 'scalar', type: { is: 'boolean' }, ...base(about, 'true or false'), shape: flag };
}

/** One of a few words. */
export function choice<const V extends string>(values: readonly V[], about: About): With<ScalarKey, V> {
  return { kind: 'scalar', type: { is: 'choice', values }, ...base(about, `one of: ${values.join(', ')}`), shape: oneOf(values) };
}

/** A list; replaced as a whole by a later file. */
export function list<T>(of: Key & { readonly shape: Shape<T> }, about: About & { readonly min?: number }): With<ListKey, readonly T[]> {
  const { min = 0 } = about;
  const allowed = min > 0 ? `a list of at least ${min}` : 'a list';
  const members = listShape(of.shape, 1000);
  const shape: Shape<readonly T[]> = (value, path, problems) => {
    if (!Array.isArray(value) || value.length >= min) return members(value, path, problems);
    problems.push({ path, found: `a list of ${value.length}`, allowed });
    return undefined;
  };
  return { kind: 'list', of, min, ...base(about, allowed), shape };
}

type Fields = Readonly<Record<string, Key>>;
type Shapes<F extends Fields> = { readonly [K in keyof F]: F[K]['shape'] };
type GroupOf<F extends Fields> = ReturnType<typeof groupShape<Shapes<F>>> extends Shape<infer T> ? T : never;

/** A group of fixed keys; merged key by key. */
export function group<const F extends Fields>(keys: F, about: About): With<GroupKey, GroupOf<F>> {
  const shapes = Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, key.shape])) as Shapes<F>;
  return { kind: 'group', keys, ...base(about, 'a group of keys'), shape: groupShape<Shapes<F>>(shapes) };
}

type MapAbout = About & { readonly name: RegExp; readonly nameText: string };

/** A group whose keys are names of the administrator's; `build` makes the typed value of it. */
export function map<T, R>(of: Key & { readonly shape: Shape<T> }, about: MapAbout, build: (entries: ReadonlyMap<string, T>) => R): With<MapKey, R> {
  const entries = mapOf(about.name, about.nameText, of.shape);
  const shape: Shape<R> = (value, path, problems) => {
    const read = entries(value, path, problems);
    return read === undefined ? undefined : build(read);
  };
  return { kind: 'map', name: about.name, of, ...base(about, about.nameText), shape };
}

/** The key may be absent, and nothing takes its place. */
export function maybe<K extends Key, T>(key: K & { readonly shape: Shape<T> }): K & { readonly shape: ReturnType<typeof optional<T>> } {
  return Object.assign({}, key, { presence: 'maybe' as const, shape: optional(key.shape) });
}

/** The key may be absent; then it has this value. */
export function withDefault<K extends Key>(fallback: Plain, key: K): K {
  return { ...key, presence: 'default', fallback };
}
