/** The JSON Schema (2020-12) of a policy file. A file may hold a part of the policy, so nothing at the top is required. */
import type { Key, ScalarKey } from './keys.ts';
import { POLICY } from './table.ts';

type Schema = { readonly [key: string]: unknown };

/** The schema of one policy file: what editors, MDMs and pipelines check against. */
export function policyJsonSchema(): Schema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:glued:policy:1',
    title: 'glued policy',
    ...schemaOf(POLICY, 'part'),
  };
}

/** part: a later file may add the rest. whole: members of a list are replaced as a whole, so what they need is required. */
function schemaOf(key: Key, extent: 'part' | 'whole'): Schema {
  const about = { description: key.meaning, ...(key.fallback === undefined ? {} : { default: key.fallback }) };
  switch (key.kind) {
    case 'scalar':
      return { ...about, ...scalarSchema(key) };
    case 'list':
      return { ...about, type: 'array', items: schemaOf(key.of, 'whole'), ...(key.min > 0 ? { minItems: key.min } : {}), maxItems: 1000 };
    case 'group': {
      const properties = Object.fromEntries(Object.entries(key.keys).map(([name, member]) => [name, schemaOf(member, extent)]));
      const required = Object.entries(key.keys).flatMap(([name, member]) => (member.presence === 'needed' ? [name] : []));
      const needs = extent === 'whole' && required.length > 0 ? { required } : {};
      return { ...about, type: 'object', additionalProperties: false, properties, ...needs };
    }
    case 'map':
      return { ...about, type: 'object', additionalProperties: false, patternProperties: { [key.name.source]: schemaOf(key.of, extent) } };
  }
}

function scalarSchema({ type }: ScalarKey): Schema {
  switch (type.is) {
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
      return { type: 'integer', minimum: type.min, maximum: type.max };
    case 'choice':
      return { type: 'string', enum: type.values };
    case 'text': {
      const format = type.format === 'url' ? { format: 'uri' } : type.format === 'instant' ? { format: 'date-time' } : {};
      const pattern = type.pattern === undefined ? {} : { pattern: type.pattern };
      return { type: 'string', minLength: 1, maxLength: type.max, ...pattern, ...format };
    }
  }
}
