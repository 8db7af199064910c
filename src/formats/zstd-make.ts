/**
 * Makes a delta: one standard zstd frame whose prefix is the old tar (`zstd --patch-from`, RFC 8878). Only where node:zlib honours
 * `dictionary`: Deno 2.9 ignores it in silence, and what it made would be no smaller than the package.
 */
import { createHash } from 'node:crypto';
import { constants, createZstdCompress, type ZstdCompress, zstdCompressSync } from 'node:zlib';
import { failed, type Outcome } from '../model/index.ts';
import { type ByteSink, type ByteSource, pump } from './zstd.ts';

/**
 * Measured on 63 MB of hash signatures with 1.5 % changed lines: 12 gives 352 KB, 9 gives 508 KB in the same time, 7 and below miss most of
 * what is old. 13 and 15 are larger and six times slower on rules.
 */
const LEVEL = 12;
/**
 * Entries of the table of matches, as a power of two: as many as the old tar has bytes. With half of them, zstd forgets the first half of what is
 * old: 4 MB of noise with 5 bytes put into it give 1.2 MB, and not 400 bytes. It keeps two tables of 5 bytes an entry: 1.25 GiB for 128 MiB.
 */
const MAX_HASH_LOG = 27;
const MIN_HASH_LOG = 12;
const MIN_WINDOW_LOG = 10;
const OUTPUT_CHUNK = 64 * 1024;

let honoured: boolean | undefined;

/** Whether this runtime can make deltas at all; found out by trying, once. */
export function canMakeDeltas(): boolean {
  if (honoured === undefined) {
    const noise = createHash('sha512').update('noise that zstd alone cannot make smaller').digest();
    honoured = zstdCompressSync(noise, { dictionary: noise }).length < noise.length;
  }
  return honoured;
}

/** What a delta is made from. */
export type DeltaInput<F> = {
  /** the whole old tar; not changed until the promise is kept */
  readonly old: Uint8Array;
  /** the new tar, in order */
  readonly source: ByteSource<F>;
  readonly newBytes: number;
};

/**
 * The same old and new tar give the same delta, however they come in pieces. The work is done in the runtime's pool of threads; memory is the
 * old tar and zstd's copy of it, as much as the new one, and the tables.
 */
export async function makeDelta<F>(input: DeltaInput<F>, sink: ByteSink<F>, broken: (detail: string) => F): Promise<Outcome<undefined, F>> {
  const { old, source, newBytes } = input;
  const params = {
    [constants.ZSTD_c_compressionLevel]: LEVEL,
    [constants.ZSTD_c_windowLog]: Math.max(MIN_WINDOW_LOG, log2(old.length + newBytes)),
    [constants.ZSTD_c_hashLog]: Math.min(MAX_HASH_LOG, Math.max(MIN_HASH_LOG, log2(old.length))),
    [constants.ZSTD_c_checksumFlag]: 1,
    [constants.ZSTD_c_contentSizeFlag]: 1,
  };
  let stream: ZstdCompress;
  try {
    stream = createZstdCompress({ dictionary: old, params, pledgedSrcSize: newBytes, chunkSize: OUTPUT_CHUNK });
  } catch (error) {
    // no memory for zstd's copy of the old tar
    return failed(broken(error instanceof Error ? error.message : String(error)));
  }
  return pump(stream, source, sink, broken);
}

/** The smallest power of two that holds `bytes`, as its exponent. */
const log2 = (bytes: number): number => Math.ceil(Math.log2(Math.max(bytes, 1)));
