/** An open file of MemoryFiles. */
import { type FileHandle, type Io, type IoKind, ok } from '../../src/model/index.ts';
import { ioFailure, type Node, statOf } from './memory-tree.ts';

/** What a descriptor needs of the disk that it is on. */
type Disk = {
  take(bytes: number): boolean;
  enter(op: string, path: string): IoKind | undefined;
  device(path: string): number;
};

/** Holds the node, not the name: a file that was renamed or removed is still read. */
export class MemoryHandle implements FileHandle {
  private readonly files: Disk;
  private readonly path: string;
  private readonly node: Node;
  private readonly kind: 'read' | 'write';
  private position: number;
  private closed = false;

  constructor(files: Disk, path: string, node: Node, kind: 'read' | 'write') {
    this.files = files;
    this.path = path;
    this.node = node;
    this.kind = kind;
    this.position = kind === 'write' && node.type === 'file' ? node.bytes.length : 0;
  }

  stat(): ReturnType<FileHandle['stat']> {
    const fault = this.enter('fstat');
    return fault === undefined ? ok(statOf(this.node, this.files.device(this.path))) : ioFailure(fault, 'fstat', this.path);
  }

  read(into: Uint8Array, at?: number): Io<number> {
    const fault = this.enter('fread');
    if (fault !== undefined) return ioFailure(fault, 'fread', this.path);
    if (this.node.type !== 'file') return ioFailure('is-folder', 'fread', this.path);
    const from = at ?? this.position;
    const part = this.node.bytes.subarray(from, from + into.length);
    into.set(part);
    if (at === undefined) this.position += part.length;
    return ok(part.length);
  }

  write(bytes: Uint8Array, at?: number): Io<undefined> {
    const fault = this.enter('write');
    if (fault !== undefined) return ioFailure(fault, 'write', this.path);
    if (this.node.type !== 'file' || this.kind !== 'write') return ioFailure('denied', 'write', this.path);
    const from = at ?? this.position;
    const size = Math.max(this.node.bytes.length, from + bytes.length);
    if (!this.files.take(size - this.node.bytes.length)) return ioFailure('full', 'write', this.path);
    const whole = new Uint8Array(size);
    whole.set(this.node.bytes);
    whole.set(bytes, from);
    this.node.bytes = whole;
    if (at === undefined) this.position += bytes.length;
    return ok();
  }

  truncate(size: number): Io<undefined> {
    if (this.node.type !== 'file' || this.kind !== 'write') return ioFailure('denied', 'truncate', this.path);
    const whole = new Uint8Array(size);
    whole.set(this.node.bytes.subarray(0, size));
    this.node.bytes = whole;
    this.position = Math.min(this.position, size);
    return ok();
  }

  chmod(mode: number): Io<undefined> {
    this.node.meta.mode = mode;
    return ok();
  }

  sync(): Io<undefined> {
    const fault = this.enter('sync');
    return fault === undefined ? ok() : ioFailure(fault, 'sync', this.path);
  }

  close(): void {
    this.closed = true;
  }

  private enter(op: string): IoKind | undefined {
    if (this.closed) throw new Error(`${op} of a closed file: ${this.path}`);
    return this.files.enter(op, this.path);
  }
}
