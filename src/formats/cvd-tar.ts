import { createHash, type Hash } from 'node:crypto';

/** A regular file inside a container. `bytes` is kept for the `.info` member only. */
export type CvdMember = { readonly name: string; readonly size: number; readonly sha256: string; readonly bytes?: Uint8Array };

/** Takes a container's members as they stream by; each call returns its problem. Nothing is proven until the whole container is. */
export interface MemberSink {
  open(name: string): string | undefined;
  /** a view that is only good during the call */
  write(bytes: Uint8Array): string | undefined;
  close(): string | undefined;
}

const BLOCK = 512;
/** flat names as ClamAV's builder makes them; anything with a folder in it is refused */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const INFO_MAX_BYTES = 1024 * 1024;

type Open = { readonly name: string; readonly size: number; left: number; readonly hash: Hash; readonly kept: Uint8Array[] | undefined };

/**
 * Reads the tar inside a container as it streams by: old-style headers, often without magic or checksum, so names and sizes are all
 * there is; the hashes in `.info` are what protects the members. `push` and `end` return the first problem, and nothing after it counts.
 */
export class CvdTar {
  readonly members = new Map<string, CvdMember>();
  #header = new Uint8Array(BLOCK);
  #filled = 0;
  #open: Open | undefined;
  /** bytes to skip until the next header */
  #padding = 0;
  #ended = false;
  readonly #sink: MemberSink | undefined;

  constructor(sink?: MemberSink) {
    this.#sink = sink;
  }

  push(chunk: Uint8Array): string | undefined {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#open !== undefined) {
        const part = rest.subarray(0, Math.min(this.#open.left, rest.length));
        const problem = this.#body(this.#open, part);
        if (problem !== undefined) return problem;
        rest = rest.subarray(part.length);
        continue;
      }
      if (this.#padding > 0) {
        const skip = Math.min(this.#padding, rest.length);
        this.#padding -= skip;
        rest = rest.subarray(skip);
        continue;
      }
      const take = Math.min(BLOCK - this.#filled, rest.length);
      this.#header.set(rest.subarray(0, take), this.#filled);
      this.#filled += take;
      rest = rest.subarray(take);
      if (this.#filled < BLOCK) break;
      this.#filled = 0;
      const problem = this.#start();
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  end(): string | undefined {
    if (this.#open !== undefined) return `its member ${this.#open.name} is cut short`;
    if (this.#filled > 0 || this.#padding > 0) return 'its archive ends in the middle of a block';
    return undefined;
  }

  #start(): string | undefined {
    const header = this.#header;
    if (header.every((byte) => byte === 0)) {
      this.#ended = true;
      return undefined;
    }
    if (this.#ended) return 'bytes follow the end of its archive';
    const name = field(header, 0, 100);
    if (!NAME.test(name)) return `it holds a member with a name that is not allowed: ${JSON.stringify(name)}`;
    if (this.members.has(name)) return `it holds the member ${name} twice`;
    const type = header[156];
    if (type !== 0 && type !== 0x30) return `its member ${name} is not a regular file`;
    const digits = field(header, 124, 12).trim();
    if (!/^[0-7]{1,11}$/.test(digits)) return `the size of its member ${name} is no number`;
    const size = Number.parseInt(digits, 8);
    const isInfo = name.endsWith('.info');
    if (isInfo && size > INFO_MAX_BYTES) return `its member ${name} is larger than ${INFO_MAX_BYTES} bytes`;
    this.#open = { name, size, left: size, hash: createHash('sha256'), kept: isInfo ? [] : undefined };
    return this.#sink?.open(name) ?? (size === 0 ? this.#close(this.#open) : undefined);
  }

  #body(open: Open, part: Uint8Array): string | undefined {
    open.hash.update(part);
    open.kept?.push(part.slice());
    open.left -= part.length;
    return this.#sink?.write(part) ?? (open.left === 0 ? this.#close(open) : undefined);
  }

  #close(open: Open): string | undefined {
    const member = { name: open.name, size: open.size, sha256: open.hash.digest('hex') };
    this.members.set(open.name, open.kept === undefined ? member : { ...member, bytes: Buffer.concat(open.kept) });
    this.#padding = (BLOCK - (open.size % BLOCK)) % BLOCK;
    this.#open = undefined;
    return this.#sink?.close();
  }
}

function field(header: Uint8Array, at: number, length: number): string {
  const text = Buffer.from(header.subarray(at, at + length)).toString('latin1');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
