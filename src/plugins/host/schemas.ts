import type { Schema } from './fields.ts';
import { ERROR, METHODS } from './methods.ts';

const RPC: Schema = { const: '2.0' };
const ID: Schema = { description: 'an answer bears the id of its request', type: 'integer', minimum: 1 };

function published(name: string, title: string, properties: Readonly<Record<string, Schema>>): readonly [string, Schema] {
  const head = { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: `urn:glued:plugin-${name}:1`, title };
  return [`plugin-${name}.schema.json`, { ...head, type: 'object', properties, required: Object.keys(properties) }];
}

/** The JSON Schema of every message, by the name of its file. */
export function protocolSchemas(): ReadonlyMap<string, Schema> {
  const methods = Object.entries(METHODS).flatMap(([method, { meaning, params, result }]) => [
    published(`${method}-request`, `glued asks ${method}: ${meaning}`, { jsonrpc: RPC, id: ID, method: { const: method }, params: params.schema }),
    published(`${method}-answer`, `the plug-in answers ${method}`, { jsonrpc: RPC, id: ID, result: result.schema }),
  ]);
  const error = published('error', 'the plug-in says no, or that it did not understand (then without an id: null)', {
    jsonrpc: RPC,
    id: { anyOf: [ID, { type: 'null' }] },
    error: ERROR.schema,
  });
  const bye = published('bye', 'glued needs the plug-in no more: no answer, it ends', { jsonrpc: RPC, method: { const: 'bye' } });
  return new Map([...methods, error, bye]);
}
