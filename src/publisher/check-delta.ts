import { applyDelta } from '../formats/delta-apply.ts';
import type { ReadAt } from '../formats/zstd-frame.ts';
import type { ByteSource } from '../formats/zstd.ts';
import { type Catalog, type Delta, DELTA_MAX_BYTES, fail, failed, type Failure, failure, type FileHandle, ok, type Ports, type Release } from '../model/index.ts';
import { hashProblem, unreadable } from './check-package.ts';
import { layout } from './layout.ts';
import { type Hashed, unpackInto } from './unpack.ts';

type CheckPorts = Pick<Ports, 'files' | 'clock'>;
type Wrong = (problem: string) => Failure;

const PIECE = 128 * 1024;

/**
 * What is wrong with one delta of a release, as a machine would find it; undefined where it leads from the whole old tar to the whole new one. Of a
 * vendor's own, only that it is there, whole: it is the plug-in's to apply.
 */
export async function checkDelta(ports: CheckPorts, dir: string, catalog: Catalog, release: Release, delta: Delta, signal: AbortSignal): Promise<Failure | undefined> {
  const path = layout.package(dir, delta.sha256);
  const wrong: Wrong = (problem) => failure('check-delta', { file: path, from: delta.fromSequence, sequence: release.sequence, id: release.component, problem });
  const from = catalog.releases.find((r) => r.sequence === delta.fromSequence);
  if (from === undefined) return wrong(`the catalog has no release ${delta.fromSequence}`);
  if (from.sequence >= release.sequence) return wrong('it does not lead from an older release');
  const opened = ports.files.open(path);
  if (!opened.ok) return wrong(opened.failure.kind === 'absent' ? 'it is missing' : unreadable(opened.failure));
  try {
    const problem = await hashProblem(ports, opened.value, delta, signal, wrong);
    if (problem !== undefined || delta.algorithm !== 'zstd') return problem;
    return await outcomeProblem(ports, dir, { from, release, handle: opened.value, deltaBytes: delta.size, signal }, wrong);
  } finally {
    opened.value.close();
  }
}

type Application = { readonly from: Release; readonly release: Release; readonly handle: FileHandle; readonly deltaBytes: number; readonly signal: AbortSignal };

async function outcomeProblem(ports: CheckPorts, dir: string, { from, release, handle, deltaBytes, signal }: Application, wrong: Wrong): Promise<Failure | undefined> {
  const base = hashed(from);
  const target = hashed(release);
  if (base === undefined || target === undefined) return wrong('the catalog does not give the hash of the unpacked bytes of both releases');
  const bytes = base.unpackedSize + target.unpackedSize;
  if (bytes > DELTA_MAX_BYTES) return wrong(`both unpacked are ${bytes} bytes; deltas are used up to ${DELTA_MAX_BYTES}`);
  const old = await unpackInto(ports, dir, base, new Uint8Array(base.unpackedSize));
  // the package's problem is told for itself, and a machine that has the release whole can use the delta
  if (!old.ok) return undefined;
  const applied = await applyDelta<Failure>(
    {
      from: { bytes: base.unpackedSize, sha256: base.unpackedSha256 },
      to: { bytes: target.unpackedSize, sha256: target.unpackedSha256 },
      base: piecesOf(old.value),
      delta: readerAt(handle, signal, wrong),
      deltaBytes,
      refuse: (fault, problem) => wrong(fault === 'base' ? `what it leads from is wrong: ${problem}` : problem),
    },
    () => ok(),
  );
  return applied.ok ? undefined : applied.failure;
}

/** Bytes in memory, piece by piece: each is a turn for whoever waits. */
function piecesOf(bytes: Uint8Array): ByteSource<never> {
  let at = 0;
  return () => {
    if (at >= bytes.length) return ok(undefined);
    const piece = bytes.subarray(at, at + PIECE);
    at += piece.length;
    return ok(piece);
  };
}

function readerAt(handle: FileHandle, signal: AbortSignal, wrong: Wrong): ReadAt<Failure> {
  let buffer = new Uint8Array(PIECE);
  return (at, length) => {
    if (signal.aborted) return fail('interrupted', { signal: 'a signal' });
    if (length > buffer.length) buffer = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const count = handle.read(buffer.subarray(filled, length), at + filled);
      if (!count.ok) return failed(wrong(unreadable(count.failure)));
      if (count.value === 0) break;
      filled += count.value;
    }
    return ok(buffer.subarray(0, filled));
  };
}

function hashed({ package: { unpackedSha256, ...rest } }: Release): Hashed | undefined {
  return unpackedSha256 === undefined ? undefined : { ...rest, unpackedSha256 };
}
