/** Keeps the head and the tail of a stream that may be endless, in memory of at most twice `keepBytes`. */
export class KeptOutput {
  private readonly keepBytes: number;
  private readonly head: Uint8Array[] = [];
  private headLength = 0;
  private tail: Uint8Array = new Uint8Array(0);
  private left = 0;

  constructor(keepBytes: number) {
    this.keepBytes = keepBytes;
  }

  add(chunk: Uint8Array): void {
    const room = this.keepBytes - this.headLength;
    const first = chunk.subarray(0, room);
    if (first.length > 0) {
      this.head.push(first);
      this.headLength += first.length;
    }
    const rest = chunk.subarray(first.length);
    if (rest.length === 0) return;
    const joined = rest.length >= this.keepBytes ? rest : Buffer.concat([this.tail, rest]);
    const kept = joined.slice(Math.max(0, joined.length - this.keepBytes));
    this.left += this.tail.length + rest.length - kept.length;
    this.tail = kept;
  }

  /** Bad UTF-8 becomes U+FFFD; what was left out is said in its place. */
  text(): string {
    const gap = this.left === 0 ? [] : [Buffer.from(`\n[… ${this.left} bytes left out …]\n`)];
    return new TextDecoder().decode(Buffer.concat([...this.head, ...gap, this.tail]));
  }
}
