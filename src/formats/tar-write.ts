/** A deterministic tar: no time, no owner, fixed modes, members in the manifest's order. The same content gives the same bytes. */
import { type Manifest, type ManifestEntry, ok, type Outcome } from '../model/index.ts';
import { manifestBytes } from './manifest.ts';
import { BLOCK, encodeHeader, encodeRecords, padded, type TarHeader } from './tar.ts';

export type FileEntry = Extract<ManifestEntry, { type: 'file' }>;

/** Where content lies in a package. */
export const CONTENT_PREFIX = 'content/';
export const MANIFEST_NAME = 'manifest.json';
const CHUNK = 128 * 1024;

/** Bytes of the tar that `packageTar` makes of this manifest: the package's unpackedSize. */
export function tarSize(manifest: Manifest): number {
  let size = 2 * BLOCK;
  for (const { header, body } of members(manifest)) size += headerBytes(header).length + padded(body === undefined ? header.size : body.length);
  return size;
}

/** The tar in chunks of 128 KiB. `bytesOf` gives a file's bytes, exactly `size` of them; its failure is passed on and ends the tar. */
export function* packageTar<F>(
  manifest: Manifest,
  bytesOf: (entry: FileEntry) => Iterable<Outcome<Uint8Array, F>>,
): Generator<Outcome<Uint8Array, F>, void> {
  const chunk = new Chunks();
  for (const { header, body, entry } of members(manifest)) {
    yield* chunk.add(headerBytes(header));
    if (body !== undefined) yield* chunk.add(body);
    if (entry !== undefined) {
      for (const piece of bytesOf(entry)) {
        if (!piece.ok) {
          yield piece;
          return;
        }
        yield* chunk.add(piece.value);
      }
    }
    yield* chunk.add(new Uint8Array(padded(header.size) - header.size));
  }
  yield* chunk.add(new Uint8Array(2 * BLOCK));
  yield* chunk.rest();
}

type Member = { readonly header: TarHeader; readonly body?: Uint8Array; readonly entry?: FileEntry };

function* members(manifest: Manifest): Generator<Member, void> {
  const body = manifestBytes(manifest);
  yield { header: { path: MANIFEST_NAME, type: 'file', mode: 0o644, size: body.length, target: '' }, body };
  for (const entry of manifest.entries) {
    const path = CONTENT_PREFIX + entry.path;
    if (entry.type === 'folder') yield { header: { path: `${path}/`, type: 'folder', mode: 0o755, size: 0, target: '' } };
    else if (entry.type === 'link') yield { header: { path, type: 'link', mode: 0o777, size: 0, target: entry.target } };
    else yield { header: { path, type: 'file', mode: entry.mode, size: entry.size, target: '' }, entry };
  }
}

/** The member's header, with an extended one before it where something does not fit. */
function headerBytes(header: TarHeader): Uint8Array {
  const plain = encodeHeader(header);
  if (plain !== undefined) return plain;
  const records: [string, string][] = [['path', header.path]];
  if (header.target !== '') records.push(['linkpath', header.target]);
  if (header.type === 'file') records.push(['size', String(header.size)]);
  const body = Buffer.alloc(padded(encodeRecords(records).length));
  const bytes = encodeRecords(records);
  body.set(bytes);
  const extended = encodeHeader({ path: 'extended', type: 'extended', mode: 0o644, size: bytes.length, target: '' });
  // the size of a file above 8 GiB stands in the records alone
  const small = encodeHeader({ ...header, path: 'long', target: '', size: header.size > 0o77777777777 ? 0 : header.size });
  if (extended === undefined || small === undefined) throw new Error('a header of fixed fields did not fit');
  return Buffer.concat([extended, body, small]);
}

/** Cuts what is added into chunks of one size, so that what zstd makes of it depends on the content alone. */
class Chunks {
  private chunk = new Uint8Array(CHUNK);
  private length = 0;

  *add(bytes: Uint8Array): Generator<Outcome<Uint8Array, never>, void> {
    for (let at = 0; at < bytes.length; ) {
      const count = Math.min(bytes.length - at, CHUNK - this.length);
      this.chunk.set(bytes.subarray(at, at + count), this.length);
      this.length += count;
      at += count;
      if (this.length === CHUNK) yield* this.rest();
    }
  }

  *rest(): Generator<Outcome<Uint8Array, never>, void> {
    if (this.length > 0) yield ok(this.chunk.subarray(0, this.length));
    this.chunk = new Uint8Array(CHUNK);
    this.length = 0;
  }
}
