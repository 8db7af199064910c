import { createHash } from 'node:crypto';
import { decompressZstd } from '../formats/zstd.ts';
import { failed, ok, type Outcome, type Package, type Ports, type Sha256 } from '../model/index.ts';
import { layout } from './layout.ts';
import { readPieces } from './read-pieces.ts';

/** A package of this repository whose tar was hashed when it was published: what a delta may lead from. */
export type Hashed = Package & { readonly unpackedSha256: Sha256 };

/** A package's tar at the start of `buffer`, held to its size and hash; or what is wrong with the package. */
export async function unpackInto(ports: Pick<Ports, 'files'>, dir: string, base: Hashed, buffer: Uint8Array): Promise<Outcome<Uint8Array, string>> {
  const path = layout.package(dir, base.sha256);
  const opened = ports.files.open(path);
  if (!opened.ok) return failed(`${path}: ${opened.failure.kind === 'absent' ? 'it is missing' : opened.failure.detail}`);
  const hash = createHash('sha256');
  let at = 0;
  const done = await decompressZstd<string>(
    readPieces(opened.value),
    (bytes) => {
      if (at + bytes.length > base.unpackedSize) return failed(`it holds more than ${base.unpackedSize} bytes`);
      buffer.set(bytes, at);
      hash.update(bytes);
      at += bytes.length;
      return ok();
    },
    (detail) => `zstd says: ${detail}`,
  );
  opened.value.close();
  if (!done.ok) return failed(`${path}: ${done.failure}`);
  const isRight = at === base.unpackedSize && hash.digest('hex') === base.unpackedSha256;
  return isRight ? ok(buffer.subarray(0, at)) : failed(`${path}: it holds other bytes than were published`);
}
