import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readJson, type DocumentProblem } from '../../src/formats/json.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const problemsOf = (text: string, limits = {}): readonly DocumentProblem[] => {
  const read = readJson(bytes(text), limits);
  return read.ok ? [] : read.failure;
};

test('what JSON.parse reads, we read the same, without prototypes', () => {
  const text = '{"a":[1,-0.5,1e3,true,false,null,"\\u00e9\\n\\ud83d\\ude00"," "],"b":{"":{}},"c":[]}';
  const read = readJson(bytes(text));
  assert.ok(read.ok);
  assert.equal(JSON.stringify(read.value.value), JSON.stringify(JSON.parse(text)));
  assert.is(Object.getPrototypeOf(read.value.value), null);
});

test('any JSON value survives being written and read', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const text = JSON.stringify(value);
      const read = readJson(bytes(text));
      if (!read.ok) return /number|__proto__|constructor|prototype|surrogate/.test(JSON.stringify(read.failure));
      return JSON.stringify(read.value.value) === JSON.stringify(JSON.parse(text));
    }),
    { seed: 20261125, numRuns: 300 },
  );
});

test('no text makes the reader throw, and what it takes JSON.parse takes too', () => {
  const piece = fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', '\\u12', 'true', 'nul', '1', '-', '0', '.', 'e', ' ', '\n', 'a', '\u0001');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      const read = readJson(bytes(text));
      if (read.ok) JSON.parse(text);
      return read.ok || read.failure.length > 0;
    }),
    { seed: 20261125, numRuns: 3000 },
  );
});

/** Objects as lists of members, so that a key can come twice. */
type Sketch = number | string | readonly Sketch[] | { readonly members: readonly (readonly [string, Sketch])[] };
const { sketch } = fc.letrec<{ sketch: Sketch }>((tie) => ({
  sketch: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.constantFrom('', ':', '":"', '\\', 'a"b:c'),
    fc.array(tie('sketch'), { maxLength: 3 }),
    fc.record({ members: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c:', '"', 'constructor'), tie('sketch')), { maxLength: 3 }) }),
  ),
}));
const isGroup = (one: Sketch): one is { readonly members: readonly (readonly [string, Sketch])[] } => typeof one === 'object' && 'members' in one;
const written = (one: Sketch): string =>
  isGroup(one)
    ? `{${one.members.map(([key, member]) => `${JSON.stringify(key)}:${written(member)}`).join(',')}}`
    : typeof one === 'object'
      ? `[${one.map(written).join(',')}]`
      : JSON.stringify(one);
const isSound = (one: Sketch): boolean => {
  if (typeof one !== 'object') return true;
  if (!isGroup(one)) return one.every(isSound);
  const keys = one.members.map(([key]) => key);
  return new Set(keys).size === keys.length && !keys.includes('constructor') && one.members.every(([, member]) => isSound(member));
};

test('a document is refused exactly when a key comes twice, or reaches for a prototype, at any depth', () => {
  fc.assert(
    fc.property(sketch, (one) => readJson(bytes(written(one))).ok === isSound(one)),
    { seed: 20261125, numRuns: 2000 },
  );
});

const REFUSED: readonly (readonly [string, string, string, string])[] = [
  ['a duplicate key', '{"a":1,\n"b":{"x":1,\n"x":2}}', '3 b.x', 'the same key twice'],
  ['a key that is a duplicate once unescaped', '{"a":1,"\\u0061":2}', '1 a', 'the same key twice'],
  ['__proto__', '{"__proto__":{"polluted":1}}', '1 __proto__', 'the key __proto__'],
  ['an escaped __proto__', '{"\\u005f_proto__":1}', '1 __proto__', 'the key __proto__'],
  ['constructor', '{"a":[{"constructor":1}]}', '1 a.0.constructor', 'the key constructor'],
  ['prototype', '{"prototype":1}', '1 prototype', 'the key prototype'],
  ['2^53', '{"n":9007199254740992}', '1 n', 'number 9007199254740992'],
  ['a huge exponent', '[1e400]', '1 0', 'number 1e400'],
  ['an integer hidden in an exponent', '[1e300]', '1 0', 'number 1e300'],
  ['a leading zero', '[010]', '1 ', 'text "10]"'],
  ['a comment', '{} // x', '1 ', 'text "// x"'],
  ['a trailing comma', '[1,]', '1 1', 'text "]"'],
  ['single quotes', "{'a':1}", '1 ', 'text "\'a\':1}"'],
  ['two documents', '{}{}', '1 ', 'text "{}"'],
  ['nothing', '', '1 ', 'the end of the document'],
  ['half a document', '{"a":', '1 a', 'the end of the document'],
  ['an open string', '{"a":"x', '1 a', 'the end of the document'],
  ['a raw newline in a string', '["a\nb"]', '1 0', 'text "\\nb\\"]"'],
  ['half a surrogate pair', '["\\ud800"]', '1 0', 'text "]"'],
  ['a bad escape', '["\\x41"]', '1 0', 'text "\\\\x41\\"]"'],
  ['NaN', '[NaN]', '1 0', 'text "NaN]"'],
  ['a byte order mark', '\ufeff{}', '1 ', 'text "\ufeff{}"'],
];
for (const [what, text, where, found] of REFUSED) {
  test(`${what} is refused, with its line, key and what was found`, () => {
    const first = problemsOf(text)[0];
    assert.is(`${first?.line} ${first?.path.join('.')}`, where);
    assert.is(first?.found, found.length > 60 ? found.slice(0, 60) : found);
    assert.ok((first?.allowed ?? '').length > 3);
  });
}

test('every problem is reported, but never more than a hundred', () => {
  assert.is(problemsOf('{"a":1,"a":2,"a":3,"__proto__":1}').length, 3);
  assert.is(problemsOf(`{${'"a":1,'.repeat(100_000)}"a":1}`).length, 100);
});

test('size and depth have limits', () => {
  assert.is(problemsOf('[[[[1]]]]', { maxDepth: 4 }).length, 0);
  assert.is(problemsOf('[[[[1]]]]', { maxDepth: 3 })[0]?.allowed, 'at most 3 levels');
  assert.is(problemsOf('[1,2,3]', { maxBytes: 3 })[0]?.allowed, 'at most 3 bytes');
  assert.ok(problemsOf('['.repeat(200_000)).length > 0);
});

test('bytes that are not UTF-8 are refused', () => {
  const read = readJson(new Uint8Array([0x22, 0xff, 0x22]));
  assert.not(read.ok);
});

test('lines are those of keys and of list members', () => {
  const read = readJson(bytes('{\n"a": 1,\n"b": [\n1,\n2]\n,"c":\n{"d":1}}'));
  assert.ok(read.ok);
  const lines = [['a'], ['b'], ['b', 1], ['c'], ['c', 'd'], ['nothing']].map((path) => read.value.lineOf(path));
  assert.equal(lines, [2, 3, 5, 6, 7, undefined]);
});

test.run();
