/** zstd frames, streamed both ways through node:zlib: flat memory, whatever the size. */
import { constants, createZstdCompress, createZstdDecompress, type ZstdCompress, type ZstdDecompress } from 'node:zlib';
import { failed, ok, type Outcome } from '../model/index.ts';

/**
 * Measured on 10 MB of rules and 16 MB of hash signatures: 9 packs 28 to 60 MB a second of CPU; 12 saves 2 % more in twice the time,
 * 19 saves 11 to 14 % more in forty times.
 */
const LEVEL = 9;
/** 16 MiB: what reading a frame may cost in memory, and enough for level 19 (8 MiB). */
const MAX_WINDOW_LOG = 24;
/** 64 KiB take a twentieth more time for a tree of 20 000 files, 1 MiB hardly less; platform collects them as they are written. */
const OUTPUT_CHUNK = 256 * 1024;

/** Gives the next bytes, or undefined at the end. What it gave may be used again by it at the next call. */
export type ByteSource<F> = () => Outcome<Uint8Array | undefined, F>;
/** Takes bytes, a view that is only good during the call. */
export type ByteSink<F> = (bytes: Uint8Array) => Outcome<undefined, F>;

/** One frame with a checksum and its content size; the same bytes in chunks of the same size give the same frame. */
export function compressZstd<F>(source: ByteSource<F>, contentBytes: number, sink: ByteSink<F>, broken: (detail: string) => F): Promise<Outcome<undefined, F>> {
  const params = { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_contentSizeFlag]: 1 };
  return pump(createZstdCompress({ params, pledgedSrcSize: contentBytes, chunkSize: OUTPUT_CHUNK }), source, sink, broken);
}

/** What a frame holds. A frame that is damaged, or needs a window above 16 MiB, is `broken`; whether it was whole is the sink's to say. */
export function decompressZstd<F>(source: ByteSource<F>, sink: ByteSink<F>, broken: (detail: string) => F): Promise<Outcome<undefined, F>> {
  const params = { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG };
  return pump(createZstdDecompress({ params, chunkSize: OUTPUT_CHUNK }), source, sink, broken);
}

/**
 * Drives one of node:zlib's streams; for zstd's adapters alone. Each write waits for the one before, so that the source may use its buffer
 * again and nothing queues up. What a source or a sink throws is a bug: it rejects, as a throw in a stream's event would end the process
 * past every catch.
 */
export function pump<F>(
  stream: ZstdCompress | ZstdDecompress,
  source: ByteSource<F>,
  sink: ByteSink<F>,
  broken: (detail: string) => F,
): Promise<Outcome<undefined, F>> {
  return new Promise((resolve, reject) => {
    let over = false;
    const end = (outcome: Outcome<undefined, F>): void => {
      if (over) return;
      over = true;
      resolve(outcome);
      stream.destroy();
    };
    const guarded = (work: () => void): void => {
      if (over) return;
      try {
        work();
      } catch (bug) {
        over = true;
        reject(bug);
        stream.destroy();
      }
    };
    const next = (): void =>
      guarded(() => {
        const bytes = source();
        if (!bytes.ok) end(bytes);
        else if (bytes.value === undefined) stream.end();
        else stream.write(bytes.value, next);
      });
    // read() has the pool's thread at work on the next chunk before it gives this one; 'data' would leave it idle meanwhile
    stream.on('readable', () =>
      guarded(() => {
        for (;;) {
          const bytes = chunkOf(stream);
          if (bytes === null || over) return;
          const taken = sink(bytes);
          if (!taken.ok) end(taken);
        }
      }),
    );
    stream.on('error', (error: Error) => end(failed(broken(error.message))));
    stream.on('end', () => end(ok()));
    next();
  });
}

function chunkOf(stream: ZstdCompress | ZstdDecompress): Uint8Array | null {
  return stream.read();
}
