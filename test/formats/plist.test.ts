import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type PlistValue, readPlist, writePlist } from '../../src/formats/plist.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const APPLE = '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">';
const plist = (body: string): Uint8Array => bytes(`<?xml version="1.0" encoding="UTF-8"?>\n${APPLE}\n<plist version="1.0">\n${body}\n</plist>\n`);

test('a property list as Apple writes it is read, with types and lines', () => {
  const read = readPlist(
    plist(`<dict>
  <key>name</key><string>A &amp; B &#x41;<![CDATA[ <raw>]]></string><!-- a comment -->
  <key>list</key>
  <array><integer>-12</integer><real>1.5</real><true/><false/></array>
  <key>when</key><date>2026-11-25T06:00:00Z</date>
  <key>data</key><data>
    AAEC
  </data>
  <key>empty</key><string/>
</dict>`),
  );
  assert.ok(read.ok, JSON.stringify(read));
  assert.equal(
    { ...(read.value.value as object) },
    { name: 'A & B A <raw>', list: [-12, 1.5, true, false], when: new Date('2026-11-25T06:00:00Z'), data: new Uint8Array([0, 1, 2]), empty: '' },
  );
  assert.is(Object.getPrototypeOf(read.value.value), null);
  assert.equal([['name'], ['list'], ['list', 2], ['data'], ['nothing']].map((p) => read.value.lineOf(p)), [5, 6, 7, 9, undefined]);
});

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['a duplicate key', '<dict><key>a</key><true/>\n<key>a</key><true/></dict>', /^5 a: the same key twice/],
  ['a prototype key', '<dict><key>__proto__</key><true/></dict>', /^4 __proto__: the key __proto__/],
  ['an integer with letters', '<dict><key>a</key><integer>12abc</integer></dict>', /integer "12abc"/],
  ['an integer beyond 2^53-1', '<integer>9007199254740993</integer>', /integer "9007199254740993"/],
  ['a hexadecimal integer', '<integer>0x10</integer>', /integer "0x10"/],
  ['an empty integer', '<integer/>', /integer ""/],
  ['a real that is not finite', '<real>nan</real>', /real "nan"/],
  ['a date that does not exist', '<date>2026-02-30T00:00:00Z</date>', /date "2026-02-30/],
  ['a date in words', '<date>yesterday</date>', /date "yesterday"/],
  ['data that is not base64', '<data>A*==</data>', /not base64/],
  ['a key without a value', '<dict><key>a</key></dict>', /a key without a value/],
  ['a key after a key', '<dict><key>a</key><key>b</key><true/></dict>', /a key without a value/],
  ['a value without a key', '<dict><true/></dict>', /<true> where a key belongs/],
  ['text between elements', '<dict>oops<key>a</key><true/></dict>', /text "oops" in <dict>/],
  ['an element that is not known', '<dict><key>a</key><ustring>x</ustring></dict>', /<ustring>/],
  ['an attribute', '<string lang="de">x</string>', /an attribute on <string>/],
  ['two values', '<true/><true/>', /a second value/],
  ['no value', '', /nothing in <plist>/],
  ['text in true', '<true>no</true>', /text in <true>/],
  ['an unknown entity', '<string>&foo;</string>', /the entity "&foo;"/],
  ['a reference to no character', '<string>&#0;</string>', /the entity|no well-formed/],
  ['half a surrogate pair', '<string>&#xD800;</string>', /the entity|no well-formed/],
  ['an unclosed element', '<dict>', /no well-formed XML/],
  ['a second DOCTYPE', '<!DOCTYPE x><true/>', /a declaration <!DOCTYPE/],
  ['a processing instruction', '<?php x?><true/>', /processing instruction/],
  ['a control character', '<string>\u0001</string>', /character "\\u0001"/],
];
for (const [what, body, expected] of REFUSED) {
  test(`${what} is refused`, () => {
    const read = readPlist(plist(body));
    assert.not(read.ok, 'was read');
    const text = read.ok ? '' : read.failure.map((p) => `${p.line} ${p.path.join('.')}: ${p.found}`).join('\n');
    assert.match(text, expected);
  });
}

const DOCUMENTS: readonly (readonly [string, string])[] = [
  ['a DTD subset', '<!DOCTYPE plist [<!ENTITY a "b">]><plist><true/></plist>'],
  ['entities in Apple\'s own DOCTYPE', `${APPLE.slice(0, -1)} [<!ENTITY a "b">]><plist><string>&a;</string></plist>`],
  ['two roots', '<plist><true/></plist><plist><true/></plist>'],
  ['another root', '<policy><true/></policy>'],
  ['another version', '<plist version="2.0"><true/></plist>'],
  ['an encoding that is not Unicode', '<?xml version="1.0" encoding="ISO-8859-1"?><plist><true/></plist>'],
  ['no document', ''],
  ['text before the root', 'x<plist><true/></plist>'],
  ['text after the root', '<plist><true/></plist>x'],
  ['a closing tag too many', '<plist><true/></plist></plist>'],
  ['an element closed by another', '<plist><array><dict></array></dict></plist>'],
  ['an attribute twice', '<plist version="1.0" version="1.0"><true/></plist>'],
  ['an attribute without quotes', '<plist version=1.0><true/></plist>'],
  ['a closing tag with an attribute', '<plist><true></true x="1"></plist>'],
  ['a tag that does not end', '<plist><true/></plist'],
  ['a comment that does not end', '<plist><true/></plist><!-- x'],
  ['CDATA outside the root', '<plist><true/></plist><![CDATA[x]]>'],
  ['an ampersand alone', '<plist><string>a & b</string></plist>'],
  ['deep nesting', `<plist>${'<array>'.repeat(5000)}${'</array>'.repeat(5000)}</plist>`],
  ['bytes of a binary plist', 'bplist00xxxx'],
];
for (const [what, text] of DOCUMENTS) {
  test(`${what} is refused`, () => assert.not(readPlist(bytes(text)).ok));
}

test('blanks, comments and a byte order mark around the root are no problem', () => {
  for (const text of ['\ufeff<plist><true/></plist>', '\n <?xml version="1.0"?><!-- a --><plist ><true /></plist >\n<!-- b -->\n', "<plist version = '1.0'><true></true></plist>"]) {
    const read = readPlist(bytes(text));
    assert.ok(read.ok && read.value.value === true, text);
  }
});

test('bad UTF-8 and too many bytes are refused', () => {
  assert.not(readPlist(new Uint8Array([0x3c, 0xff, 0x3e])).ok);
  assert.not(readPlist(plist('<true/>'), { maxBytes: 20 }).ok);
});

const scalar = fc.oneof(
  fc.string({ unit: 'grapheme' }).filter((s) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(s)),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Number.isInteger(n)),
  fc.boolean(),
  fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }).map((d) => new Date(Math.floor(d.getTime() / 1000) * 1000)),
  fc.uint8Array({ maxLength: 40 }),
);
const key = fc.string({ unit: 'grapheme-ascii', maxLength: 12 }).filter((k) => !['__proto__', 'constructor', 'prototype'].includes(k));
const { value: anyPlist } = fc.letrec<{ value: PlistValue }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(key, tie('value'), { maxKeys: 4 })),
}));

test('what is written is read back the same, and written again gives the same bytes', () => {
  fc.assert(
    fc.property(anyPlist, (value) => {
      const written = writePlist(value);
      const read = readPlist(written);
      assert.ok(read.ok, JSON.stringify(read));
      assert.equal(Buffer.from(writePlist(read.value.value as PlistValue)), Buffer.from(written));
    }),
    { seed: 20261125, numRuns: 300 },
  );
});

test('the order of keys does not change a byte', () => {
  assert.equal(writePlist({ b: 1, a: [true, 'x\r<'] }), writePlist({ a: [true, 'x\r<'], b: 1 }));
});

test('a number that no property list holds is a bug', () => {
  assert.throws(() => writePlist(NaN));
  assert.throws(() => writePlist(2 ** 60));
});

test.run();
