import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DOCTOR_SCHEMA } from '../src/report/schema/doctor.ts';
import { ERROR_SCHEMA } from '../src/report/schema/error.ts';
import { EXPLAIN_SCHEMA } from '../src/report/schema/explain.ts';
import { HISTORY_SCHEMA } from '../src/report/schema/history.ts';
import { PLUGIN_CHECK_SCHEMA } from '../src/report/schema/plugin-check.ts';
import { RUN_SCHEMA } from '../src/report/schema/run.ts';
import { SERVICE_SCHEMA } from '../src/report/schema/service.ts';
import { STATUS_SCHEMA } from '../src/report/schema/status.ts';
import { protocolSchemas } from '../src/plugins/host/schemas.ts';
import { at } from './support/root.ts';

const json = (schema: object) => (): string => `${JSON.stringify(schema, null, 2)}\n`;

/** Every file that this makes: the JSON Schemas of our documents, and of every message between glued and an external plug-in. */
export const SCHEMA_FILES: Readonly<Record<string, () => string>> = {
  'docs/schema/glued.run.1.json': json(RUN_SCHEMA),
  'docs/schema/glued.status.1.json': json(STATUS_SCHEMA),
  'docs/schema/glued.doctor.1.json': json(DOCTOR_SCHEMA),
  'docs/schema/glued.service.1.json': json(SERVICE_SCHEMA),
  'docs/schema/glued.error.1.json': json(ERROR_SCHEMA),
  'docs/schema/glued.explain.1.json': json(EXPLAIN_SCHEMA),
  'docs/schema/glued.history.1.json': json(HISTORY_SCHEMA),
  'docs/schema/glued.plugin-check.1.json': json(PLUGIN_CHECK_SCHEMA),
  ...Object.fromEntries([...protocolSchemas()].map(([name, schema]) => [`docs/schema/${name}`, json(schema)])),
};

if (import.meta.main) {
  for (const [path, make] of Object.entries(SCHEMA_FILES)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), make());
  }
}
