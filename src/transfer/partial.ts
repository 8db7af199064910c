import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, type Files, type Io, ok, type PackageStore, type Sha256 } from '../model/index.ts';
import { parseValidator, type Validator } from './sources.ts';

const READ_STEP = 1024 * 1024;
/** only glued reads its cache */
const MODE = 0o600;

/** A partial package that is open for writing on: bytes on disk and the hash of exactly those. */
export type Partial = {
  readonly path: string;
  length: number;
  hash: Hash;
  validator: Validator | undefined;
  /** bytes that another run or another server gave: where the whole is wrong, they may be to blame */
  inherited: number;
  readonly file: FileHandle;
};

function feed(file: FileHandle, hash: Hash, length: number): Io<undefined> {
  const buffer = new Uint8Array(Math.min(READ_STEP, Math.max(1, length)));
  for (let at = 0; at < length; ) {
    const got = file.read(buffer.subarray(0, Math.min(buffer.length, length - at)), at);
    if (!got.ok) return got;
    if (got.value === 0) break;
    hash.update(buffer.subarray(0, got.value));
    at += got.value;
  }
  return ok();
}

/** Opens what an earlier run left, or a new file; what is there is hashed from the disk. Longer than the package: it begins anew. */
export function openPartial(files: Files, store: PackageStore, sha256: Sha256, size: number): Io<Partial> {
  const known = store.partial(sha256);
  const opened = files.append(known.path, MODE);
  if (!opened.ok) return opened;
  const file = opened.value;
  const partial: Partial = { path: known.path, length: 0, hash: createHash('sha256'), validator: undefined, inherited: 0, file };
  const done = take(partial, size);
  if (!done.ok) {
    file.close();
    return done;
  }
  partial.validator = partial.length === 0 ? undefined : parseValidator(known.validator);
  return ok(partial);
}

function take(partial: Partial, size: number): Io<undefined> {
  const stat = partial.file.stat();
  if (!stat.ok) return stat;
  if (stat.value.size > size) return partial.file.truncate(0);
  const fed = feed(partial.file, partial.hash, stat.value.size);
  if (!fed.ok) return fed;
  partial.length = stat.value.size;
  partial.inherited = stat.value.size;
  return ok();
}

/** Throws away what is there: the next byte written is the first. */
export function startOver(store: PackageStore, sha256: Sha256, partial: Partial): Io<undefined> {
  const cut = partial.file.truncate(0);
  if (!cut.ok) return cut;
  partial.length = 0;
  partial.inherited = 0;
  partial.hash = createHash('sha256');
  partial.validator = undefined;
  store.setValidator(sha256, undefined);
  return ok();
}

/** Writes on, and hashes what was written. Node's own hash: WebCrypto would want the whole package in memory. */
export function extend(partial: Partial, bytes: Uint8Array): Io<undefined> {
  const done = partial.file.write(bytes);
  if (!done.ok) return done;
  partial.hash.update(bytes);
  partial.length += bytes.length;
  return done;
}
