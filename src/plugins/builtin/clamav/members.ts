import { join } from 'node:path';
import type { MemberStore, Pieces } from '../../../formats/cdiff-apply.ts';
import type { MemberSink } from '../../../formats/cvd-tar.ts';
import { type FileHandle, failed, type IoFailure, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { ioProblem } from '../../io-failures.ts';

type Files = Ports['files'];

const READ_BYTES = 1024 * 1024;
const MODE = 0o600;

/** The members of a database as files of a private folder, while a cdiff changes them. The first error of the disk is remembered. */
export class MemberFolder implements MemberStore {
  private readonly files: Files;
  private readonly folder: string;
  /** why the folder cannot be used any more, which no content is to blame for */
  trouble: IoFailure | undefined;
  private handle: FileHandle | undefined;

  constructor(files: Files, folder: string) {
    this.files = files;
    this.folder = folder;
  }

  has(name: string): boolean {
    return this.files.stat(this.path(name)).ok;
  }

  size(name: string): number {
    const seen = this.files.stat(this.path(name));
    return seen.ok ? seen.value.size : 0;
  }

  *read(name: string): Generator<Outcome<Uint8Array, string>, void> {
    const opened = this.files.open(this.path(name));
    if (!opened.ok) return yield this.failed(opened.failure);
    try {
      for (;;) {
        // a buffer for each piece: whoever takes them may hold the one before
        const buffer = new Uint8Array(READ_BYTES);
        const count = opened.value.read(buffer);
        if (!count.ok) return yield this.failed(count.failure);
        if (count.value === 0) return;
        yield ok(buffer.subarray(0, count.value));
      }
    } finally {
      opened.value.close();
    }
  }

  write(name: string, pieces: Pieces): string | undefined {
    const temporary = this.files.temporaryName(this.path(name));
    const written = writePieces(this.files, temporary, MODE, pieces, (io) => this.told(io));
    if (written !== undefined) return written;
    const renamed = this.files.rename(temporary, this.path(name));
    return renamed.ok ? undefined : this.told(renamed.failure);
  }

  remove(name: string): string | undefined {
    const removed = this.files.remove(this.path(name));
    return removed.ok ? undefined : this.told(removed.failure);
  }

  /** Takes a container's members in. `abandon` closes what a container that broke off left open. */
  sink(): MemberSink {
    return {
      open: (name) => {
        const made = this.files.create(this.path(name), MODE);
        if (made.ok) this.handle = made.value;
        return made.ok ? undefined : this.told(made.failure);
      },
      write: (bytes) => {
        const written = this.handle?.write(bytes) ?? ok();
        return written.ok ? undefined : this.told(written.failure);
      },
      close: () => this.abandon(),
    };
  }

  abandon(): undefined {
    this.handle?.close();
    this.handle = undefined;
  }

  /** names come checked from the container's and the script's reader: no separator, no leading dot */
  private path(name: string): string {
    return join(this.folder, name);
  }

  private told(io: IoFailure): string {
    this.trouble ??= io;
    return `${io.op} of ${io.path} failed (${ioProblem(io)})`;
  }

  private failed(io: IoFailure): Outcome<never, string> {
    return failed(this.told(io));
  }
}

/** Writes a new file; what was begun is removed where it cannot be ended. */
export function writePieces(files: Files, path: string, mode: number, pieces: Pieces, told: (io: IoFailure) => string): string | undefined {
  const made = files.create(path, mode);
  if (!made.ok) return told(made.failure);
  const problem = pump(made.value, pieces, told);
  made.value.close();
  if (problem !== undefined) files.remove(path);
  return problem;
}

function pump(handle: FileHandle, pieces: Pieces, told: (io: IoFailure) => string): string | undefined {
  for (const piece of pieces) {
    if (!piece.ok) return piece.failure;
    const written = piece.value.length === 0 ? ok() : handle.write(piece.value);
    if (!written.ok) return told(written.failure);
  }
  return undefined;
}
