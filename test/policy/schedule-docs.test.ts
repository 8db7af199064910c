import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';

const read = (...path: readonly string[]): string => readFileSync(at(...path), 'utf8');

test('the example of docs/schedule.md is what a policy may say', () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const valid = ajv.compile(JSON.parse(read('policies', 'policy.schema.json')));
  const example = read('docs', 'schedule.md').split('\n').filter((line) => line.startsWith('    ')).join('');
  const policy: unknown = JSON.parse(`{ "servers": [{ "url": "https://example.com/" }], "trust": { "rootFile": "/etc/glued/root.json" }, ${example} }`);
  assert.ok(valid(policy), ajv.errorsText(valid.errors));
  assert.match(example, /"windows"/);
});

test.run();
