// runtimes: node, deno
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { canMakeDeltas, makeDelta } from '../../src/formats/zstd-make.ts';
import { decompressZstd } from '../../src/formats/zstd.ts';
import { ok, type Outcome } from '../../src/model/index.ts';
import { temporaryFolder } from '../support/repository.ts';
import { saySkipped } from '../support/skip.ts';

const isDeno = 'Deno' in globalThis;

/** Lines like a signature database's: hash, size, name. One in a hundred is another in version 1. */
function signatures(lines: number, version: 0 | 1): Buffer {
  const line = (i: number): string => {
    const seed = version === 1 && i % 100 === 50 ? `new ${i}` : `${i}`;
    return `${createHash('sha256').update(seed).digest('hex')}:${1000 + i}:Win.Trojan.Lab-${i}:73`;
  };
  return Buffer.from(Array.from({ length: lines }, (_, i) => line(i)).join('\n'));
}

/** The delta, from pieces of a new tar of this size each. */
async function made(old: Uint8Array, fresh: Uint8Array, pieceBytes: number): Promise<Buffer> {
  const out: Buffer[] = [];
  let at = 0;
  const done: Outcome<undefined, string> = await makeDelta<string>(
    { old, newBytes: fresh.length, source: () => ok(at >= fresh.length ? undefined : fresh.subarray(at, (at += pieceBytes))) },
    (bytes) => {
      out.push(Buffer.from(bytes));
      return ok();
    },
    (detail) => detail,
  );
  if (!done.ok) throw new Error(done.failure);
  return Buffer.concat(out);
}

function unpatched(old: Uint8Array, delta: Uint8Array): Buffer {
  const root = temporaryFolder('patch');
  writeFileSync(join(root, 'old'), old);
  writeFileSync(join(root, 'delta'), delta);
  execFileSync('zstd', ['-q', '-d', `--patch-from=${join(root, 'old')}`, '--long=31', join(root, 'delta'), '-o', join(root, 'new')]);
  return readFileSync(join(root, 'new'));
}

const NOISE = Buffer.concat(Array.from({ length: 4096 }, (_, i) => createHash('sha512').update(`noise ${i}`).digest()));
const PAIRS: readonly (readonly [string, Uint8Array, Uint8Array, number])[] = [
  ['8 MB of signatures, one line in a hundred changed', signatures(80_000, 0), signatures(80_000, 1), 76_000],
  ['content that did not change', NOISE, NOISE, 100],
  ['content that grew in the middle', NOISE, Buffer.concat([NOISE.subarray(0, 99_999), Buffer.from('grown'), NOISE.subarray(99_999)]), 200],
  ['content that shrank to one byte', NOISE, NOISE.subarray(7, 8), 30],
  ['content of one byte before', NOISE.subarray(7, 8), NOISE.subarray(0, 100), 130],
  ['nothing before', new Uint8Array(0), NOISE.subarray(0, 100), 130],
  ['nothing afterwards', NOISE, new Uint8Array(0), 30],
];

for (const [name, old, fresh, most] of PAIRS) {
  test(`a delta of ${name} is small, and the zstd program applies it`, async () => {
    if (!canMakeDeltas()) return saySkipped('this runtime makes no deltas');
    const delta = await made(old, fresh, 65_536);
    assert.ok(delta.length <= most, `${delta.length} bytes, at most ${most}`);
    assert.ok(unpatched(old, delta).equals(fresh));
  });
}

test('the same content gives the same delta, however it comes in pieces', async () => {
  if (!canMakeDeltas()) return saySkipped('this runtime makes no deltas');
  const [old, fresh] = [signatures(20_000, 0), signatures(20_000, 1)];
  const deltas = [await made(old, fresh, 65_536), await made(old, fresh, 65_536), await made(old, fresh, 10_007), await made(old, fresh, fresh.length)];
  assert.equal(deltas.map((d) => d.equals(deltas[0] ?? new Uint8Array(0))), [true, true, true, true]);
});

test('a delta is no package: read without what it leads from, it is refused', async () => {
  if (!canMakeDeltas()) return saySkipped('this runtime makes no deltas');
  const delta = await made(NOISE, NOISE.subarray(1000), 65_536);
  let given = false;
  const read = await decompressZstd(() => ok(given ? undefined : ((given = true), delta)), () => ok(), (detail) => detail);
  assert.is(read.ok, false);
});

test('a runtime whose zstd ignores dictionaries is found out, and never believed', () => {
  assert.is(canMakeDeltas(), !isDeno);
});

test.run();
