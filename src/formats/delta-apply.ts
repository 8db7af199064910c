/**
 * Applies a delta: a zstd frame made with the old tar as its prefix (`zstd --patch-from`). One frame is put together of a header of our own,
 * the old bytes as raw blocks and the delta's blocks; what comes out of it behind the old bytes is the new tar. That needs no support
 * for dictionaries, so it works on every runtime. Memory is the decoder's window: old and new together, at most DELTA_MAX_BYTES.
 */
import { createHash } from 'node:crypto';
import { constants, createZstdDecompress } from 'node:zlib';
import { DELTA_MAX_BYTES, failed, ok, type Outcome, type Sha256 } from '../model/index.ts';
import { BLOCK_HEADER, BLOCK_MAX, frameHeader, type FrameLayout, rawBlockHeader, type ReadAt, readFrame } from './zstd-frame.ts';
import { type ByteSink, type ByteSource, pump } from './zstd.ts';

/** One end of a delta: the tar's bytes and their hash. */
export type DeltaEnd = { readonly bytes: number; readonly sha256: Sha256 };

/** `base`: what is at fault is the old content that we have; `delta`: the delta itself. */
export type DeltaFault = 'base' | 'delta';

export type DeltaInput<F> = {
  readonly from: DeltaEnd;
  readonly to: DeltaEnd;
  readonly base: ByteSource<F>;
  readonly delta: ReadAt<F>;
  readonly deltaBytes: number;
  readonly refuse: (fault: DeltaFault, problem: string) => F;
};

const OUTPUT_CHUNK = 64 * 1024;
const READ_BYTES = 256 * 1024;

/**
 * Gives the new tar to `sink`, none of it before the whole base was found to be right. Ok means that the outcome's hash is right too; until
 * then nothing that the sink was given may be believed.
 */
export async function applyDelta<F>(input: DeltaInput<F>, sink: ByteSink<F>): Promise<Outcome<undefined, F>> {
  const { from, to, refuse } = input;
  const total = from.bytes + to.bytes;
  if (total > DELTA_MAX_BYTES) return failed(refuse('delta', `its base and its outcome are ${total} bytes together, and ${DELTA_MAX_BYTES} are allowed`));
  const layout = readFrame(input.delta, input.deltaBytes, (problem) => refuse('delta', problem));
  if (!layout.ok) return layout;
  const lie = sizeProblem(layout.value, to.bytes);
  if (lie !== undefined) return failed(refuse('delta', lie));
  const { header, windowLog } = frameHeader(total);
  const decoder = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: windowLog }, chunkSize: OUTPUT_CHUNK });
  const spliced = splice(input, layout.value, header);
  const outcome = new OutcomeCheck(input, sink);
  const done = await pump(
    decoder,
    () => {
      const next = spliced.next();
      return next.done === true ? ok(undefined) : next.value;
    },
    (bytes) => outcome.take(bytes),
    (detail) => refuse('delta', `zstd says: ${detail}`),
  );
  return done.ok ? outcome.finish() : done;
}

/** What the header and the blocks say of the size, against what was signed for. */
function sizeProblem({ contentBytes, most, least }: FrameLayout, bytes: number): string | undefined {
  if (contentBytes !== undefined && contentBytes !== bytes) return `its header promises ${contentBytes} bytes, and ${bytes} were signed for`;
  if (least > bytes) return `at least ${least} bytes come out of it, and ${bytes} were signed for`;
  return most < bytes ? `at most ${most} bytes come out of it, and ${bytes} were signed for` : undefined;
}

/** Header, old bytes as raw blocks, the delta's blocks. Ends at the last old byte where their hash is not the base's. */
function* splice<F>(input: DeltaInput<F>, layout: FrameLayout, header: Uint8Array): Generator<Outcome<Uint8Array, F>, void> {
  yield ok(header);
  const { bytes, sha256 } = input.from;
  const hash = createHash('sha256');
  const block = new Uint8Array(BLOCK_HEADER + BLOCK_MAX);
  let seen = 0;
  for (;;) {
    const got = input.base();
    if (!got.ok) return yield got;
    if (got.value === undefined) break;
    hash.update(got.value);
    seen += got.value.length;
    if (seen > bytes) return yield failed(input.refuse('base', `it is more than ${bytes} bytes`));
    for (let at = 0; at < got.value.length; at += BLOCK_MAX) {
      const part = got.value.subarray(at, at + BLOCK_MAX);
      rawBlockHeader(block, part.length);
      block.set(part, BLOCK_HEADER);
      yield ok(block.subarray(0, BLOCK_HEADER + part.length));
    }
  }
  if (seen < bytes) return yield failed(input.refuse('base', `it is ${seen} bytes and not ${bytes}`));
  if (hash.digest('hex') !== sha256) return yield failed(input.refuse('base', 'its bytes are not those that were published'));
  for (let at = layout.blocksAt; at < layout.blocksEnd; ) {
    const got = input.delta(at, Math.min(READ_BYTES, layout.blocksEnd - at));
    if (!got.ok) return yield got;
    if (got.value.length === 0) return yield failed(input.refuse('delta', 'it became shorter while it was read'));
    at += got.value.length;
    yield got;
  }
}

/** Passes over the old bytes, counts and hashes the new ones, and stops at one more than were signed for. */
class OutcomeCheck<F> {
  private readonly input: DeltaInput<F>;
  private readonly sink: ByteSink<F>;
  private readonly hash = createHash('sha256');
  private skip: number;
  private bytes = 0;

  constructor(input: DeltaInput<F>, sink: ByteSink<F>) {
    this.input = input;
    this.sink = sink;
    this.skip = input.from.bytes;
  }

  take(bytes: Uint8Array): Outcome<undefined, F> {
    const fresh = bytes.subarray(this.skip);
    this.skip -= bytes.length - fresh.length;
    if (fresh.length === 0) return ok();
    this.bytes += fresh.length;
    const { to, refuse } = this.input;
    if (this.bytes > to.bytes) return failed(refuse('delta', `more than ${to.bytes} bytes come out of it`));
    this.hash.update(fresh);
    return this.sink(fresh);
  }

  finish(): Outcome<undefined, F> {
    const { to, refuse } = this.input;
    if (this.bytes !== to.bytes) return failed(refuse('delta', `${this.bytes} bytes come out of it, and ${to.bytes} were signed for`));
    return this.hash.digest('hex') === to.sha256 ? ok() : failed(refuse('delta', 'its outcome is not what was signed for'));
  }
}
