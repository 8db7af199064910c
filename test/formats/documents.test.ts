import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readDocument } from '../../src/formats/documents.ts';
import { writeBinaryPlist } from '../support/write-bplist.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf16 = (text: string, order: 'le' | 'be'): Uint8Array => {
  const out = new Uint8Array(text.length * 2);
  const view = new DataView(out.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), order === 'le');
  return out;
};
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** What a document is read as: format and value, or the first problem. */
async function readAs(content: string | Uint8Array, name: string): Promise<unknown> {
  const read = await readDocument(typeof content === 'string' ? bytes(content) : content, name);
  if (read.ok) return [read.value.format, read.value.typed, plain(read.value.value)];
  const [first] = read.failure;
  return `${first?.line ?? '-'} ${first?.path.join('.')}: ${first?.found}`;
}

const READ: readonly (readonly [string, string | Uint8Array, string, unknown])[] = [
  ['JSON', '{"a":1}', 'p.json', ['json', 'strict', { a: 1 }]],
  ['JSON with a byte order mark', '\ufeff{"a":1}', 'p.json', ['json', 'strict', { a: 1 }]],
  ['JSON in UTF-16, little end first', utf16('\ufeff{"a":"é"}', 'le'), 'p.json', ['json', 'strict', { a: 'é' }]],
  ['XML in UTF-16, big end first', utf16('\ufeff<policy><a>é</a></policy>', 'be'), 'p.xml', ['xml', 'text', { a: 'é' }]],
  ['YAML', 'a: 1\nb: [x]\n', 'p.yaml', ['yaml', 'strict', { a: 1, b: ['x'] }]],
  ['YAML by its other extension', 'a: 1', 'p.YML', ['yaml', 'strict', { a: 1 }]],
  ['XML', '<policy><a>1</a><b><item>x</item><item>y</item></b></policy>', 'p.xml', ['xml', 'text', { a: '1', b: ['x', 'y'] }]],
  ['XML of nothing', '<policy/>', 'p.xml', ['xml', 'text', {}]],
  ['an XML plist', '<plist><dict><key>a</key><integer>1</integer></dict></plist>', 'p.plist', ['plist', 'plist', { a: 1 }]],
  ['a binary plist', writeBinaryPlist({ a: 1, b: [true, 'é', 1.5] }), 'p.plist', ['plist', 'plist', { a: 1, b: [true, 'é', 1.5] }]],
  ['no extension, JSON', ' {"a":1}', 'policy', ['json', 'strict', { a: 1 }]],
  ['no extension, YAML', 'a: 1', 'policy', ['yaml', 'strict', { a: 1 }]],
  ['no extension, XML', '<?xml version="1.0"?><policy><a>1</a></policy>', 'policy.conf', ['xml', 'text', { a: '1' }]],
  ['no extension, XML plist', '<?xml version="1.0"?><plist><true/></plist>', 'policy', ['plist', 'plist', true]],
  ['no extension, binary plist', writeBinaryPlist({ a: false }), 'policy', ['plist', 'plist', { a: false }]],
];
for (const [what, content, name, expected] of READ) {
  test(`${what} is recognised and read`, async () => assert.equal(await readAs(content, name), expected));
}

const YAML: readonly (readonly [string, string, unknown])[] = [
  ['no, yes, on and off are text', 'a: [no, yes, on, off, y, n]', ['no', 'yes', 'on', 'off', 'y', 'n']],
  ['true and false are not', 'a: [true, False]', [true, false]],
  ['010 is ten, 0o10 is eight', 'a: [010, 0o10, 0x10]', [10, 8, 16]],
  ['1.10 is a number', 'a: 1.10', 1.1],
  ['"1.10" is text', 'a: "1.10"', '1.10'],
  ['1.10.2 and a date are text', 'a: [1.10.2, 2026-11-25, 2026-11-25T06:00:00Z]', ['1.10.2', '2026-11-25', '2026-11-25T06:00:00Z']],
  ['sexagesimals and underscores are text', 'a: [12:30, 1_000]', ['12:30', '1_000']],
  ['nothing is null', 'a:', null],
  ['an alias is followed', 'b: &x {c: 1}\na: *x', { c: 1 }],
  ['a merge key is only a key', 'b: &x {c: 1}\na: {<<: *x}', { '<<': { c: 1 } }],
];
for (const [what, text, expected] of YAML) {
  test(`YAML 1.2: ${what}`, async () => {
    const read = await readDocument(bytes(text), 'p.yaml');
    assert.ok(read.ok, JSON.stringify(read));
    const { a } = plain(read.value.value) as { a: unknown };
    assert.equal(a, expected);
  });
}

const bomb = `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 20 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`).join('\n')}\n`;
const REFUSED: readonly (readonly [string, string | Uint8Array, string, RegExp])[] = [
  ['a duplicate key in YAML', 'a: 1\nb: {c: 1, c: 2}', 'p.yaml', /^2 b\.c: the same key twice/],
  ['an alias bomb', bomb, 'p.yaml', /aliases that grow without end/],
  ['an alias to itself', 'a: &a [*a]', 'p.yaml', /a deeper level|alias|no plain YAML/],
  ['an alias to nothing', 'a: *b', 'p.yaml', /alias/i],
  ['__proto__ in YAML', '__proto__: {x: 1}', 'p.yaml', /^1 __proto__: the key __proto__/],
  ['a tag', 'a: !!binary aGk=', 'p.yaml', /tag/],
  ['an own tag', 'a: !exec rm', 'p.yaml', /tag/],
  ['a tag of text', 'a: !!str 5', 'p.yaml', /tag/],
  ['YAML 1.1', '%YAML 1.1\n---\na: no', 'p.yaml', /%YAML 1\.1|no plain YAML/],
  ['two documents', 'a: 1\n---\nb: 1', 'p.yaml', /no plain YAML \(Source contains multiple documents\)/],
  ['an integer beyond 2^53-1 in YAML', 'a: 9007199254740993', 'p.yaml', /^1 a: number "9007199254740993"/],
  ['infinity', 'a: .inf', 'p.yaml', /number "\.inf"/],
  ['a key that is a number', '1: x', 'p.yaml', /a key that is no plain text/],
  ['a key that is a list', '? [a]\n: x', 'p.yaml', /a key that is no plain text/],
  ['a tab as indentation', 'a:\n\tb: 1', 'p.yaml', /no plain YAML/],
  ['YAML nested without end', `a: ${'['.repeat(20_000)}`, 'p.yaml', /no YAML|no plain YAML|deeper/],
  ['a DOCTYPE', '<!DOCTYPE policy [<!ENTITY a "b">]><policy><a>&a;</a></policy>', 'p.xml', /^1 : a declaration <!DOCTYPE/],
  ['Apple\'s DOCTYPE on a policy', '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "x"><policy/>', 'p.xml', /a declaration <!DOCTYPE/],
  ['an attribute', '<policy><a b="c">1</a></policy>', 'p.xml', /^1 a: an attribute on <a>/],
  ['another root', '<config/>', 'p.xml', /the root <config>/],
  ['two roots', '<policy/><policy/>', 'p.xml', /a second root/],
  ['an element twice', '<policy>\n<a>1</a>\n<a>2</a></policy>', 'p.xml', /^3 a: the same key twice/],
  ['__proto__ in XML', '<policy><__proto__><x>1</x></__proto__></policy>', 'p.xml', /the element <__proto__>/],
  ['text beside elements', '<policy><a>x<b>1</b></a></policy>', 'p.xml', /text "x" beside elements/],
  ['garbage', '<policy', 'p.xml', /no well-formed XML/],
  ['a plist where a policy belongs', '<plist><dict/></plist>', 'p.xml', /the root <plist>|attribute/],
  ['a binary plist called .json', writeBinaryPlist({ a: 1 }), 'p.json', /text|UTF-8/],
  ['bytes that are no text', new Uint8Array([0x7b, 0xff, 0x7d]), 'p.json', /not UTF-8/],
  ['half a UTF-16 character', new Uint8Array([0xff, 0xfe, 0x7b]), 'p.json', /not UTF-16/],
  ['UTF-16 without a mark', utf16('{}', 'le'), 'p.json', /text/],
];
for (const [what, content, name, expected] of REFUSED) {
  test(`${what} is refused, at once`, async () => {
    const began = performance.now();
    const found = await readAs(content, name);
    assert.type(found, 'string');
    assert.match(String(found), expected);
    assert.ok(performance.now() - began < 10_000, 'took too long');
  });
}

test('lines are known in every text format', async () => {
  const cases = [
    ['{\n"a":\n{"b":\n1}}', 'p.json', 3],
    ['a:\n  # comment\n  b: 1', 'p.yaml', 3],
    ['<policy>\n<a>\n<b>1</b></a></policy>', 'p.xml', 3],
    ['<plist><dict>\n<key>a</key><dict>\n<key>b</key>\n<true/></dict></dict></plist>', 'p.plist', 3],
  ] as const;
  for (const [text, name, line] of cases) {
    const read = await readDocument(bytes(text), name);
    assert.ok(read.ok, name);
    assert.is(read.value.lineOf(['a', 'b']), line, name);
    assert.is(read.value.lineOf(['a', 'c']), undefined, name);
  }
});

test.run();
