import type { ByteSource } from '../formats/zstd.ts';
import { failed, type FileHandle, ok } from '../model/index.ts';

const READ_BYTES = 256 * 1024;

/** The bytes of an open file from its start, piece by piece; a failure is the system's own words. */
export function readPieces(handle: FileHandle): ByteSource<string> {
  const buffer = new Uint8Array(READ_BYTES);
  let at = 0;
  return () => {
    const count = handle.read(buffer, at);
    if (!count.ok) return failed(`it cannot be read (${count.failure.detail})`);
    at += count.value;
    return ok(count.value === 0 ? undefined : buffer.subarray(0, count.value));
  };
}
