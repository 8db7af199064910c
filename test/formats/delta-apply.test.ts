// runtimes: node, deno
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { applyDelta, type DeltaFault } from '../../src/formats/delta-apply.ts';
import { DELTA_MAX_BYTES, ok, type Outcome } from '../../src/model/index.ts';
import { digest } from '../support/outcome.ts';
import { saySkipped as skip } from '../support/skip.ts';

const test = suite('applying deltas');
const folder = mkdtempSync(join(tmpdir(), 'glued-delta-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));
const hasZstd = spawnSync('zstd', ['--version']).status === 0;

type Refused = { readonly fault: DeltaFault; readonly problem: string };
type Case = { readonly old: Uint8Array; readonly fresh: Uint8Array; readonly delta: Uint8Array };
type More = { readonly toBytes?: number; readonly fromSha?: Uint8Array; readonly step?: number };

/** Applies in memory; what came out, and how much of it at most. */
async function apply({ old, fresh, delta }: Case, more: More = {}): Promise<{ readonly outcome: Outcome<undefined, Refused>; readonly bytes: Uint8Array; readonly basesRead: number }> {
  const out: Uint8Array[] = [];
  const step = more.step ?? 100_000;
  let at = 0;
  const outcome = await applyDelta<Refused>(
    {
      from: { bytes: old.length, sha256: digest(more.fromSha ?? old) },
      to: { bytes: more.toBytes ?? fresh.length, sha256: digest(fresh) },
      base: () => {
        const part = old.subarray(at, at + step);
        at += part.length;
        return ok(part.length === 0 ? undefined : part);
      },
      delta: (from, length) => ok(delta.subarray(from, from + length)),
      deltaBytes: delta.length,
      refuse: (fault, problem) => ({ fault, problem }),
    },
    (bytes) => {
      out.push(bytes.slice());
      return ok();
    },
  );
  return { outcome, bytes: Buffer.concat(out), basesRead: at };
}

async function refusal(one: Case, more: More = {}): Promise<Refused> {
  const { outcome, bytes } = await apply(one, more);
  assert.ok(bytes.length <= (more.toBytes ?? one.fresh.length), 'no more came out than was signed for');
  if (outcome.ok) throw new Error('it was applied');
  return outcome.failure;
}

/** Lines by chance, the same at every run: `share` of 1000 of them differ from those of another `version`. */
function lines(count: number, version: number, share = 15): Buffer {
  const hash = (text: string): string => createHash('md5').update(text).digest('hex');
  return Buffer.from(Array.from({ length: count }, (_, i) => `${hash(`${i}${Number.parseInt(hash(`pick ${i}`).slice(0, 6), 16) % 1000 < share ? ` v${version}` : ''}`)}:${i}:Name-${i % 97}\n`).join(''));
}

function patchFrom(old: Uint8Array, fresh: Uint8Array, flags: readonly string[]): Uint8Array {
  const [from, to, out] = ['old', 'new', 'delta'].map((name) => join(folder, name));
  if (from === undefined || to === undefined || out === undefined) throw new Error('three names');
  writeFileSync(from, old);
  writeFileSync(to, fresh);
  execFileSync('zstd', ['-q', '-f', `--patch-from=${from}`, ...flags, to, '-o', out], { stdio: 'pipe' });
  return readFileSync(out);
}

/** A frame by hand: descriptor, what stands between it and the blocks, blocks of [last, type, size, body]. */
function frame(descriptor: number, header: readonly number[], blocks: readonly (readonly [0 | 1, number, number, Uint8Array])[], tail: readonly number[] = []): Buffer {
  const parts = blocks.map(([last, type, size, body]) => {
    const head = Buffer.alloc(3);
    head.writeUIntLE(last | (type << 1) | (size << 3), 0, 3);
    return Buffer.concat([head, body]);
  });
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, descriptor, ...header]), ...parts, Buffer.from(tail)]);
}

/** A frame of raw blocks. Deno's own encoder ends with a second, empty frame, so it makes no delta. */
function stored(bytes: Uint8Array): Buffer {
  const parts = Array.from({ length: Math.ceil(bytes.length / 131_072) }, (_, i) => bytes.subarray(i * 131_072, (i + 1) * 131_072));
  return frame(0, [0x68], parts.map((part, i) => [i === parts.length - 1 ? 1 : 0, 0, part.length, part]));
}

const OLD = lines(20_000, 1);
const FRESH = lines(20_500, 2);
const plain = (old: Uint8Array, fresh: Uint8Array, delta: Uint8Array): Case => ({ old, fresh, delta });

for (const flags of [['-3'], ['-19'], ['-3', '--long=27'], ['-19', '--long=27'], ['-3', '--no-check'], ['-3', '--check'], ['-1', '--single-thread'], ['-3', '--no-content-size']]) {
  test(`a delta by zstd --patch-from ${flags.join(' ')} applies`, async () => {
    if (!hasZstd) return skip('no zstd program here');
    const delta = patchFrom(OLD, FRESH, flags);
    assert.ok(delta.length < FRESH.length / 8, `the delta is ${delta.length} bytes of ${FRESH.length}`);
    const { outcome, bytes } = await apply(plain(OLD, FRESH, delta));
    assert.equal(outcome, ok());
    assert.is(digest(bytes), digest(FRESH));
  });
}

test('whatever old and new are, and however the old comes in pieces, the new comes out', async () => {
  if (!hasZstd) return skip('no zstd program here');
  const words = fc.array(fc.constantFrom('alpha', 'beta', 'gamma\n', '0123456789abcdef', '\0\0\0\0', 'x'.repeat(5000)), { minLength: 1, maxLength: 60 }).map((w) => Buffer.from(w.join('')));
  await fc.assert(
    fc.asyncProperty(words, words, fc.constantFrom(1, 7, 512, 131_072, 200_000), async (old, fresh, step) => {
      const { outcome, bytes } = await apply(plain(old, fresh, patchFrom(old, fresh, ['-3'])), { step: old.length > 20_000 ? 131_073 : step });
      assert.equal(outcome, ok());
      assert.is(digest(bytes), digest(fresh));
    }),
    { seed: 20261125, numRuns: 40 },
  );
});

test('a delta without anything of the base is a plain frame, and applies too', async () => {
  const { outcome, bytes } = await apply(plain(OLD, FRESH, stored(FRESH)));
  assert.equal(outcome, ok());
  assert.is(digest(bytes), digest(FRESH));
});

test('a base with other bytes is the base’s fault, and nothing comes out', async () => {
  const wrong = Buffer.from(OLD);
  wrong.writeUInt8(0x7a, 600_000);
  const { outcome, bytes } = await apply({ old: wrong, fresh: FRESH, delta: stored(FRESH) }, { fromSha: OLD });
  assert.equal(outcome.ok ? null : outcome.failure, { fault: 'base', problem: 'its bytes are not those that were published' });
  assert.is(bytes.length, 0);
});

for (const [name, change, problem] of [
  ['shorter', -5, /^it is \d+ bytes and not \d+$/],
  ['longer', 5, /^it is more than \d+ bytes$/],
] as const) {
  test(`a base that is ${name} than published is the base’s fault`, async () => {
    let given = false;
    const outcome = await applyDelta<Refused>(
      {
        from: { bytes: OLD.length - change, sha256: digest(OLD) },
        to: { bytes: FRESH.length, sha256: digest(FRESH) },
        base: () => {
          const bytes = given ? undefined : OLD;
          given = true;
          return ok(bytes);
        },
        delta: (from, length) => ok(stored(FRESH).subarray(from, from + length)),
        deltaBytes: stored(FRESH).length,
        refuse: (fault, text) => ({ fault, problem: text }),
      },
      () => {
        throw new Error('something came out');
      },
    );
    assert.ok(!outcome.ok);
    assert.is(outcome.failure.fault, 'base');
    assert.match(outcome.failure.problem, problem);
  });
}

const small = { old: Buffer.from('the old content\n'.repeat(10)), fresh: Buffer.from('the new content\n'.repeat(10)) };
/** window of 1 KiB, no content size */
const OPEN = [0x00];
const raw = (bytes: Uint8Array, last: 0 | 1 = 1) => [last, 0, bytes.length, bytes] as const;
const good = stored(small.fresh);

const ATTACKS: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['nothing', Buffer.alloc(0), /too short/],
  ['garbage', Buffer.from('garbage '.repeat(20)), /no zstd frame/],
  ['a skippable frame before it', Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]), good]), /skippable/],
  ['a skippable frame behind it', Buffer.concat([good, Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4])]), /12 bytes follow its end/],
  ['two frames', Buffer.concat([good, good]), /follow its end/],
  ['one byte behind it', Buffer.concat([good, Buffer.from([0])]), /1 bytes follow its end/],
  ['its last byte missing', frame(0, OPEN, [raw(small.fresh)]).subarray(0, -1), /ends in the middle/],
  ['its second half missing', good.subarray(0, good.length >> 1), /ends in the middle/],
  ['a header alone', good.subarray(0, 6), /ends in the middle|header is cut short/],
  ['no last block', frame(0, OPEN, [raw(small.fresh, 0)]), /ends in the middle/],
  ['a dictionary id', frame(0b01, [0x00, 7], [raw(small.fresh)]), /dictionary of its own/],
  ['the reserved bit', frame(0b1000, OPEN, [raw(small.fresh)]), /reserved bit/],
  ['a reserved block', frame(0, OPEN, [[1, 3, 10, Buffer.alloc(10)]]), /reserved type at byte 6/],
  ['a block above what its window allows', frame(0, OPEN, [[1, 1, 1025, Buffer.from('x')]]), /block of 1025 bytes.*1024 are allowed/],
  ['a promise of more than was signed', frame(0b10_1_00000, [0, 0, 0, 0x7f], [raw(small.fresh)]), /header promises 2130706432 bytes, and 160 were signed for/],
  ['a promise of 2^63 bytes', frame(0b11_1_00000, [0, 0, 0, 0, 0, 0, 0, 0x80], [raw(small.fresh)]), /header promises/],
  ['a small promise and much more', frame(0b00_1_00000, [160], [raw(small.fresh, 0), [1, 1, 160, Buffer.from('x')]]), /at least 320 bytes come out/],
  ['a run of more than was signed', frame(0, [0x68], Array.from({ length: 200 }, (_, i): readonly [0 | 1, number, number, Uint8Array] => [i === 199 ? 1 : 0, 1, 131_072, Buffer.from('x')])), /at least 26214400 bytes come out/],
  ['much less than was signed', frame(0, OPEN, [raw(Buffer.from('short'))]), /at most 5 bytes come out/],
  ['a compressed block of nonsense', frame(0, OPEN, [[1, 2, 40, Buffer.alloc(40, 0xa5)]]), /zstd says/],
  ['other bytes than were signed', frame(0, OPEN, [raw(Buffer.from('the bad content\n'.repeat(10)))]), /not what was signed for/],
  ['a window of 3.75 TiB over the right bytes, made wrong', frame(0, [0xff], [raw(Buffer.from('the bad content\n'.repeat(10)))]), /not what was signed for/],
];

for (const [name, delta, problem] of ATTACKS) {
  test(`a delta with ${name} is refused`, async () => {
    const { fault, problem: found } = await refusal({ ...small, delta });
    assert.is(fault, 'delta');
    assert.match(found, problem);
  });
}

test('what a frame promises of its own window costs nothing: a huge one is applied like any other', async () => {
  const { outcome, bytes } = await apply({ ...small, delta: frame(0, [0xff], [raw(small.fresh)]) });
  assert.equal(outcome, ok());
  assert.ok(small.fresh.equals(bytes));
});

test('a delta made for a longer base reaches before ours: refused, or out of it comes not what was signed', async () => {
  if (!hasZstd) return skip('no zstd program here');
  const shorter = OLD.subarray(OLD.length >> 1);
  const found = await refusal({ old: shorter, fresh: FRESH, delta: patchFrom(OLD, FRESH, ['-3']) });
  assert.is(found.fault, 'delta');
});

test('a delta that grows past what was signed, block by compressed block, is stopped there', async () => {
  if (!hasZstd) return skip('no zstd program here');
  const large = Buffer.alloc(4_000_000, 'abc');
  const one = { old: small.old, fresh: large, delta: patchFrom(small.old, large, ['-3', '--no-content-size']) };
  assert.ok(one.delta.length < 5000, 'packed well');
  const { outcome, bytes } = await apply(one, { toBytes: 1_990_000 });
  assert.equal(outcome.ok ? null : outcome.failure, { fault: 'delta', problem: 'more than 1990000 bytes come out of it' });
  assert.ok(bytes.length <= 1_990_000);
});

test('old and new together above the limit are refused before anything is read', async () => {
  const { outcome, basesRead } = await apply({ ...small, delta: good }, { toBytes: DELTA_MAX_BYTES });
  assert.ok(!outcome.ok && /268435616 bytes together/.test(outcome.failure.problem));
  assert.is(basesRead, 0);
});

test('a delta that is no frame is refused before the base is read', async () => {
  const { basesRead } = await apply({ ...small, delta: Buffer.from('garbage '.repeat(20)) });
  assert.is(basesRead, 0);
});

test('a delta with any byte changed, or cut anywhere, is refused or gives exactly what was signed', async () => {
  if (!hasZstd) return skip('no zstd program here');
  const old = lines(400, 1, 200);
  const fresh = lines(400, 2, 200);
  const delta = patchFrom(old, fresh, ['-3']);
  let refused = 0;
  const step = Math.max(1, Math.floor(delta.length / 250));
  let tried = 0;
  for (let at = 0; at < delta.length; at += step) {
    const changed = Buffer.from(delta);
    changed.writeUInt8(changed.readUInt8(at) ^ (1 << (at % 8)), at);
    for (const bad of [changed, delta.subarray(0, at)]) {
      tried += 1;
      const { outcome, bytes } = await apply({ old, fresh, delta: bad });
      if (outcome.ok) assert.is(digest(bytes), digest(fresh), `byte ${at}`);
      else refused += 1;
      assert.ok(bytes.length <= fresh.length);
    }
  }
  assert.ok(tried > 400 && refused > tried * 0.75, `${refused} of ${tried} were refused`);
});

test('what the sink refuses is passed on, and the rest is not decoded', async () => {
  let calls = 0;
  const outcome = await applyDelta<Refused>(
    {
      from: { bytes: small.old.length, sha256: digest(small.old) },
      to: { bytes: FRESH.length, sha256: digest(FRESH) },
      base: (() => {
        let at = 0;
        return () => ok(at++ === 0 ? small.old : undefined);
      })(),
      delta: (from, length) => ok(stored(FRESH).subarray(from, from + length)),
      deltaBytes: stored(FRESH).length,
      refuse: (fault, problem) => ({ fault, problem }),
    },
    () => {
      calls += 1;
      return { ok: false, failure: { fault: 'base', problem: 'the disk is full' } };
    },
  );
  assert.equal([outcome.ok ? '' : outcome.failure.problem, calls], ['the disk is full', 1]);
});

test.run();
