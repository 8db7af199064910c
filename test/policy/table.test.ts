import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { leafKeys } from '../../build/policy/keys.ts';
import { parseShape } from '../../src/formats/shape.ts';
import { CONTENT_TYPES, type ContentType, type Policy } from '../../src/model/index.ts';
import { checkDocument, type SourceType } from '../../src/policy/check.ts';
import type { Key, Plain } from '../../src/policy/keys.ts';
import { merge } from '../../src/policy/merge.ts';
import { POLICY } from '../../src/policy/table.ts';
import { LEAST } from '../support/policy-world.ts';

/** The keys of the contract (DESIGN, Policy), written once more by hand: a key that is forgotten, or added in silence, fails here. */
const hold = ['hold.hours', 'hold.until', 'hold.reason'];
const CONTRACT = [
  'schema', 'id', 'version', 'servers', 'trust.rootFile',
  ...['mode', 'url', 'username', 'passwordFile', 'noProxy'].map((k) => `proxy.${k}`),
  ...['caFile', 'clientCertFile', 'clientKeyFile'].map((k) => `tls.${k}`),
  ...CONTENT_TYPES.flatMap((type) => ['enabled', 'channel', 'maxAgeHours', ...hold].map((k) => `content.${type}.${k}`)),
  ...['enabled', 'channel', 'pin', 'allowDowngrade', ...hold].map((k) => `components.ID.${k}`),
  'rollout.forcedOverridesHold', 'rollout.forcedOverridesWindow',
  ...['everyMinutes', 'dailyAt', 'timeZone', 'splayMinutes', 'windows', 'onlyIfOlderThanHours', 'onlyIfDisconnectedHours', 'retryWindowMinutes', 'onBattery', 'onMetered'].map((k) => `schedule.${k}`),
  ...['optional', 'askTimeoutSeconds', 'maxDeferrals'].map((k) => `consent.${k}`),
  ...['parallel', 'maxBytesPerSecond', 'cacheMaxBytes', 'timeoutSeconds'].map((k) => `download.${k}`),
  ...['mustDetect', 'mustNotDetect', 'maxShrinkPercent', 'timeoutSeconds', 'maxMemoryBytes'].map((k) => `verify.${k}`),
  ...['minutes', 'maxRestarts', 'bootLoopMinutes'].map((k) => `probation.${k}`),
  'plugins.allow',
  ...['consoleUrl', 'tokenFile', 'secretFile', 'format'].map((k) => `report.${k}`),
  'log.level', 'history.keep',
];

test('the table has the keys of the contract, each with a meaning, and no other', () => {
  assert.equal(leafKeys().map(({ name }) => name).sort(), [...CONTRACT].sort());
  for (const { name, key } of leafKeys()) assert.ok(key.meaning.length > 3 && key.allowed.length > 3 && key.since >= 1, name);
});

test('the members of lists are those of the contract', () => {
  const members = (name: string): readonly string[] => {
    const key = leafKeys().find((one) => one.name === name)?.key;
    return key?.kind === 'list' && key.of.kind === 'group' ? Object.keys(key.of.keys) : [];
  };
  assert.equal(members('servers'), ['url', 'username', 'passwordFile', 'headers']);
  assert.equal(members('schedule.windows'), ['days', 'from', 'to']);
  assert.equal(members('plugins.allow'), ['id', 'path', 'sha256']);
});

/** Every key of a type, so that the compiler refuses a table that has one more than model/Policy, or one fewer. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
type FromTable = NonNullable<ReturnType<typeof POLICY.shape>>;
type Inner<P, G extends keyof P> = keyof P[G];
const SAME: readonly true[] = [
  true satisfies Same<keyof FromTable, keyof Policy>,
  true satisfies Same<Inner<FromTable, 'proxy'>, Inner<Policy, 'proxy'>>,
  true satisfies Same<Inner<FromTable, 'tls'>, Inner<Policy, 'tls'>>,
  true satisfies Same<Inner<FromTable, 'rollout'>, Inner<Policy, 'rollout'>>,
  true satisfies Same<Inner<FromTable, 'schedule'>, Inner<Policy, 'schedule'>>,
  true satisfies Same<Inner<FromTable, 'consent'>, Inner<Policy, 'consent'>>,
  true satisfies Same<Inner<FromTable, 'download'>, Inner<Policy, 'download'>>,
  true satisfies Same<Inner<FromTable, 'verify'>, Inner<Policy, 'verify'>>,
  true satisfies Same<Inner<FromTable, 'probation'>, Inner<Policy, 'probation'>>,
  true satisfies Same<Inner<FromTable, 'report'>, Inner<Policy, 'report'>>,
  true satisfies Same<keyof FromTable['content'], ContentType>,
  true satisfies Same<keyof FromTable['content']['av'], keyof Policy['content']['av']>,
  true satisfies Same<keyof FromTable['servers'][number], keyof Policy['servers'][number]>,
];
test('the table and the type Policy have the same keys', () => assert.is(SAME.length, 13));

const textOf = (key: Key): fc.Arbitrary<Plain> => {
  if (key.kind !== 'scalar' || key.type.is !== 'text') throw new Error('not a text');
  switch (key.type.format) {
    case 'url':
      return fc.constantFrom('https://a.example/', 'http://127.0.0.1:8080', 'https://[::1]/x/');
    case 'path':
    case 'secret-file':
      return fc.constantFrom('/a', '/a b/ü', 'C:\\x');
    case 'instant':
      return fc.constantFrom('2026-11-25T06:00:00Z', '2030-01-01T00:00:00.5+02:00');
    case 'time-of-day':
      return fc.constantFrom('00:00', '23:59');
    case 'plain':
    case 'header-value':
      return key.allowed.includes('SHA') || key.type.pattern?.includes('0-9a-f') ? fc.constant('a'.repeat(64)) : key.allowed.includes('zone') ? fc.constant('Europe/Berlin') : fc.constantFrom('a', 'stable', 'x1');
  }
};

/** Any value that a key allows. */
function valueOf(key: Key): fc.Arbitrary<Plain> {
  switch (key.kind) {
    case 'scalar':
      switch (key.type.is) {
        case 'boolean':
          return fc.boolean();
        case 'integer':
          return fc.integer({ min: key.type.min, max: Math.min(key.type.max, 2 ** 31 - 1) });
        case 'choice':
          return fc.constantFrom(...key.type.values);
        case 'text':
          return textOf(key);
      }
    case 'list':
      return fc.array(valueOf(key.of), { minLength: key.min, maxLength: 3 });
    case 'map':
      return fc.dictionary(fc.constantFrom('a', 'b-1', 'c.d'), valueOf(key.of), { maxKeys: 3 });
    case 'group': {
      const members = Object.entries(key.keys).map(([name, member]) => [name, valueOf(member)] as const);
      const requiredKeys = Object.entries(key.keys).flatMap(([name, member]) => (member.presence === 'needed' && member.kind !== 'group' ? [name] : []));
      return fc.record(Object.fromEntries(members), { requiredKeys });
    }
  }
}
const anyPolicy = valueOf(POLICY);
const strict = (typed: SourceType) => ({ typed, unknown: 'refuse' }) as const;
const leavesOf = (document: unknown, typed: SourceType = 'strict'): string[] =>
  checkDocument(POLICY, document, strict(typed)).leaves.map(({ path, value }) => `${path.join('/')} ${JSON.stringify(value)}`);

/** The same values with every leaf as text, as XML has them. */
const asText = (value: Plain): unknown =>
  Array.isArray(value) ? value.map(asText) : typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, asText(v)])) : String(value);

test('whatever the table allows passes, strictly and as text, and means the same', () => {
  fc.assert(
    fc.property(anyPolicy, (document) => {
      const checked = checkDocument(POLICY, document, strict('strict'));
      assert.equal(checked.problems, []);
      assert.equal(leavesOf(asText(document), 'text'), leavesOf(document));
      const { tree } = merge(POLICY, [{ label: 'least', leaves: checkDocument(POLICY, LEAST, strict('strict')).leaves }, { label: 'x', leaves: checked.leaves }]);
      assert.ok('value' in parseShape(POLICY.shape, tree));
    }),
    { seed: 20261125, numRuns: 200 },
  );
});

test('a key that is set in one place only arrives; set in two, the later wins and the earlier is remembered', () => {
  fc.assert(
    fc.property(anyPolicy, anyPolicy, (first, second) => {
      const [a, b] = [first, second].map((document) => checkDocument(POLICY, document, strict('strict')).leaves);
      const { origins } = merge(POLICY, [{ label: 'a', leaves: a ?? [] }, { label: 'b', leaves: b ?? [] }]);
      const keys = (leaves: typeof a): Set<string> => new Set((leaves ?? []).map(({ path }) => path.join('/')));
      const [inA, inB] = [keys(a), keys(b)];
      const said = origins.filter(({ source }) => source !== '[default]');
      assert.is(said.length, new Set([...inA, ...inB]).size);
      assert.is(said.filter(({ source }) => source === 'b').length, inB.size);
      assert.is(said.filter(({ overrode }) => overrode.length === 1).length, [...inA].filter((key) => inB.has(key)).length);
    }),
    { seed: 20261125, numRuns: 100 },
  );
});

test('any value at any key either passes or is a problem of that key, and never a crash', () => {
  const paths = leafKeys().map(({ path }) => path.map((part) => (part === 'ID' ? 'some-id' : part)));
  const odd = fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.date(), fc.uint8Array(), fc.constant(''), fc.constant(-1), fc.constant(1e300), fc.constant('\u0000'));
  fc.assert(
    fc.property(fc.constantFrom(...paths), odd, fc.constantFrom<SourceType>('strict', 'text', 'plist', 'registry'), (path, value, typed) => {
      const document = path.reduceRight((inner: unknown, part) => ({ [part]: inner }), value);
      const { problems, leaves } = checkDocument(POLICY, document, strict(typed));
      const here = (found: readonly (string | number)[]): boolean => path.every((part, at) => found[at] === part);
      assert.ok(problems.every((one) => here(one.path) && one.found !== '' && one.allowed !== ''), JSON.stringify(problems));
      assert.ok(problems.length > 0 || leaves.length === 1, JSON.stringify(value));
    }),
    { seed: 20261125, numRuns: 2000 },
  );
});

test.run();
