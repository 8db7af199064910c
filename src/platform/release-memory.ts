type Collect = (options?: { readonly type: 'minor' }) => void;

let collector: Collect | undefined | 'none';

/** The runtime's collector, which is asked for by a flag; undefined where there is none to call (Deno). */
function collectorOf(): Collect | undefined {
  if (collector === undefined) {
    try {
      process.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
      const collect: unknown = process.getBuiltinModule('node:vm').runInNewContext('gc');
      collector = typeof collect === 'function' ? (collect as Collect) : 'none';
    } catch {
      // it is a favour, and no runtime owes it
      collector = 'none';
    }
  }
  return collector === 'none' ? undefined : collector;
}

/** Gives back to the system what the collector would keep for the next work: for a process that is about to wait for hours. Takes some milliseconds. */
export function releaseMemory(): void {
  collectorOf()?.();
}

/** Bytes of content that may lie about in dead buffers. V8 counts a buffer of 64 KiB as the 100 bytes that it holds itself, and waits for megabytes of these. */
const STREAMED_MAX = 4 << 20;
let streamed = 0;

/** Notes content that was read or written, and lets what every STREAMED_MAX bytes left behind be collected: buffers, and texts made of them. Takes a fraction of a millisecond. */
export function noteStreamed(bytes: number): void {
  streamed += bytes;
  if (streamed < STREAMED_MAX) return;
  streamed = 0;
  collectorOf()?.({ type: 'minor' });
}
