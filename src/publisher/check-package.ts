import { createHash } from 'node:crypto';
import { PackageReader, type PackageSink } from '../formats/package.ts';
import { type ByteSource, decompressZstd } from '../formats/zstd.ts';
import { failed, type Failure, failure, type FileHandle, type IoFailure, ok, type Outcome, type Ports, type Release } from '../model/index.ts';
import { layout } from './layout.ts';
import type { Stored } from './store-package.ts';

const READ_BYTES = 256 * 1024;
/** 16 MiB, then whoever waits has a turn: a signal, above all. */
const PIECES_AT_ONCE = 64;
const DONE = ok();
/** The reader checks all there is to check; what it gives is dropped. */
export const NOWHERE: PackageSink = { manifest: () => DONE, folder: () => DONE, link: () => DONE, open: () => DONE, write: () => DONE, close: () => DONE };

/** What is wrong with a release's package, as a client would find it; undefined where it is whole. */
export async function checkPackage(ports: Pick<Ports, 'files' | 'clock'>, dir: string, release: Release, signal: AbortSignal): Promise<Failure | undefined> {
  const path = layout.package(dir, release.package.sha256);
  const wrong = (problem: string): Failure => failure('check-package', { file: path, sequence: release.sequence, id: release.component, problem });
  const opened = ports.files.open(path);
  if (!opened.ok) return wrong(opened.failure.kind === 'absent' ? 'it is missing' : unreadable(opened.failure));
  try {
    return (await hashProblem(ports, opened.value, release.package, signal, wrong)) ?? (await contentProblem(opened.value, release, signal, wrong));
  } finally {
    opened.value.close();
  }
}

/** The hash first: a file of other bytes is not worth unpacking. `named` is what the catalog says of it. */
export async function hashProblem({ clock }: Pick<Ports, 'clock'>, handle: FileHandle, named: Stored, signal: AbortSignal, wrong: (problem: string) => Failure): Promise<Failure | undefined> {
  const seen = handle.stat();
  if (!seen.ok) return wrong(unreadable(seen.failure));
  if (seen.value.size !== named.size) return wrong(`it is ${seen.value.size} bytes, the catalog says ${named.size}`);
  const hash = createHash('sha256');
  const next = pieces(handle, signal, wrong);
  for (let count = 1; ; count++) {
    const bytes = next();
    if (!bytes.ok) return bytes.failure;
    if (bytes.value === undefined) return hash.digest('hex') === named.sha256 ? undefined : wrong('its hash is not its name');
    hash.update(bytes.value);
    if (count % PIECES_AT_ONCE === 0) await clock.sleep(0);
  }
}

async function contentProblem(handle: FileHandle, release: Release, signal: AbortSignal, wrong: (problem: string) => Failure): Promise<Failure | undefined> {
  const { sha256, unpackedSize, unpackedSha256 } = release.package;
  const reader = new PackageReader({ name: sha256, unpackedSize }, NOWHERE);
  const hash = createHash('sha256');
  const broken = (detail: string): Failure => failure('package-damaged', { package: sha256, problem: `zstd says: ${detail}` });
  const take = (bytes: Uint8Array): Outcome<undefined, Failure> => {
    hash.update(bytes);
    return reader.push(bytes);
  };
  const unpacked = await decompressZstd(pieces(handle, signal, wrong), take, broken);
  const finished = unpacked.ok ? reader.finish() : unpacked;
  if (!finished.ok) return finished.failure;
  const isRight = unpackedSha256 === undefined || hash.digest('hex') === unpackedSha256;
  return isRight ? undefined : wrong('the hash of its unpacked bytes is not the one in the catalog, so that deltas from it and to it are refused');
}

function pieces(handle: FileHandle, signal: AbortSignal, wrong: (problem: string) => Failure): ByteSource<Failure> {
  const buffer = new Uint8Array(READ_BYTES);
  let at = 0;
  return () => {
    if (signal.aborted) return failed(failure('interrupted', { signal: 'a signal' }));
    const count = handle.read(buffer, at);
    if (!count.ok) return failed(wrong(unreadable(count.failure)));
    at += count.value;
    return ok(count.value === 0 ? undefined : buffer.subarray(0, count.value));
  };
}

/** What an administrator reads where the system would not read. */
export const unreadable = (io: IoFailure): string => `it cannot be read (${io.detail})`;
