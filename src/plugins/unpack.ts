import { dirname, join } from 'node:path';
import { type FileEntry, type FolderEntry, type LinkEntry, manifestBytes, PackageReader, type PackageSink } from '../formats/package.ts';
import { decompressZstd } from '../formats/zstd.ts';
import { fail, type Failure, failure, type FileHandle, type IoFailure, type Manifest, ok, type Outcome, type Package, type Ports } from '../model/index.ts';

type UnpackPorts = Pick<Ports, 'files'>;

/** `folder` is `…/.glued-ID/SEQ`; what is there already is replaced. */
export type UnpackInput = { readonly packagePath: string; readonly package: Package; readonly folder: string; readonly signal: AbortSignal };

const READ_BYTES = 256 * 1024;
const FOLDER_MODE = 0o755;
const DONE = ok();

/**
 * Unpacks a package beside `folder`, makes it durable, and renames it into place: `folder` is absent, or whole with `manifest.json` and
 * `content/…`. Everything is made new, top-down, in a folder with an unpredictable name, so no link is ever written through.
 */
export async function unpackPackage(ports: UnpackPorts, input: UnpackInput): Promise<Outcome<Manifest, Failure>> {
  const { files } = ports;
  const parent = dirname(input.folder);
  const temporary = files.temporaryName(input.folder);
  const made = within(input, files.makeFolder(parent, FOLDER_MODE));
  if (!made.ok) return made;
  const unpacked = await writeAll(ports, input, temporary);
  const placed = unpacked.ok ? place(ports, input, temporary, parent) : unpacked;
  if (placed.ok) return unpacked;
  files.removeTree(temporary);
  return placed;
}

function place({ files }: UnpackPorts, input: UnpackInput, temporary: string, parent: string): Outcome<undefined, Failure> {
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

async function writeAll(ports: UnpackPorts, input: UnpackInput, temporary: string): Promise<Outcome<Manifest, Failure>> {
  const opened = within(input, ports.files.open(input.packagePath));
  if (!opened.ok) return opened;
  const handle = opened.value;
  const writer = new TreeWriter(ports, input, temporary);
  const name = input.package.sha256;
  const reader = new PackageReader({ name, unpackedSize: input.package.unpackedSize }, writer);
  const buffer = new Uint8Array(READ_BYTES);
  const source = (): Outcome<Uint8Array | undefined, Failure> => {
    if (input.signal.aborted) return fail('interrupted', { signal: typeof input.signal.reason === 'string' ? input.signal.reason : 'a signal' });
    const count = within(input, handle.read(buffer));
    if (!count.ok) return count;
    return ok(count.value === 0 ? undefined : buffer.subarray(0, count.value));
  };
  const broken = (detail: string): Failure => failure('package-damaged', { package: name, problem: `zstd says: ${detail}` });
  const done = await decompressZstd(source, (bytes) => reader.push(bytes), broken);
  handle.close();
  writer.abandon();
  return done.ok ? reader.finish() : done;
}

/** Writes what the reader gives it, with as few system calls a file as there can be: open, write, close. */
class TreeWriter implements PackageSink {
  private readonly files: Ports['files'];
  private readonly input: UnpackInput;
  private readonly folderPath: string;
  private handle: FileHandle | undefined;

  constructor({ files }: UnpackPorts, input: UnpackInput, folder: string) {
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

function within<T>(input: UnpackInput, done: Outcome<T, IoFailure>): Outcome<T, Failure> {
  if (done.ok) return done;
  const { kind, path, detail, op } = done.failure;
  if (kind === 'full') return fail('unpack-disk-full', { path }, detail);
  return fail('unpack-write', { path, problem: `${op} failed (${detail})`, folder: dirname(input.folder) }, detail);
}
