/**
 * The outside of one zstd frame (RFC 8878, 3.1.1), read without decoding: header, chain of blocks, end. A delta is looked at so before zlib
 * sees a byte of it, and its blocks are put behind others in a frame of our own.
 */
import { failed, ok, type Outcome } from '../model/index.ts';

/** Gives bytes at an offset, fewer only at the end; a view that is good until the next call. */
export type ReadAt<F> = (at: number, length: number) => Outcome<Uint8Array, F>;

/** Where the blocks of a frame are. `most`, `least`: bytes that can come out of them. */
export type FrameLayout = { readonly blocksAt: number; readonly blocksEnd: number; readonly contentBytes: number | undefined; readonly most: number; readonly least: number };

/** Bytes of a block, packed or unpacked, at most. */
export const BLOCK_MAX = 128 * 1024;
export const BLOCK_HEADER = 3;
const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a5;
const CHECKSUM_BYTES = 4;
const MAX_HEADER = 18;
const RAW = 0;
const RLE = 1;
const RESERVED = 3;
/** Block headers are read from pieces of this size: a delta may have millions of them. */
const PIECE = 64 * 1024;

type Header = { readonly bytes: number; readonly contentBytes: number | undefined; readonly blockMax: number; readonly checksum: boolean };

/** The layout of the frame that fills exactly `size` bytes; `broken` is given what is wrong with it. */
export function readFrame<F>(read: ReadAt<F>, size: number, broken: (problem: string) => F): Outcome<FrameLayout, F> {
  const start = read(0, Math.min(size, MAX_HEADER));
  if (!start.ok) return start;
  const header = parseHeader(start.value);
  return typeof header === 'string' ? failed(broken(header)) : walk(read, size, header, broken);
}

function parseHeader(bytes: Uint8Array): Header | string {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.length < 6) return 'it is too short for a zstd frame';
  const magic = view.readUInt32LE(0);
  if (magic !== MAGIC) return magic >>> 4 === SKIPPABLE ? 'it begins with a skippable frame' : 'it is no zstd frame';
  const descriptor = view.readUInt8(4);
  if ((descriptor & 0b1000) !== 0) return 'its header has the reserved bit set';
  const single = (descriptor >> 5) & 1;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [single, 2, 4, 8][descriptor >> 6] ?? 0;
  const dictionaryAt = 5 + (1 - single);
  const sizeAt = dictionaryAt + dictionaryBytes;
  if (view.length < sizeAt + sizeBytes) return 'its header is cut short';
  if (dictionaryBytes > 0 && view.readUIntLE(dictionaryAt, dictionaryBytes) !== 0) return 'it wants a dictionary of its own';
  const contentBytes = sizeBytes === 0 ? undefined : contentSize(view, sizeAt, sizeBytes);
  const window = single === 1 ? (contentBytes ?? 0) : windowSize(view.readUInt8(5));
  return { bytes: sizeAt + sizeBytes, contentBytes, blockMax: Math.min(window, BLOCK_MAX), checksum: (descriptor & 0b100) !== 0 };
}

function contentSize(view: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return Number(view.readBigUInt64LE(at));
  return view.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}

const windowSize = (descriptor: number): number => 2 ** (10 + (descriptor >> 3)) * (1 + (descriptor & 7) / 8);

function walk<F>(read: ReadAt<F>, size: number, header: Header, broken: (problem: string) => F): Outcome<FrameLayout, F> {
  const end = size - (header.checksum ? CHECKSUM_BYTES : 0);
  let [at, most, least] = [header.bytes, 0, 0];
  let piece: Uint8Array = new Uint8Array(0);
  let pieceAt = 0;
  for (;;) {
    if (at + BLOCK_HEADER > end) return failed(broken('it ends in the middle'));
    if (at < pieceAt || at + BLOCK_HEADER > pieceAt + piece.length) {
      const got = read(at, Math.min(PIECE, end - at));
      if (!got.ok) return got;
      if (got.value.length < BLOCK_HEADER) return failed(broken('it ends in the middle'));
      [piece, pieceAt] = [got.value, at];
    }
    const word = littleEndian(piece, at - pieceAt);
    const type = (word >> 1) & 3;
    const bytes = word >> 3;
    if (type === RESERVED) return failed(broken(`it has a block of a reserved type at byte ${at}`));
    if (bytes > header.blockMax) return failed(broken(`it has a block of ${bytes} bytes at byte ${at}, and ${header.blockMax} are allowed`));
    const isExact = type === RAW || type === RLE;
    most += isExact ? bytes : header.blockMax;
    least += isExact ? bytes : 0;
    at += BLOCK_HEADER + (type === RLE ? 1 : bytes);
    if (at > end) return failed(broken('it ends in the middle'));
    if ((word & 1) === 0) continue;
    if (at < end) return failed(broken(`${end - at} bytes follow its end`));
    return ok({ blocksAt: header.bytes, blocksEnd: at, contentBytes: header.contentBytes, most, least });
  }
}

const littleEndian = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);

/** Bytes of a frame's header as `frameHeader` writes it. */
const HEADER_BYTES = 6;

/** The header of a frame whose window holds all of `bytes`, and the log of that window for the decoder. It states no content size and no checksum. */
export function frameHeader(bytes: number): { readonly header: Uint8Array; readonly windowLog: number } {
  let descriptor = 0;
  while (windowSize(descriptor) < bytes) descriptor++;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt8(descriptor, HEADER_BYTES - 1);
  return { header, windowLog: Math.ceil(Math.log2(windowSize(descriptor))) };
}

/** Writes the header of a raw block, one that is not the last, at the start of `into`. */
export function rawBlockHeader(into: Uint8Array, bytes: number): void {
  const word = bytes << 3;
  into[0] = word & 0xff;
  into[1] = (word >> 8) & 0xff;
  into[2] = (word >> 16) & 0xff;
}
