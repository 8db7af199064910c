/** `make OLD NEW DELTA` and `apply OLD DELTA NEW`: our two halves of a delta as programs, beside zstd and xdelta3. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { applyDelta } from '../../src/formats/delta-apply.ts';
import { makeDelta } from '../../src/formats/zstd-make.ts';
import type { ByteSource } from '../../src/formats/zstd.ts';
import { asSha256, ok, type Sha256 } from '../../src/model/index.ts';

const [, , verb, first = '', second = '', third = ''] = process.argv;
const out = openSync(third, 'w');
const write = (bytes: Uint8Array) => {
  writeSync(out, bytes);
  return ok();
};

function pieces(path: string): ByteSource<string> {
  const file = openSync(path, 'r');
  const buffer = new Uint8Array(256 * 1024);
  return () => {
    const count = readSync(file, buffer);
    return ok(count === 0 ? undefined : buffer.subarray(0, count));
  };
}

function sha256(path: string): Sha256 {
  const hash = createHash('sha256');
  for (const next = pieces(path); ; ) {
    const piece = next();
    if (!piece.ok || piece.value === undefined) break;
    hash.update(piece.value);
  }
  const digest = asSha256(hash.digest('hex'));
  if (digest === undefined) throw new Error('a SHA-256 is 64 hex digits');
  return digest;
}

async function make(): Promise<string | undefined> {
  const done = await makeDelta<string>({ old: readFileSync(first), source: pieces(second), newBytes: statSync(second).size }, write, (detail) => detail);
  return done.ok ? undefined : done.failure;
}

/** `TO`, in the environment: the path of what must come out. */
async function apply(): Promise<string | undefined> {
  const wanted = process.env['TO'] ?? '';
  const delta = readFileSync(second);
  const done = await applyDelta<string>(
    {
      from: { bytes: statSync(first).size, sha256: sha256(first) },
      to: { bytes: statSync(wanted).size, sha256: sha256(wanted) },
      base: pieces(first),
      delta: (at, length) => ok(delta.subarray(at, at + length)),
      deltaBytes: delta.length,
      refuse: (fault, problem) => `${fault}: ${problem}`,
    },
    write,
  );
  return done.ok ? undefined : done.failure;
}

const problem = verb === 'make' ? await make() : verb === 'apply' ? await apply() : `what is ${verb}?`;
closeSync(out);
if (problem !== undefined) {
  process.stderr.write(`${problem}\n`);
  process.exit(1);
}
