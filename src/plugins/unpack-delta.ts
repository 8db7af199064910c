import { dirname, join } from 'node:path';
import type { DeltaEnd, DeltaFault } from '../formats/delta-apply.ts';
import type { ByteSink } from '../formats/zstd.ts';
import { type DeltaStep, failed, type Failure, failure, type Io, type Manifest, ok, type Outcome, type Release } from '../model/index.ts';
import { ioProblem } from './io-failures.ts';
import { type Broken, fileTar, type OpenTar, treeTar } from './tar-source.ts';
import { decompressed, interrupted, type UnpackPorts, unpackTar, within } from './unpack.ts';

/** Where the tar of the first step's `from` is had: made again from its unpacked tree, or out of its package. */
export type DeltaBase = { readonly kind: 'tree'; readonly folder: string } | { readonly kind: 'package'; readonly path: string };

/** `bases` are tried in order. The first step leads from them, each further one from the outcome before; the last outcome is unpacked. */
export type DeltaUnpack = {
  readonly bases: Iterable<DeltaBase>;
  readonly steps: readonly { readonly step: DeltaStep; readonly path: string }[];
  readonly folder: string;
  /** a private folder for what lies between the steps */
  readonly scratch: string;
  readonly signal: AbortSignal;
};

/** `scratch`: what lies between the steps could not be written. `machine`: nothing else would end better; the run was stopped, or the disk is full. */
export type DeltaFailed = { readonly fault: DeltaFault | 'scratch' | 'machine'; readonly failure: Failure; readonly step: DeltaStep };

const SCRATCH_MODE = 0o600;

/**
 * Unpacks a release out of an older one that is here and the deltas between. Everything streams: a tar between two steps lies in a file, and the
 * last goes straight into the unpacker. Nothing is placed before the base's and the outcome's hash are right.
 */
export async function unpackDelta(ports: UnpackPorts, input: DeltaUnpack): Promise<Outcome<Manifest, DeltaFailed>> {
  let ended: Outcome<Manifest, DeltaFailed> | undefined;
  for (const base of input.bases) {
    ended = await new Chain(ports, input).run(base);
    if (ended.ok || ended.failure.fault !== 'base') return ended;
  }
  return ended ?? failed(baseless(input));
}

function baseless({ steps: [first], folder }: DeltaUnpack): DeltaFailed {
  if (first === undefined) throw new Error('a chain without a step');
  const { from, to } = first.step;
  const about = { from: from.sequence, to: to.sequence, path: dirname(folder), problem: 'neither its tree nor its package is here any more' };
  return { fault: 'base', failure: failure('delta-base-wrong', about), step: first.step };
}

type Tar = (broken: Broken) => Outcome<OpenTar, Failure>;

/** One walk through the steps; it knows who is to blame for the first failure. */
class Chain {
  private readonly ports: UnpackPorts;
  private readonly input: DeltaUnpack;
  private blamed: Omit<DeltaFailed, 'failure'> | undefined;
  private readonly made: string[] = [];

  constructor(ports: UnpackPorts, input: DeltaUnpack) {
    this.ports = ports;
    this.input = input;
  }

  async run(base: DeltaBase): Promise<Outcome<Manifest, DeltaFailed>> {
    const [first] = this.input.steps;
    if (first === undefined) throw new Error('a chain without a step');
    try {
      const tar = await this.baseTar(base, first.step);
      const done = tar.ok ? await this.walk(tar.value) : tar;
      return done.ok ? done : failed({ ...(this.blamed ?? { fault: 'machine', step: first.step }), failure: done.failure });
    } finally {
      for (const path of this.made) this.ports.files.remove(path);
    }
  }

  private async walk(base: Tar): Promise<Outcome<Manifest, Failure>> {
    const { folder, signal, steps } = this.input;
    let tar = base;
    for (const [i, { step, path }] of steps.entries()) {
      if (i === steps.length - 1) {
        const unpacked = await unpackTar(this.ports, { package: step.to.package, folder, signal }, (sink) => this.apply(tar, step, path, sink));
        return unpacked.ok || this.blamed !== undefined || !isOfPackage(unpacked.failure) ? unpacked : failed(this.noPackage(step, unpacked.failure));
      }
      const kept = await this.keep(step, (sink) => this.apply(tar, step, path, sink));
      if (!kept.ok) return kept;
      tar = kept.value;
      // only the newest tar is needed any more
      for (const old of this.made.splice(0, this.made.length - 1)) this.ports.files.remove(old);
    }
    throw new Error('a chain without a step');
  }

  /** A package's tar is written out first: it is hashed on its way into the delta like any other. */
  private async baseTar(base: DeltaBase, step: DeltaStep): Promise<Outcome<Tar, Failure>> {
    const { files } = this.ports;
    if (base.kind === 'tree') return ok((broken) => treeTar(files, base.folder, step.from.package.unpackedSize, broken));
    let bytes = 0;
    const limit = step.from.package.unpackedSize;
    const kept = await this.keep(step, (sink) =>
      decompressed(this.ports, { packagePath: base.path, package: step.from.package, folder: this.input.scratch, signal: this.input.signal }, (piece) => {
        bytes += piece.length;
        return bytes > limit ? failed(this.refuse(step, base.path, 'base', `more than ${limit} bytes come out of ${base.path}`)) : sink(piece);
      }),
    );
    if (!kept.ok && isOfPackage(kept.failure)) this.blamed ??= { fault: 'base', step };
    return kept;
  }

  /** Writes a tar into a file of our own that nobody else can read. */
  private async keep(step: DeltaStep, feed: (sink: ByteSink<Failure>) => Promise<Outcome<undefined, Failure>>): Promise<Outcome<Tar, Failure>> {
    const { files } = this.ports;
    const path = files.temporaryName(join(this.input.scratch, 'delta.tar'));
    const created = this.stored(step, files.create(path, SCRATCH_MODE));
    if (!created.ok) return created;
    this.made.push(path);
    const done = await feed((bytes) => this.stored(step, created.value.write(bytes)));
    created.value.close();
    return done.ok ? ok((broken) => fileTar(files, path, broken)) : done;
  }

  private stored<T>(step: DeltaStep, done: Io<T>): Outcome<T, Failure> {
    if (!done.ok) this.blamed ??= { fault: 'scratch', step };
    return within({ folder: join(this.input.scratch, 'delta.tar') }, done);
  }

  private async apply(tar: Tar, step: DeltaStep, path: string, sink: ByteSink<Failure>): Promise<Outcome<undefined, Failure>> {
    const { applyDelta } = await import('../formats/delta-apply.ts');
    const from = endOf(step.from);
    const to = endOf(step.to);
    const refuse = (fault: DeltaFault, problem: string): Failure => this.refuse(step, dirname(this.input.folder), fault, problem);
    const base = tar((problem) => refuse('base', problem));
    if (!base.ok) return base;
    const opened = this.ports.files.open(path);
    if (!opened.ok) {
      base.value.close();
      return failed(refuse('delta', `${path} cannot be read: ${ioProblem(opened.failure)}`));
    }
    const buffer = new Uint8Array(READ_BYTES);
    const delta = (at: number, length: number): Outcome<Uint8Array, Failure> => {
      const got = opened.value.read(buffer.subarray(0, Math.min(length, buffer.length)), at);
      return got.ok ? ok(buffer.subarray(0, got.value)) : failed(refuse('delta', `${path} cannot be read: ${ioProblem(got.failure)}`));
    };
    const read = (): Outcome<Uint8Array | undefined, Failure> => (this.input.signal.aborted ? interrupted(this.input) : base.value.read());
    try {
      return await applyDelta<Failure>({ from, to, base: read, delta, deltaBytes: step.delta.size, refuse }, sink);
    } finally {
      opened.value.close();
      base.value.close();
    }
  }

  /** What came out of the delta is refused before its hash is known; whether it was signed so, the full package will tell. */
  private noPackage(step: DeltaStep, { data }: Failure): Failure {
    return this.refuse(step, '', 'delta', `what comes out of it is no release: ${String(data['problem'])}`);
  }

  private refuse(step: DeltaStep, path: string, fault: DeltaFault, problem: string): Failure {
    this.blamed ??= { fault, step };
    const ends = { from: step.from.sequence, to: step.to.sequence, problem };
    return fault === 'base' ? failure('delta-base-wrong', { ...ends, path }) : failure('delta-refused', { ...ends, delta: step.delta.sha256 });
  }
}

const READ_BYTES = 256 * 1024;

function endOf({ package: { unpackedSize, unpackedSha256 } }: Release): DeltaEnd {
  if (unpackedSha256 === undefined) throw new Error('the planner uses no delta whose ends have no hash');
  return { bytes: unpackedSize, sha256: unpackedSha256 };
}

/** Does the failure speak of the bytes, and not of the disk? */
const isOfPackage = ({ why }: Failure): boolean => why.startsWith('package-');
