/**
 * Parse at the door: a shape turns `unknown` into a typed value or into every problem found, with full paths. The input comes from
 * readDocument() (null prototypes, safe integers, no duplicate keys) or from our own database.
 */
export type ShapeProblem = { readonly path: readonly (string | number)[]; readonly found: string; readonly allowed: string };
export type Shape<T> = (value: unknown, path: readonly (string | number)[], problems: ShapeProblem[]) => T | undefined;

type Path = ShapeProblem['path'];
/** Stands for every path while nothing is wrong yet: to build them is half the work on a long list, and nobody reads them. */
const UNTOLD: Path = [];

/** The value, or undefined and at least one problem pushed. */
export function parseShape<T>(shape: Shape<T>, value: unknown): { readonly value: T } | { readonly problems: readonly ShapeProblem[] } {
  const unplaced: ShapeProblem[] = [];
  const parsed = shape(value, UNTOLD, unplaced);
  if (unplaced.length === 0 && parsed !== undefined) return { value: parsed };
  const problems: ShapeProblem[] = [];
  shape(value, [], problems);
  return { problems };
}

function below(path: Path, key: string | number): Path {
  return path === UNTOLD ? path : [...path, key];
}

/** `content.av.hold`, `servers[0].url`; the whole document is `(document)`. */
export function pathText(path: readonly (string | number)[]): string {
  if (path.length === 0) return '(document)';
  return path.map((p, i) => (typeof p === 'number' ? `[${p}]` : i === 0 ? p : `.${p}`)).join('');
}

/** What was found, in few words that are safe to print: `text "sta…"`, `number 3`, `a list of 2`. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return `text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Date) return 'a date';
  if (value instanceof Uint8Array) return 'binary data';
  if (typeof value === 'object') return 'a group of keys';
  return `${typeof value} ${String(value)}`;
}

function bad(problems: ShapeProblem[], path: readonly (string | number)[], value: unknown, allowed: string): undefined {
  problems.push({ path, found: describe(value), allowed });
  return undefined;
}

export function text(limits: { readonly max?: number; readonly match?: Pick<RegExp, 'test'>; readonly allowed?: string } = {}): Shape<string> {
  const max = limits.max ?? 4096;
  return (value, path, problems) =>
    typeof value === 'string' && value.length <= max && (limits.match === undefined || limits.match.test(value))
      ? value
      : bad(problems, path, value, limits.allowed ?? `text of at most ${max} characters`);
}

export function oneOf<const T extends string>(values: readonly T[]): Shape<T> {
  return (value, path, problems) => values.find((v) => v === value) ?? bad(problems, path, value, values.join(', '));
}

export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value, path, problems) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : bad(problems, path, value, `a whole number from ${min} to ${max}`);
}

export function numberIn(min: number, max: number): Shape<number> {
  return (value, path, problems) =>
    typeof value === 'number' && value >= min && value <= max ? value : bad(problems, path, value, `a number from ${min} to ${max}`);
}

export const flag: Shape<boolean> = (value, path, problems) =>
  typeof value === 'boolean' ? value : bad(problems, path, value, 'true or false');

/** A text that `convert` understands: a brand, an instant. */
export function converted<T>(convert: (text: string) => T | undefined, allowed: string): Shape<T> {
  return (value, path, problems) => {
    const result = typeof value === 'string' ? convert(value) : undefined;
    return result ?? bad(problems, path, value, allowed);
  };
}

export function list<T>(member: Shape<T>, max = 10_000): Shape<readonly T[]> {
  return (value, path, problems) => {
    if (!Array.isArray(value)) return bad(problems, path, value, 'a list');
    if (value.length > max) return bad(problems, path, value, `a list of at most ${max}`);
    const out: T[] = [];
    value.forEach((v: unknown, i) => {
      const one = member(v, below(path, i), problems);
      if (one !== undefined) out.push(one);
    });
    return out.length === value.length ? out : undefined;
  };
}

type Optional<T> = Shape<T> & { readonly optional: true };
/** The key may be absent; absent stays absent. */
export function optional<T>(shape: Shape<T>): Optional<T> {
  const wrapped: Shape<T> = (value, path, problems) => shape(value, path, problems);
  return Object.assign(wrapped, { optional: true as const });
}

type Fields = Readonly<Record<string, Shape<unknown>>>;
type OptionalKeys<F extends Fields> = { [K in keyof F]: F[K] extends Optional<unknown> ? K : never }[keyof F];
type Parsed<F extends Fields> = { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: F[K] extends Shape<infer T> ? T : never } & {
  readonly [K in OptionalKeys<F>]?: F[K] extends Shape<infer T> ? T : never;
};

/** A group of keys. `unknown: 'refuse'` makes every other key a problem; 'ignore' is for documents whose newer minor versions add keys. */
export function group<const F extends Fields>(fields: F, unknown: 'refuse' | 'ignore' = 'refuse'): Shape<Parsed<F>> {
  const known = Object.entries(fields);
  return (value, path, problems) => {
    if (!isGroup(value)) return bad(problems, path, value, 'a group of keys');
    const before = problems.length;
    const out: Record<string, unknown> = {};
    for (const [key, shape] of known) {
      if (!Object.hasOwn(value, key)) {
        if (!('optional' in shape)) bad(problems, below(path, key), undefined, 'this key is needed');
        continue;
      }
      const one = shape(value[key], below(path, key), problems);
      if (one !== undefined) out[key] = one;
    }
    if (unknown === 'refuse') {
      for (const key of Object.keys(value)) {
        if (!Object.hasOwn(fields, key)) bad(problems, below(path, key), value[key], `one of: ${Object.keys(fields).join(', ')}`);
      }
    }
    return problems.length === before ? (out as Parsed<F>) : undefined;
  };
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof Date);
}

/** The value of a shape, or null. */
export function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value, path, problems) => (value === null ? null : shape(value, path, problems));
}

/** Keys that are data themselves (component ids, header names). */
export function mapOf<T>(key: RegExp, allowed: string, member: Shape<T>, max = 10_000): Shape<ReadonlyMap<string, T>> {
  return (value, path, problems) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad(problems, path, value, 'a group of keys');
    const entries: [string, unknown][] = Object.entries(value);
    if (entries.length > max) return bad(problems, path, value, `at most ${max} keys`);
    const before = problems.length;
    const out = new Map<string, T>();
    for (const [k, v] of entries) {
      if (!key.test(k)) bad(problems, below(path, k), k, allowed);
      const one = member(v, below(path, k), problems);
      if (one !== undefined) out.set(k, one);
    }
    return problems.length === before ? out : undefined;
  };
}
