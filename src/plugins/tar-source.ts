import { join } from 'node:path';
import { type FileEntry, packageTar, tarSize } from '../formats/package.ts';
import type { ByteSource } from '../formats/zstd.ts';
import { failed, type Failure, type FileHandle, type Manifest, ok, type Outcome, type Ports } from '../model/index.ts';
import { filesOf, manifestOf } from './content.ts';
import { ioProblem } from './io-failures.ts';

type Files = Ports['files'];

/** A tar that is read once, in order. `close` ends it, also in the middle. */
export type OpenTar = { readonly read: ByteSource<Failure>; readonly close: () => void };
/** How what is wrong with the tar is told. */
export type Broken = (problem: string) => Failure;

const READ_BYTES = 128 * 1024;

/**
 * The tar that a release was published as, made again from its unpacked tree: the same manifest and the same bytes give the same tar, and
 * what was changed since gives another. `bytes` is what it must be long.
 */
export function treeTar(files: Files, folder: string, bytes: number, broken: Broken): Outcome<OpenTar, Failure> {
  const manifest = manifestOf(files, folder);
  if (!manifest.ok) return failed(broken(manifest.failure));
  const size = tarSize(manifest.value);
  if (size !== bytes) return failed(broken(`${join(folder, 'manifest.json')} is that of a tar of ${size} bytes, not ${bytes}`));
  const chunks = treeChunks(files, folder, manifest.value, broken);
  return ok({
    read: () => {
      const chunk = chunks.next();
      return chunk.done === true ? ok(undefined) : chunk.value;
    },
    close: () => void chunks.return(),
  });
}

function treeChunks(files: Files, folder: string, manifest: Manifest, broken: Broken): Generator<Outcome<Uint8Array, Failure>, void> {
  const content = filesOf({ folder });
  const buffer = new Uint8Array(READ_BYTES);
  return packageTar<Failure>(manifest, (entry) => fileBytes(files, join(content, entry.path), entry, buffer, broken));
}

/** As many bytes of a file as its manifest says: a longer one does no harm, a shorter one is another. */
function* fileBytes(files: Files, path: string, entry: FileEntry, buffer: Uint8Array, broken: Broken): Generator<Outcome<Uint8Array, Failure>, void> {
  const opened = files.open(path);
  if (!opened.ok) return yield failed(broken(`${path} cannot be read: ${ioProblem(opened.failure)}`));
  try {
    for (let left = entry.size; left > 0; ) {
      const got = opened.value.read(buffer.subarray(0, Math.min(buffer.length, left)));
      if (!got.ok) return yield failed(broken(`${path} cannot be read: ${ioProblem(got.failure)}`));
      if (got.value === 0) return yield failed(broken(`${path} is shorter than it was published`));
      left -= got.value;
      yield ok(buffer.subarray(0, got.value));
    }
  } finally {
    opened.value.close();
  }
}

/** A tar that lies in a file. */
export function fileTar(files: Files, path: string, broken: Broken): Outcome<OpenTar, Failure> {
  const opened = files.open(path);
  if (!opened.ok) return failed(broken(`${path} cannot be read: ${ioProblem(opened.failure)}`));
  const buffer = new Uint8Array(READ_BYTES);
  return ok({ read: () => nextOf(opened.value, buffer, (problem) => broken(`${path} cannot be read: ${problem}`)), close: () => opened.value.close() });
}

function nextOf(handle: FileHandle, buffer: Uint8Array, broken: Broken): Outcome<Uint8Array | undefined, Failure> {
  const got = handle.read(buffer);
  if (!got.ok) return failed(broken(ioProblem(got.failure)));
  return ok(got.value === 0 ? undefined : buffer.subarray(0, got.value));
}
