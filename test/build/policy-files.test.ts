import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { XMLValidator } from 'fast-xml-parser';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { POLICY_FILES } from '../../build/generate-policy.ts';
import { admxLeaves } from '../../build/policy/admx.ts';
import { leafKeys } from '../../build/policy/keys.ts';
import { SAMPLE } from '../../build/policy/sample.ts';
import { at, ROOT } from '../../build/support/root.ts';
import { readPlist } from '../../src/formats/plist.ts';
import { checkDocument } from '../../src/policy/check.ts';
import { POLICY } from '../../src/policy/table.ts';
import { policyJsonSchema } from '../../src/policy/schema.ts';

const committed = (path: string): string => readFileSync(at(path), 'utf8');
const text = (made: string | Uint8Array): string => (typeof made === 'string' ? made : new TextDecoder().decode(made));

for (const [path, make] of Object.entries(POLICY_FILES)) {
  test(`${path} is what the table of policy keys makes of it (make docs writes it)`, () => assert.is(committed(path), text(make())));
}

test('nothing lies in policies/ that is not made from the table', () => {
  const there = readdirSync(at('policies'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, `${entry.parentPath}/${entry.name}`));
  assert.equal(there.sort(), Object.keys(POLICY_FILES).filter((path) => path.startsWith('policies/')).sort());
});

/** What lies at a path of a document. */
function member(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce((here: unknown, key) => (typeof here === 'object' && here !== null ? Reflect.get(here, key) : undefined), value);
}

const ajv = new Ajv2020({ strict: true, allErrors: true });
formats.default(ajv);
const validate = ajv.compile(policyJsonSchema());

test('the schema takes the sample, and refuses what the check refuses', () => {
  assert.ok(validate(SAMPLE), JSON.stringify(validate.errors));
  const cases = [
    { colour: 1 },
    { log: { level: 'loud' } },
    { servers: [] },
    { servers: [{}] },
    { download: { parallel: 0 } },
    { components: { 'No Id': {} } },
    { content: { av: { hold: { until: 'soon' } } } },
    { tls: { caFile: 'relative' } },
    { schedule: { dailyAt: ['24:00'] } },
    { servers: [{ url: 'https://h/', passwordFile: 'credential:../x' }] },
  ];
  for (const one of cases) {
    assert.not(validate(one), JSON.stringify(one));
    assert.ok(checkDocument(POLICY, one, { typed: 'strict', unknown: 'refuse' }).problems.length > 0, JSON.stringify(one));
  }
});

test('both profiles are property lists whose settings pass the check', () => {
  const parse = (path: string): unknown => {
    const read = readPlist(readFileSync(at(path)));
    assert.ok(read.ok, path);
    return read.ok ? read.value.value : undefined;
  };
  const plain = member(parse('policies/macos/glued.mobileconfig'), 'PayloadContent', 0);
  const legacy = member(parse('policies/macos/glued-managed-client.mobileconfig'), 'PayloadContent', 0);
  assert.is(member(plain, 'PayloadType'), 'dev.glued.agent');
  assert.is(member(legacy, 'PayloadType'), 'com.apple.ManagedClient.preferences');
  for (const settings of [plain, member(legacy, 'PayloadContent', 'dev.glued.agent', 'Forced', 0, 'mcx_preference_settings')]) {
    const checked = checkDocument(POLICY, settings, { typed: 'plist', unknown: 'refuse' });
    assert.equal(checked.problems, []);
    assert.is(checked.leaves.length, checkDocument(POLICY, SAMPLE, { typed: 'strict', unknown: 'refuse' }).leaves.length);
  }
});

test('the ADMX and its words are well-formed, fit together, and hold every key but components', () => {
  const admx = committed('policies/windows/glued.admx');
  const adml = committed('policies/windows/en-US/glued.adml');
  assert.is(XMLValidator.validate(admx), true);
  assert.is(XMLValidator.validate(adml), true);
  const defined = new Set([...adml.matchAll(/<string id="([^"]+)"/g)].map((m) => m[1]));
  const used = new Set([...admx.matchAll(/\$\(string\.([^)]+)\)/g)].map((m) => m[1]));
  assert.equal([...used].sort(), [...defined].sort());
  const presentations = [...adml.matchAll(/<presentation id="([^"]+)"/g)].map((m) => m[1]);
  assert.equal([...admx.matchAll(/\$\(presentation\.([^)]+)\)/g)].map((m) => m[1]).sort(), presentations.sort());
  for (const { path, key } of admxLeaves()) {
    const isSlots = key.kind === 'list' && key.of.kind === 'group';
    const folder = ['Software\\Policies\\glued', ...(isSlots ? [...path, '1'] : path.slice(0, -1))].join('\\');
    assert.ok(admx.includes(`key="${folder}"`), folder);
  }
  const names = [...admx.matchAll(/<policy name="([^"]+)"/g)].map((m) => m[1]);
  assert.is(new Set(names).size, names.length);
  const uris = committed('policies/windows/oma-uri.csv');
  for (const name of names) assert.ok(uris.includes(`/${name}"`), name);
});

test('docs/policy.md names every key', () => {
  const page = committed('docs/policy.md');
  for (const { name } of leafKeys()) assert.ok(page.includes(`\`${name}`), name);
});

test.run();
