/** A strict tar reader: bytes are pushed in, members come out. It holds at most one header or one extended header. */
import { ok, type Outcome } from '../model/index.ts';
import { BLOCK, decodeHeader, decodeRecords, padded, type TarHeader, type TarType } from './tar.ts';

export type TarMember = { readonly path: string; readonly type: TarType; readonly size: number; readonly target: string };

/** Gets the members in order; a failure ends the reading. */
export interface TarSink<F> {
  member(member: TarMember): Outcome<undefined, F>;
  /** bytes of the last member's file, in order, a view that is only good during the call; once with no bytes for an empty file */
  data(bytes: Uint8Array, last: 'last' | 'more'): Outcome<undefined, F>;
  /** the archive breaks the format's rules */
  broken(problem: string): Outcome<never, F>;
}

/** Longer extended headers than this hold no path that we allow. */
const MAX_EXTENDED = 16 * 1024;
/** What archivers add for owners and times: of no meaning here. */
const IGNORED = new Set(['atime', 'ctime', 'mtime', 'uid', 'gid', 'uname', 'gname', 'comment']);
const DONE = ok();

type State = 'header' | 'extended' | 'body' | 'padding' | 'end';

/** One archive. `push` its bytes, then `finish`; after a failure nothing more may be called. */
export class TarReader<F> {
  private readonly sink: TarSink<F>;
  private state: State = 'header';
  private readonly held = Buffer.alloc(MAX_EXTENDED + BLOCK);
  private heldLength = 0;
  /** bytes of the body, the padding or the extended header still to come */
  private left = 0;
  private padding = 0;
  private records: ReadonlyMap<string, string> | undefined;
  private extendedSize = 0;
  private zeroBlocks = 0;

  constructor(sink: TarSink<F>) {
    this.sink = sink;
  }

  push(bytes: Uint8Array): Outcome<undefined, F> {
    let at = 0;
    while (at < bytes.length) {
      if (this.state === 'body') {
        const count = Math.min(this.left, bytes.length - at);
        this.left -= count;
        const done = this.sink.data(bytes.subarray(at, at + count), this.left === 0 ? 'last' : 'more');
        if (!done.ok) return done;
        if (this.left === 0) this.after();
        at += count;
      } else if (this.state === 'padding') {
        const count = Math.min(this.left, bytes.length - at);
        this.left -= count;
        at += count;
        if (this.left === 0) this.state = 'header';
      } else {
        const wanted = this.state === 'extended' ? padded(this.extendedSize) : BLOCK;
        const count = Math.min(wanted - this.heldLength, bytes.length - at);
        const whole = this.heldLength === 0 && count === wanted;
        if (!whole) this.held.set(bytes.subarray(at, at + count), this.heldLength);
        this.heldLength += count;
        if (this.heldLength === wanted) {
          this.heldLength = 0;
          const done = this.block(whole ? bytes : this.held, whole ? at : 0);
          if (!done.ok) return done;
        }
        at += count;
      }
    }
    return DONE;
  }

  finish(): Outcome<undefined, F> {
    return this.state === 'end' && this.zeroBlocks >= 2 && this.heldLength === 0 ? DONE : this.sink.broken('it ends in the middle');
  }

  private block(bytes: Uint8Array, at: number): Outcome<undefined, F> {
    if (this.state === 'extended') return this.extended(bytes.subarray(at, at + this.extendedSize));
    if (isZero(bytes, at)) {
      if (this.records !== undefined) return this.sink.broken('an extended tar header has no member');
      this.state = 'end';
      this.zeroBlocks++;
      return DONE;
    }
    if (this.state === 'end') return this.sink.broken('bytes follow its end');
    const header = decodeHeader(bytes, at);
    if (typeof header === 'string') return this.sink.broken(header);
    if (header.type !== 'extended') return this.member(header);
    if (this.records !== undefined || header.size === 0 || header.size > MAX_EXTENDED) return this.sink.broken('an extended tar header is out of place');
    this.extendedSize = header.size;
    this.state = 'extended';
    return DONE;
  }

  private extended(bytes: Uint8Array): Outcome<undefined, F> {
    const records = decodeRecords(bytes);
    if (typeof records === 'string') return this.sink.broken(records);
    for (const key of records.keys()) {
      if (key !== 'path' && key !== 'linkpath' && key !== 'size' && !IGNORED.has(key)) {
        return this.sink.broken(`an extended tar header has the key ${JSON.stringify(key.slice(0, 80))}`);
      }
    }
    this.records = records;
    this.state = 'header';
    return DONE;
  }

  private member(header: TarHeader): Outcome<undefined, F> {
    const { records } = this;
    this.records = undefined;
    const sizeText = records?.get('size');
    const size = sizeText === undefined ? header.size : /^[0-9]{1,15}$/.test(sizeText) ? Number(sizeText) : NaN;
    const type = header.type === 'folder' ? 'folder' : header.type === 'link' ? 'link' : 'file';
    const path = records?.get('path') ?? header.path;
    if (!Number.isSafeInteger(size)) return this.sink.broken(`the entry ${JSON.stringify(path)} has no valid size`);
    if (type !== 'file' && size !== 0) return this.sink.broken(`the ${type} ${JSON.stringify(path)} has a body`);
    const done = this.sink.member({
      path: type === 'folder' && path.endsWith('/') ? path.slice(0, -1) : path,
      type,
      size,
      target: records?.get('linkpath') ?? header.target,
    });
    if (!done.ok || type !== 'file') return done;
    if (size === 0) return this.sink.data(new Uint8Array(0), 'last');
    this.left = size;
    this.padding = padded(size) - size;
    this.state = 'body';
    return DONE;
  }

  private after(): void {
    this.left = this.padding;
    this.state = this.padding === 0 ? 'header' : 'padding';
  }
}

function isZero(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + BLOCK; i++) if (bytes[i] !== 0) return false;
  return true;
}
