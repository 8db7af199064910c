import { closeSync, fchmodSync, fstatSync, fsyncSync, ftruncateSync, readSync, type Stats, writeSync } from 'node:fs';
import { type FileHandle, type FileStat, type Io, ok } from '../model/index.ts';
import { attempt } from './io.ts';
import { noteStreamed } from './release-memory.ts';

/** The port's view of a stat. */
export function statOf(s: Stats): FileStat {
  const type = s.isFile() ? 'file' : s.isDirectory() ? 'folder' : s.isSymbolicLink() ? 'link' : 'other';
  return {
    type,
    size: s.size,
    mode: s.mode & 0o7777,
    uid: s.uid,
    gid: s.gid,
    device: s.dev,
    inode: s.ino,
    links: s.nlink,
    modifiedAt: Math.floor(s.mtimeMs),
  };
}

/**
 * An open descriptor. `position` null leaves the position to the kernel (what is only read may be a pipe); a number is kept here,
 * since Node cannot seek.
 */
export class OpenFile implements FileHandle {
  private readonly descriptor: number;
  private readonly path: string;
  private position: number | null;
  private closed = false;

  constructor(fd: number, path: string, position: number | null) {
    this.descriptor = fd;
    this.path = path;
    this.position = position;
  }

  /** The number of a closed descriptor may be another file's by now: to use it is a bug. */
  private get fd(): number {
    if (this.closed) throw new Error(`a closed file was used: ${this.path}`);
    return this.descriptor;
  }

  stat(): Io<FileStat> {
    return attempt('fstat', this.path, () => statOf(fstatSync(this.fd)));
  }

  read(into: Uint8Array, at?: number): Io<number> {
    const from = at ?? this.position;
    const done = attempt('read', this.path, () => readSync(this.fd, into, 0, into.length, from));
    if (!done.ok) return done;
    if (at === undefined && this.position !== null) this.position += done.value;
    noteStreamed(done.value);
    return done;
  }

  write(bytes: Uint8Array, at?: number): Io<undefined> {
    const from = at ?? this.position;
    let written = 0;
    const done = attempt('write', this.path, () => {
      while (written < bytes.length) {
        written += writeSync(this.fd, bytes, written, bytes.length - written, from === null ? null : from + written);
      }
    });
    if (at === undefined && this.position !== null) this.position += written;
    noteStreamed(written);
    return done.ok ? ok() : done;
  }

  truncate(size: number): Io<undefined> {
    const done = attempt('truncate', this.path, () => ftruncateSync(this.fd, size));
    if (!done.ok) return done;
    if (this.position !== null && this.position > size) this.position = size;
    return ok();
  }

  chmod(mode: number): Io<undefined> {
    const done = attempt('chmod', this.path, () => fchmodSync(this.fd, mode));
    return done.ok ? ok() : done;
  }

  sync(): Io<undefined> {
    const done = attempt('fsync', this.path, () => fsyncSync(this.fd));
    return done.ok ? ok() : done;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    // nothing is lost here: what must be durable was synced before
    attempt('close', this.path, () => closeSync(this.descriptor));
  }
}
