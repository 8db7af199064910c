import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SCHEMA_FILES, schemaPath } from '../../build/generate-schemas.ts';
import { at } from '../../build/support/root.ts';
import { COMMANDS, optionsOf } from '../../src/cli/commands.ts';
import { fail, type WorkingRun } from '../../src/model/index.ts';
import { plan } from '../../src/planner/index.ts';
import { parseShape, pathText } from '../../src/formats/shape.ts';
import { STATUS } from '../../src/state/document-shapes.ts';
import { errorDocument, explainDocument, failureToError, historyDocument, noStatus } from '../../src/report/index.ts';
import { policyJsonSchema } from '../../src/policy/index.ts';
import { DOCUMENT_SCHEMAS, type DocumentName } from '../../src/report/schema/documents.ts';
import { component, input, inventory, NOW, policy, release } from '../planner/world.ts';
import { POLICY, POLICY_REFUSED, REGISTRY_ADDED, REGISTRY_LISTED, REGISTRY_REMOVED, REPO } from './command-documents.ts';
import { DOCTOR, FULL_RUN, FULL_STATUS, HISTORY, PLUGIN_CHECK, run, SERVICE } from './documents.ts';

const ajv = new Ajv2020({ strict: true, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(policyJsonSchema());

const world = input({
  components: [component('demo', 5), component('other', null), component('third', 5)],
  releases: { demo: [release(9), release(10, { rollout: { percent: 0, salt: 's' } })], third: [release(5)] },
  inventories: { demo: inventory() },
  policy: policy({ components: { demo: { hold: { hours: 1 } } } }),
});
const { failure } = fail('plugin-absent', { component: 'demo', plugIn: 'x' });
const UNDER_WAY: WorkingRun = { pid: 7, command: 'schedule', since: NOW, installing: [{ component: component('demo', 5).id, version: '1.9', sequence: 9, stage: 'testing' }] };
const errors = [failureToError(failure, 'plan', 'demo')];

/** Of each published document, some that we make: every key is in one of them. */
const DOCUMENTS: { readonly [K in DocumentName]: readonly unknown[] } = {
  'glued.run/1': [run(), FULL_RUN],
  'glued.status/1': [FULL_STATUS, noStatus(NOW)],
  'glued.explain/1': [explainDocument({ plan: plan(world), input: world, notes: ['x'], offline: failure, underWay: UNDER_WAY }, []), explainDocument(null, errors)],
  'glued.doctor/1': [DOCTOR],
  'glued.plugin-check/1': [PLUGIN_CHECK, { ...PLUGIN_CHECK, code: 3, codeName: 'plugin-protocol', allow: null, plugIn: null }],
  'glued.service/1': [SERVICE, { ...SERVICE, root: '/mnt/image' }],
  'glued.error/1': [errorDocument(failure), errorDocument(fail('component-unknown', { component: 'x', known: 'demo' }).failure)],
  'glued.history/1': [historyDocument(new Map([['demo', HISTORY]]), errors)],
  'glued.policy/1': [POLICY, POLICY_REFUSED],
  'glued.registry/1': [REGISTRY_LISTED, REGISTRY_ADDED, REGISTRY_REMOVED],
  ...REPO,
};

const entriesOf = (schemas: typeof DOCUMENT_SCHEMAS): readonly (readonly [DocumentName, object])[] => Object.entries(schemas).flatMap(([name, schema]) => (isDocument(name) ? [[name, schema] as const] : []));
const isDocument = (name: string): name is DocumentName => name in DOCUMENT_SCHEMAS;

/** Every copy of a document with one key taken out, and with one put in, of each group in it. */
function* mutated(value: unknown, path = ''): Generator<{ readonly what: string; readonly document: unknown }> {
  if (Array.isArray(value)) {
    for (const [i, member] of value.entries()) {
      for (const m of mutated(member, `${path}[${i}]`)) yield { what: m.what, document: value.with(i, m.document) };
    }
  } else if (typeof value === 'object' && value !== null) {
    yield { what: `${path} with a key more`, document: { ...value, unheardOf: 1 } };
    for (const [key, member] of Object.entries(value)) {
      const rest = Object.fromEntries(Object.entries(value).filter(([k]) => k !== key));
      yield { what: `${path}.${key} left out`, document: rest };
      for (const m of mutated(member, `${path}.${key}`)) yield { what: m.what, document: { ...value, [key]: m.document } };
    }
  }
}

const MAY_BE_ABSENT = /\.(dryRun|setAside|component|detail|policyKey|source|until|deferrals|remedy|next\.probation|checks\[\d+\]\.code|checks\[\d+\]\.codeName) left out$/;
/** a reason's remedy and end may be absent; an error's remedy and a probation's end may not */
const MUST_BE_THERE = /(^\.remedy|(errors|checks|problems|warnings)\[\d+\]\.remedy|probation\.until|uncovered\[\d+\]\.component|(origins|overrode)\[\d+\]\.source) left out$/;
/** the same of single documents: a policy file may hold any part of a policy, and a component any setting */
const MAY_BE_ABSENT_IN: { readonly [K in DocumentName]?: RegExp } = {
  'glued.policy/1': /^\.policy\..* left out$|\.(origins|line|converted) left out$/,
  'glued.registry/1': /\.settings\.\w+ left out$/,
  'glued.repo-publish/1': /\.(unpackedSha256|deltas\[\d+\]\.outcome) left out$/,
};

for (const [name, schema] of entriesOf(DOCUMENT_SCHEMAS)) {
  const validate = ajv.compile(schema);
  const documents = DOCUMENTS[name];
  test(`${name}: what we make is valid`, () => {
    for (const document of documents) assert.ok(validate(document), ajv.errorsText(validate.errors));
  });

  test(`${name}: a key too many or too few, anywhere, is not`, () => {
    let tried = 0;
    for (const { what, document } of documents.flatMap((d) => [...mutated(d)])) {
      tried += 1;
      const mayBe = (MAY_BE_ABSENT.test(what) && !MUST_BE_THERE.test(what)) || MAY_BE_ABSENT_IN[name]?.test(what) === true;
      assert.is(validate(document), mayBe, what);
    }
    assert.ok(tried > 2, `${tried} tried`);
  });
}

test('every command with --json names the document that it prints, and its schema is published', () => {
  for (const command of COMMANDS) {
    const option = optionsOf(command).find((o) => o.name === 'json');
    if (option === undefined) continue;
    const { document } = option;
    assert.ok(document !== undefined, `glued ${command.path} does not say what --json prints`);
    assert.ok(SCHEMA_FILES[schemaPath(document)] !== undefined, `${document} of glued ${command.path} has no published schema`);
    assert.is(ajv.compile<{ schema: unknown }>(DOCUMENT_SCHEMAS[document])({ schema: 'another' }), false, document);
  }
});

test('the published schemas are those of the code: make docs writes them', () => {
  const folder = 'docs/schema';
  assert.equal(readdirSync(at(folder)).filter((f) => /^(glued|plugin-)/.test(f)).sort(), Object.keys(SCHEMA_FILES).map((path) => path.slice(folder.length + 1)).sort());
  for (const [path, make] of Object.entries(SCHEMA_FILES)) assert.is(readFileSync(at(path), 'utf8'), make(), path);
});

function parseStatus(value: unknown): string | undefined {
  const parsed = parseShape(STATUS, value);
  return 'value' in parsed ? undefined : parsed.problems.map((p) => `${pathText(p.path)}: found ${p.found}, allowed ${p.allowed}`).join('\n');
}

test('a status that the schema takes is read back as it was', () => {
  for (const document of [FULL_STATUS, noStatus(NOW)]) {
    const parsed = parseShape(STATUS, JSON.parse(JSON.stringify(document)));
    assert.equal(parsed, { value: document });
  }
});

test('a status with a key too few is not read; one of a newer agent, with a key more, is', () => {
  let tried = 0;
  for (const { what, document } of mutated(FULL_STATUS)) {
    const mayBe = what.endsWith('with a key more') || (MAY_BE_ABSENT.test(what) && !MUST_BE_THERE.test(what));
    assert.is(parseStatus(document) === undefined, mayBe, what);
    tried += 1;
  }
  assert.ok(tried > 100, `${tried} tried`);
});

test('what is wrong with a status is named', () => {
  assert.is(parseStatus({ ...FULL_STATUS, health: 'fine' }), 'health: found text "fine", allowed ok, degraded, failed');
});

test.run();
