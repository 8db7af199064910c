import type { ServerAccess, Sha256 } from '../model/index.ts';

/** Where a package lives on a content server (DESIGN, Content repository): `packages/AB/SHA256`. */
export function packageUrl(server: ServerAccess, sha256: Sha256): string {
  return `${server.url}packages/${sha256.slice(0, 2)}/${sha256}`;
}

/** What a server said of the bytes that a partial file begins with, stored as `URL VALIDATOR`. */
export type Validator = { readonly server: string; readonly value: string };

/** The text that the store keeps. */
export function validatorText(v: Validator): string {
  return `${v.server} ${v.value}`;
}

/** The validator of a stored text, or undefined. */
export function parseValidator(text: string | undefined): Validator | undefined {
  const space = text?.indexOf(' ') ?? -1;
  return text === undefined || space < 1 ? undefined : { server: text.slice(0, space), value: text.slice(space + 1) };
}

/** A strong ETag, else the Last-Modified date: If-Range takes either, and no weak ETag (RFC 9110, 13.1.5). */
export function validatorOf(headers: Readonly<Record<string, string>>): string | undefined {
  const etag = headers['etag'];
  return etag !== undefined && etag.startsWith('"') ? etag : headers['last-modified'];
}

/**
 * Asks for what is missing. To the server that gave the beginning, on the condition that its file is still the same; to another one
 * without a condition, for its validators are its own: packages are named by their content, and the whole is hashed at the end.
 */
export function rangeHeaders(have: number, server: ServerAccess, known: Validator | undefined): Readonly<Record<string, string>> {
  if (have === 0) return {};
  const range = { range: `bytes=${have}-` };
  return known?.server === server.url ? { ...range, 'if-range': known.value } : range;
}

/** The whole size that a Content-Range names (`bytes 5-9/10`, `bytes *` and `/10` of a 416), or undefined. */
export function totalOf(text: string | undefined): number | undefined {
  const total = /^bytes (?:\d+-\d+|\*)\/(\d+)$/.exec(text ?? '')?.[1];
  return total === undefined ? undefined : Number(total);
}

/** Does a Content-Range say exactly what was asked for? */
export function rangeFits(text: string | undefined, from: number, size: number): boolean {
  const parts = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(text ?? '');
  if (parts === null) return false;
  return Number(parts[1]) === from && Number(parts[2]) === size - 1 && (parts[3] === '*' || Number(parts[3]) === size);
}
