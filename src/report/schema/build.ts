/** JSON Schema (draft 2020-12), as much of it as our documents need. */
export type Schema = { readonly [keyword: string]: unknown };

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T] & string;

const described = (schema: Schema, description?: string): Schema => (description === undefined ? schema : { description, ...schema });

/** Text that is no longer than any that we write. */
export const text = (description?: string): Schema => described({ type: 'string' }, description);
export const timestamp = (description?: string): Schema => described({ type: 'string', format: 'date-time' }, description);
export const flag = (description?: string): Schema => described({ type: 'boolean' }, description);
export const number = (description?: string): Schema => described({ type: 'number' }, description);
export const count = (description?: string): Schema => described({ type: 'integer', minimum: 0 }, description);
export const constant = (value: string): Schema => ({ const: value });
export const oneOf = (values: readonly (string | number)[], description?: string): Schema => described({ enum: [...values] }, description);
export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
export const list = (items: Schema, description?: string): Schema => described({ type: 'array', items }, description);

/** A code of the table of reasons, or a failure's. */
export const kebab = (description?: string): Schema => described({ type: 'string', pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' }, description);

/**
 * A group of keys: exactly those of the type T, so that a key that is added to the type and forgotten here does not compile, and one that is
 * written without being here is not valid. Keys are required but for those that are optional in T.
 */
export function group<T extends object>(
  properties: { readonly [K in keyof T & string]-?: Schema },
  maybe: readonly OptionalKeys<T>[],
  description?: string,
): Schema {
  const optional: readonly string[] = maybe;
  return described(
    { type: 'object', properties, required: Object.keys(properties).filter((key) => !optional.includes(key)), additionalProperties: false },
    description,
  );
}

/** The head of a published schema. */
export function published(name: string, title: string, schema: Schema): Schema {
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: `urn:glued:${name}`, title, ...schema };
}
