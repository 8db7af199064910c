/**
 * Apple's binary property lists, as MDMs write them into Managed Preferences (`bplist00`; CFBinaryPList.c describes it in its head).
 * A reader of our own: the library overflows the stack on an object that holds itself, hangs on objects that share others by the
 * thousand, and takes duplicate keys and cut data in silence.
 */
import { failed, ok } from '../model/index.ts';
import {
  DEFAULT_MAX_DEPTH,
  type DocumentLimits,
  type DocumentOutcome,
  type DocumentProblem,
  emptyObject,
  isPrototypeKey,
  PROTOTYPE_KEY_ALLOWED,
  tooLarge,
} from './document.ts';

/** Objects are shared by reference, so a small file can unfold without end. */
const MAX_VALUES = 100_000;
const TRAILER_BYTES = 32;
/** 2001-01-01T00:00:00Z in epoch milliseconds, where Apple's dates begin. */
const APPLE_EPOCH = 978_307_200_000;

/** Does it begin like a binary property list? The extension says nothing: MDMs name both kinds `.plist`. */
export function isBinaryPlist(bytes: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(bytes.subarray(0, 8)) === 'bplist00';
}

/** The top object, or the first problem: after one, offsets mean nothing. A binary list has no lines. */
export function readBinaryPlist(bytes: Uint8Array, limits: DocumentLimits = {}): DocumentOutcome {
  const large = tooLarge(bytes, limits);
  if (large !== undefined) return failed([large]);
  const reader = new Reader(bytes, limits.maxDepth ?? DEFAULT_MAX_DEPTH);
  const value = reader.document();
  return reader.problems.length > 0 ? failed(reader.problems) : ok({ value, lineOf: () => undefined });
}

/** A method returns undefined once the file is broken (no value of a property list is undefined): then all return. */
class Reader {
  readonly problems: DocumentProblem[] = [];
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly maxDepth: number;
  private readonly path: (string | number)[] = [];
  private readonly open = new Set<number>();
  private offsets: readonly number[] = [];
  private referenceBytes = 1;
  private values = 0;

  constructor(bytes: Uint8Array, maxDepth: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.maxDepth = maxDepth;
  }

  document(): unknown {
    const trailer = this.bytes.length - TRAILER_BYTES;
    if (!isBinaryPlist(this.bytes) || trailer < 9) return this.broken('no header or no trailer', 'bplist00 … and 32 bytes of trailer');
    const offsetBytes = this.bytes[trailer + 6] ?? 0;
    this.referenceBytes = this.bytes[trailer + 7] ?? 0;
    const count = this.unsigned(trailer + 8, 8);
    const top = this.unsigned(trailer + 16, 8);
    const table = this.unsigned(trailer + 24, 8);
    if (count === undefined || top === undefined || table === undefined) return undefined;
    if (offsetBytes < 1 || offsetBytes > 8 || this.referenceBytes < 1 || this.referenceBytes > 8) {
      return this.broken('sizes that make no sense in the trailer', '1 to 8 bytes');
    }
    if (count > MAX_VALUES || table + count * offsetBytes > trailer) return this.broken(`${count} objects`, 'as many as there is room for');
    const offsets: number[] = [];
    for (let at = 0; at < count; at++) offsets.push(this.unsigned(table + at * offsetBytes, offsetBytes) ?? 0);
    this.offsets = offsets;
    return this.problems.length > 0 ? undefined : this.object(top);
  }

  private object(reference: number): unknown {
    const offset = this.offsets[reference];
    if (offset === undefined) return this.broken(`a reference to object ${reference}`, `0 to ${this.offsets.length - 1}`);
    if (++this.values > MAX_VALUES) return this.broken('objects that unfold without end', `at most ${MAX_VALUES} values`);
    if (this.path.length > this.maxDepth) return this.broken('a deeper level', `at most ${this.maxDepth} levels`);
    if (this.open.has(reference)) return this.broken('an object that holds itself', 'objects that hold others');
    const marker = this.unsigned(offset, 1);
    if (marker === undefined) return undefined;
    const info = marker & 0x0f;
    switch (marker >> 4) {
      case 0x0:
        return info === 8 || info === 9 ? info === 9 : this.broken(`marker 0x${marker.toString(16)}`, 'true or false');
      case 0x1:
        return this.integer(offset + 1, 2 ** info);
      case 0x2:
        return this.real(offset + 1, info);
      case 0x3:
        return info === 3 ? this.date(offset + 1) : this.broken('a date of another size', '8 bytes');
      case 0x4:
      case 0x5:
      case 0x6:
        return this.run(offset, marker >> 4, info);
      case 0xa:
      case 0xd: {
        this.open.add(reference);
        const value = marker >> 4 === 0xa ? this.array(offset, info) : this.dictionary(offset, info);
        this.open.delete(reference);
        return value;
      }
      default:
        return this.broken(`marker 0x${marker.toString(16)}`, 'a dictionary, array, text, number, true, false, date or data');
    }
  }

  private array(offset: number, info: number): unknown {
    const head = this.count(offset, info);
    if (head === undefined) return undefined;
    const out: unknown[] = [];
    for (let at = 0; at < head.count; at++) {
      const reference = this.unsigned(head.start + at * this.referenceBytes, this.referenceBytes);
      this.path.push(at);
      const value = reference === undefined ? undefined : this.object(reference);
      if (value === undefined) return undefined;
      this.path.pop();
      out.push(value);
    }
    return out;
  }

  private dictionary(offset: number, info: number): unknown {
    const head = this.count(offset, info);
    if (head === undefined) return undefined;
    const out = emptyObject();
    for (let at = 0; at < head.count; at++) {
      const keyReference = this.unsigned(head.start + at * this.referenceBytes, this.referenceBytes);
      const reference = this.unsigned(head.start + (head.count + at) * this.referenceBytes, this.referenceBytes);
      const key = keyReference === undefined ? undefined : this.object(keyReference);
      if (reference === undefined || key === undefined) return undefined;
      if (typeof key !== 'string') return this.broken('a key that is no text', 'text');
      this.path.push(key);
      if (isPrototypeKey(key)) return this.broken(`the key ${key}`, PROTOTYPE_KEY_ALLOWED);
      if (key in out) return this.broken('the same key twice', 'each key once');
      const value = this.object(reference);
      if (value === undefined) return undefined;
      this.path.pop();
      out[key] = value;
    }
    return out;
  }

  /** data, ASCII or UTF-16 */
  private run(offset: number, kind: number, info: number): unknown {
    const head = this.count(offset, info);
    if (head === undefined) return undefined;
    const length = kind === 0x6 ? head.count * 2 : head.count;
    if (head.start + length > this.bytes.length - TRAILER_BYTES) return this.broken('text or data that is cut', 'all of it');
    const part = this.bytes.subarray(head.start, head.start + length);
    if (kind === 0x4) return part.slice();
    if (kind === 0x5 && part.some((byte) => byte > 0x7f)) return this.broken('bytes that are not ASCII', 'ASCII');
    const text = new TextDecoder(kind === 0x5 ? 'utf-8' : 'utf-16be', { ignoreBOM: true }).decode(part);
    return text.includes('\ufffd') ? this.broken('text that is not UTF-16', 'UTF-16') : text;
  }

  private integer(offset: number, length: number): unknown {
    if (length > 8) return this.broken(`an integer of ${length} bytes`, 'a whole number up to 2^53-1');
    if (offset + length > this.bytes.length) return this.broken('a number that is cut', 'all of it');
    // 8 bytes are signed, fewer are not
    if (length < 8) return this.unsigned(offset, length);
    const value = Number(this.view.getBigInt64(offset));
    return Number.isSafeInteger(value) ? value : this.broken('a number that is too large', 'a whole number up to 2^53-1');
  }

  private real(offset: number, info: number): unknown {
    const length = info === 2 ? 4 : info === 3 ? 8 : 0;
    if (length === 0 || offset + length > this.bytes.length) return this.broken('a real of another size', '4 or 8 bytes');
    const value = length === 4 ? this.view.getFloat32(offset) : this.view.getFloat64(offset);
    const fine = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
    return fine ? value : this.broken(`the number ${value}`, 'a finite number');
  }

  private date(offset: number): unknown {
    if (offset + 8 > this.bytes.length) return this.broken('a date that is cut', 'all of it');
    const value = new Date(APPLE_EPOCH + Math.round(this.view.getFloat64(offset) * 1000));
    return Number.isNaN(value.getTime()) ? this.broken('a date that does not exist', 'a date') : value;
  }

  /** The number of members in the marker or, where it is 15, in an integer behind it. */
  private count(offset: number, info: number): { readonly count: number; readonly start: number } | undefined {
    if (info !== 15) return { count: info, start: offset + 1 };
    const marker = this.unsigned(offset + 1, 1);
    if (marker === undefined) return undefined;
    if (marker >> 4 !== 1 || (marker & 0x0f) > 3) return this.broken('a length that is no integer', 'an integer');
    const length = 2 ** (marker & 0x0f);
    const count = this.unsigned(offset + 2, length);
    if (count === undefined) return undefined;
    return count > this.bytes.length ? this.broken(`a length of ${count}`, 'no more than the file') : { count, start: offset + 2 + length };
  }

  private unsigned(offset: number, length: number): number | undefined {
    if (offset + length > this.bytes.length) return this.broken('a file that is cut', 'all of it');
    let value = 0;
    for (let at = offset; at < offset + length; at++) value = value * 256 + (this.bytes[at] ?? 0);
    return Number.isSafeInteger(value) ? value : this.broken('a number that is too large', 'up to 2^53-1');
  }

  private broken(found: string, allowed: string): undefined {
    if (this.problems.length === 0) this.problems.push({ path: [...this.path], found, allowed });
    return undefined;
  }
}
