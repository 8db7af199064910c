/** One definition of a message's part gives both: the shape that it is read with, and its JSON Schema (draft 2020-12). */
import * as shapes from '../../formats/shape.ts';
import type { Shape } from '../../formats/shape.ts';

/** As much of a JSON Schema as our messages need. */
export type Schema = { readonly [keyword: string]: unknown };
export type Field<T> = { readonly shape: Shape<T>; readonly schema: Schema };
export type ValueOf<F> = F extends Field<infer T> ? T : never;

/** Characters of a text at most, unless it says otherwise. */
const MAX_TEXT = 4096;
const MAX_MEMBERS = 1000;

type TextLimits = { readonly max?: number; readonly match?: RegExp; readonly allowed?: string };

export function text(description: string, limits: TextLimits = {}): Field<string> {
  const max = limits.max ?? MAX_TEXT;
  const pattern = limits.match === undefined ? {} : { pattern: limits.match.source };
  return { shape: shapes.text({ ...limits, max }), schema: { description, type: 'string', maxLength: max, ...pattern } };
}

export function whole(description: string, min: number, max: number = Number.MAX_SAFE_INTEGER): Field<number> {
  return { shape: shapes.integer(min, max), schema: { description, type: 'integer', minimum: min, maximum: max } };
}

export function amount(description: string, min: number, max: number): Field<number> {
  return { shape: shapes.numberIn(min, max), schema: { description, type: 'number', minimum: min, maximum: max } };
}

export function choice<const T extends string>(description: string, values: readonly T[]): Field<T> {
  return { shape: shapes.oneOf(values), schema: { description, enum: [...values] } };
}

/** The one value that it may have. */
export function exactly(value: number): Field<number> {
  return { shape: shapes.integer(value, value), schema: { const: value } };
}

export function orNull<T>({ shape, schema }: Field<T>): Field<T | null> {
  return { shape: (value, path, problems) => (value === null ? null : shape(value, path, problems)), schema: { anyOf: [schema, { type: 'null' }] } };
}

export function listOf<T>(description: string, member: Field<T>, max: number = MAX_MEMBERS): Field<readonly T[]> {
  return { shape: shapes.list(member.shape, max), schema: { description, type: 'array', items: member.schema, maxItems: max } };
}

/** Keys that are data themselves. */
export function textByKey(description: string): Field<ReadonlyMap<string, string>> {
  return {
    shape: shapes.mapOf(/^.{1,200}$/s, 'a key of at most 200 characters', shapes.text({ max: MAX_TEXT }), MAX_MEMBERS),
    schema: { description, type: 'object', additionalProperties: { type: 'string' } },
  };
}

/** A key that may be absent. */
export function maybe<T>({ shape, schema }: Field<T>): { readonly shape: ReturnType<typeof shapes.optional<T>>; readonly schema: Schema } {
  return { shape: shapes.optional(shape), schema };
}

type Fields = Readonly<Record<string, Field<unknown>>>;
type Shapes<F extends Fields> = { readonly [K in keyof F]: F[K]['shape'] };

/** A group of keys. Others are ignored: a later version of the protocol may add some. */
export function group<const F extends Fields>(fields: F, description?: string): Field<NonNullable<ReturnType<ReturnType<typeof shapes.group<Shapes<F>>>>>> {
  const inner = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.shape])) as Shapes<F>;
  const required = Object.entries(fields).flatMap(([key, field]) => ('optional' in field.shape ? [] : [key]));
  const properties = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.schema]));
  return {
    shape: shapes.group(inner, 'ignore'),
    schema: { ...(description === undefined ? {} : { description }), type: 'object', properties, required },
  };
}
