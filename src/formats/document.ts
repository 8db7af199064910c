/** What a reader of documents gives: a plain value (null prototypes, no duplicate keys, safe integers) that knows its lines. */
import type { Outcome } from '../model/index.ts';

export type DocumentPath = readonly (string | number)[];

export type ReadDocument = {
  readonly value: unknown;
  /** the line (from 1) where a key or list member begins, or undefined where the format has no lines; computed when first asked */
  lineOf(path: DocumentPath): number | undefined;
};

/** One thing wrong with a document: where, what was found, what is allowed there. */
export type DocumentProblem = {
  readonly line?: number;
  readonly path: DocumentPath;
  readonly found: string;
  readonly allowed: string;
};

export type DocumentLimits = { readonly maxBytes?: number; readonly maxDepth?: number };

/** A document, or every problem found in it (at most MAX_PROBLEMS). */
export type DocumentOutcome = Outcome<ReadDocument, readonly DocumentProblem[]>;

/** A policy or plist is some KiB; a catalog a few MiB. */
export const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
/** Ours are at most 6 deep, TUF's 8. */
export const DEFAULT_MAX_DEPTH = 64;
/** More than this many problems help nobody, and a hostile document could have millions. */
export const MAX_PROBLEMS = 100;

/** Keys that reach an object's prototype in careless code; no document of ours has a use for them. */
export function isPrototypeKey(key: string): boolean {
  return key === '__proto__' || key === 'constructor' || key === 'prototype';
}

/** What to say of a prototype key. */
export const PROTOTYPE_KEY_ALLOWED = 'any key but __proto__, constructor, prototype';

/** An empty object without a prototype, for a document's keys. */
export function emptyObject(): Record<string, unknown> {
  const object: Record<string, unknown> = Object.create(null);
  return object;
}

/** The text of UTF-8 bytes, or undefined where they are none. A byte order mark stays, so that a strict reader refuses it. */
export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Line numbers (from 1) of offsets in a text; the table of lines is made at the first call. */
export function lineFinder(text: string): (offset: number) => number {
  let starts: number[] | undefined;
  return (offset) => {
    if (starts === undefined) {
      starts = [0];
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    }
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? Infinity) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

/** Few words of outside text that are safe to print: quoted, escaped, cut. */
export function excerpt(text: string, max = 40): string {
  return JSON.stringify(text.length > max ? `${text.slice(0, max)}…` : text);
}

/** Advice of the YAML library on how to call it. */
const FOR_PROGRAMMERS = /; please use YAML\.\w+\(\)/;

/** A library's message on one short line. */
export function libraryMessage(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).replace(FOR_PROGRAMMERS, '');
  const line = message.replace(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}

/** A document too large to be looked at, as the problem that it is; undefined where it is not. */
export function tooLarge(bytes: Uint8Array, limits: DocumentLimits): DocumentProblem | undefined {
  const max = limits.maxBytes ?? DEFAULT_MAX_BYTES;
  return bytes.length > max ? { path: [], found: `${bytes.length} bytes`, allowed: `at most ${max} bytes` } : undefined;
}

export const NOT_UTF8: DocumentProblem = { path: [], found: 'bytes that are not UTF-8', allowed: 'UTF-8 text' };
