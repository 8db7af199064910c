import { dirname, join } from 'node:path';
import { type FileEntry, type FolderEntry, type LinkEntry, manifestBytes, PackageReader, type PackageSink } from '../formats/package.ts';
import { type ByteSink, decompressZstd } from '../formats/zstd.ts';
import { fail, type Failure, failure, type FileHandle, type IoFailure, type Manifest, ok, type Outcome, type Package, type Ports } from '../model/index.ts';

export type UnpackPorts = Pick<Ports, 'files'>;

/** `folder` is `…/.glued-ID/SEQ`; what is there already is replaced. */
export type UnpackTarget = { readonly package: Package; readonly folder: string; readonly signal: AbortSignal };
export type UnpackInput = UnpackTarget & { readonly packagePath: string };
/** Gives the package's tar to the sink; ok only when all of it was given and may be believed. */
export type TarFeed = (sink: ByteSink<Failure>) => Promise<Outcome<undefined, Failure>>;

const READ_BYTES = 256 * 1024;
const FOLDER_MODE = 0o755;
const DONE = ok();

/** Unpacks a package that is a file. */
export function unpackPackage(ports: UnpackPorts, input: UnpackInput): Promise<Outcome<Manifest, Failure>> {
  return unpackTar(ports, input, (sink) => decompressed(ports, input, sink));
}

/**
 * Unpacks a tar beside `folder`, makes it durable, and renames it into place: `folder` is absent, or whole with `manifest.json` and
 * `content/…`. Everything is made new, top-down, in a folder with an unpredictable name, so no link is ever written through. Nothing is
 * placed where the feed fails.
 */
export async function unpackTar(ports: UnpackPorts, target: UnpackTarget, feed: TarFeed): Promise<Outcome<Manifest, Failure>> {
  const { files } = ports;
  const parent = dirname(target.folder);
  const temporary = files.temporaryName(target.folder);
  const made = within(target, files.makeFolder(parent, FOLDER_MODE));
  if (!made.ok) return made;
  const unpacked = await writeAll(ports, target, temporary, feed);
  const placed = unpacked.ok ? place(ports, target, temporary, parent) : unpacked;
  if (placed.ok) return unpacked;
  files.removeTree(temporary);
  return placed;
}

function place({ files }: UnpackPorts, input: UnpackTarget, temporary: string, parent: string): Outcome<undefined, Failure> {
  const { folder } = input;
  for (const step of [
    () => files.syncTree(temporary),
    () => files.removeTree(folder),
    () => files.rename(temporary, folder),
    () => files.syncFolder(parent),
  ]) {
    const done = within(input, step());
    if (!done.ok) return done;
  }
  return DONE;
}

async function writeAll(ports: UnpackPorts, target: UnpackTarget, temporary: string, feed: TarFeed): Promise<Outcome<Manifest, Failure>> {
  const writer = new TreeWriter(ports, target, temporary);
  const reader = new PackageReader({ name: target.package.sha256, unpackedSize: target.package.unpackedSize }, writer);
  const done = await feed((bytes) => reader.push(bytes));
  writer.abandon();
  return done.ok ? reader.finish() : done;
}

/** The tar of a package that is a file. */
export async function decompressed(ports: UnpackPorts, input: UnpackInput, sink: ByteSink<Failure>): Promise<Outcome<undefined, Failure>> {
  const opened = within(input, ports.files.open(input.packagePath));
  if (!opened.ok) return opened;
  const handle = opened.value;
  const buffer = new Uint8Array(READ_BYTES);
  const source = (): Outcome<Uint8Array | undefined, Failure> => {
    if (input.signal.aborted) return interrupted(input);
    const count = within(input, handle.read(buffer));
    if (!count.ok) return count;
    return ok(count.value === 0 ? undefined : buffer.subarray(0, count.value));
  };
  const broken = (detail: string): Failure => failure('package-damaged', { package: input.package.sha256, problem: `zstd says: ${detail}` });
  const done = await decompressZstd(source, sink, broken);
  handle.close();
  return done;
}

/** The run was asked to stop. */
export function interrupted({ signal }: Pick<UnpackTarget, 'signal'>): Outcome<never, Failure> {
  return fail('interrupted', { signal: typeof signal.reason === 'string' ? signal.reason : 'a signal' });
}

/** Writes what the reader gives it, with as few system calls a file as there can be: open, write, close. */
class TreeWriter implements PackageSink {
  private readonly files: Ports['files'];
  private readonly input: UnpackTarget;
  private readonly folderPath: string;
  private handle: FileHandle | undefined;

  constructor({ files }: UnpackPorts, input: UnpackTarget, folder: string) {
    this.files = files;
    this.input = input;
    this.folderPath = folder;
  }

  manifest(manifest: Manifest): Outcome<undefined, Failure> {
    const made = within(this.input, this.files.makeFolder(join(this.folderPath, 'content'), FOLDER_MODE));
    if (!made.ok) return made;
    const opened = this.create(join(this.folderPath, 'manifest.json'), 0o644);
    if (!opened.ok) return opened;
    const written = this.write(manifestBytes(manifest));
    return written.ok ? this.close() : written;
  }

  folder(entry: FolderEntry): Outcome<undefined, Failure> {
    return within(this.input, this.files.makeFolder(this.path(entry), FOLDER_MODE));
  }

  link(entry: LinkEntry): Outcome<undefined, Failure> {
    return within(this.input, this.files.symlink(entry.target, this.path(entry)));
  }

  open(entry: FileEntry): Outcome<undefined, Failure> {
    return this.create(this.path(entry), entry.mode);
  }

  write(bytes: Uint8Array): Outcome<undefined, Failure> {
    return bytes.length === 0 || this.handle === undefined ? DONE : within(this.input, this.handle.write(bytes));
  }

  close(): Outcome<undefined, Failure> {
    this.abandon();
    return DONE;
  }

  /** Closes what a failure left open. */
  abandon(): void {
    this.handle?.close();
    this.handle = undefined;
  }

  /** plain concatenation: the path was checked, and join() costs as much as the write */
  private path(entry: { readonly path: string }): string {
    return `${this.folderPath}/content/${entry.path}`;
  }

  private create(path: string, mode: number): Outcome<undefined, Failure> {
    const opened = within(this.input, this.files.create(path, mode));
    if (!opened.ok) return opened;
    this.handle = opened.value;
    return DONE;
  }
}

/** A failure of the disk, as one of unpacking. */
export function within<T>(target: Pick<UnpackTarget, 'folder'>, done: Outcome<T, IoFailure>): Outcome<T, Failure> {
  if (done.ok) return done;
  const { kind, path, detail, op } = done.failure;
  if (kind === 'full') return fail('unpack-disk-full', { path }, detail);
  return fail('unpack-write', { path, problem: `${op} failed (${detail})`, folder: dirname(target.folder) }, detail);
}
