import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DOCUMENT_SCHEMAS } from '../src/report/schema/documents.ts';
import { protocolSchemas } from '../src/plugins/host/schemas.ts';
import { at } from './support/root.ts';

const json = (schema: object) => (): string => `${JSON.stringify(schema, null, 2)}\n`;

/** Where the schema of a document is published: `glued.run/1` in `docs/schema/glued.run.1.json`. */
export const schemaPath = (document: string): string => `docs/schema/${document.replace('/', '.')}.json`;

/** Every file that this makes: the JSON Schemas of our documents, and of every message between glued and an external plug-in. */
export const SCHEMA_FILES: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(Object.entries(DOCUMENT_SCHEMAS).map(([name, schema]) => [schemaPath(name), json(schema)])),
  ...Object.fromEntries([...protocolSchemas()].map(([name, schema]) => [`docs/schema/${name}`, json(schema)])),
};

if (import.meta.main) {
  for (const [path, make] of Object.entries(SCHEMA_FILES)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), make());
  }
}
