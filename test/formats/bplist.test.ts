import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseBuffer } from 'bplist-parser';
import { readBinaryPlist } from '../../src/formats/bplist.ts';
import { assemble, type BinaryValue, head, reference, writeBinaryPlist } from '../support/write-bplist.ts';

const text = (value: string): number[] => [...head(5, value.length), ...new TextEncoder().encode(value)];
const found = (bytes: Uint8Array): string => {
  const read = readBinaryPlist(bytes);
  return read.ok ? `read ${JSON.stringify(read.value.value)}` : (read.failure[0]?.found ?? '');
};

const scalar = fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeInteger(), fc.boolean(), fc.uint8Array({ maxLength: 20 }), fc.constant(1.25));
const key = fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).filter((k) => !['__proto__', 'constructor', 'prototype'].includes(k));
const { value: anyPlist } = fc.letrec<{ value: BinaryValue }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie('value'), { maxLength: 20 }), fc.dictionary(key, tie('value'), { maxKeys: 20 })),
}));
const normal = (value: unknown): unknown =>
  value instanceof Uint8Array
    ? [...value]
    : Array.isArray(value)
      ? value.map(normal)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, normal(v)]))
        : value;

test('any value is read as it was written, and as another reader reads it', () => {
  fc.assert(
    fc.property(anyPlist, (value) => {
      const bytes = writeBinaryPlist(value);
      const read = readBinaryPlist(bytes);
      assert.ok(read.ok, JSON.stringify(read));
      assert.equal(normal(read.value.value), normal(value));
      assert.equal(normal(parseBuffer(Buffer.from(bytes))[0]), normal(value));
    }),
    { seed: 20261125, numRuns: 200 },
  );
});

test('dates are dates, and objects have no prototype', () => {
  const at = new Date('2026-11-25T06:00:00Z');
  const read = readBinaryPlist(writeBinaryPlist({ at }));
  assert.ok(read.ok);
  assert.equal({ ...(read.value.value as object) }, { at });
  assert.is(Object.getPrototypeOf(read.value.value), null);
});

const REFUSED: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['an array that holds itself', assemble([[...head(10, 1), ...reference(0)]]), /holds itself/],
  ['a dictionary that holds itself', assemble([[...head(13, 1), ...reference(1), ...reference(0)], text('a')]), /holds itself/],
  [
    'objects shared so often that they unfold without end',
    assemble([...Array.from({ length: 12 }, (_, i) => [...head(10, 9), ...Array.from({ length: 9 }, () => reference(i + 1)).flat()]), [9]]),
    /unfold without end/,
  ],
  ['deep nesting', assemble([...Array.from({ length: 200 }, (_, i) => [...head(10, 1), ...reference(i + 1)]), [9]]), /deeper/],
  ['a duplicate key', assemble([[...head(13, 2), ...reference(1), ...reference(1), ...reference(2), ...reference(2)], text('a'), [9]]), /same key twice/],
  ['__proto__', assemble([[...head(13, 1), ...reference(1), ...reference(2)], text('__proto__'), [9]]), /the key __proto__/],
  ['a key that is no text', assemble([[...head(13, 1), ...reference(1), ...reference(1)], [9]]), /a key that is no text/],
  ['a reference to nothing', assemble([[...head(10, 1), ...reference(7)]]), /reference to object 7/],
  ['null', assemble([[0]]), /marker 0x0/],
  ['a UID', assemble([[0x80, 1]]), /marker 0x80/],
  ['an integer of 16 bytes', assemble([[0x14, ...Array.from({ length: 16 }, () => 1)]]), /integer of 16 bytes/],
  ['an integer beyond 2^53-1', assemble([[0x13, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]]), /too large/],
  ['text that is cut', assemble([[...head(5, 40), 0x61]]), /cut/],
  ['text that is not ASCII', assemble([[...head(5, 1), 0xff]]), /not ASCII/],
  ['a number that is not finite', assemble([[0x23, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0]]), /the number Infinity/],
  ['no trailer', new TextEncoder().encode('bplist00'), /no header or no trailer/],
  ['another version', new TextEncoder().encode(`bplist15${'x'.repeat(60)}`), /no header/],
];
for (const [what, bytes, expected] of REFUSED) {
  test(`${what} is refused, at once`, () => {
    const began = performance.now();
    assert.match(found(bytes), expected);
    assert.ok(performance.now() - began < 10_000, 'took too long');
  });
}

test('no flipped byte and no cut makes the reader throw', () => {
  const good = writeBinaryPlist({ servers: [{ url: 'https://content.example' }], on: true, n: 5, when: new Date(0), d: new Uint8Array(3) });
  for (let at = 0; at < good.length; at++) {
    for (const value of [0, 1, 0x0f, 0x7f, 0xff]) {
      const bad = good.slice();
      bad[at] = value;
      readBinaryPlist(bad);
    }
    readBinaryPlist(good.slice(0, at));
  }
});

test.run();
