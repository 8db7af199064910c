import { createHash } from 'node:crypto';
import { packageTar, tarSize } from '../formats/package.ts';
import { type ByteSource, compressZstd } from '../formats/zstd.ts';
import { type Failure, failure, ok, type Outcome, type Package } from '../model/index.ts';
import type { PublisherPorts } from './ports.ts';
import { fileBytes, type Source } from './source.ts';
import { digest, storePackage, sweepPackages } from './store-package.ts';

/**
 * Makes the package of a source under `packages/`, durable, named by its hash. The same source gives the same package, so one that is
 * there already is left alone.
 */
export async function pack(ports: PublisherPorts, dir: string, source: Source): Promise<Outcome<Package, Failure>> {
  const swept = sweepPackages(ports, dir);
  if (!swept.ok) return swept;
  const unpackedSize = tarSize(source.manifest);
  const broken = (detail: string): Failure => failure('repo-source', { path: source.path, problem: `zstd says: ${detail}` });
  const tar = openTar(ports, source);
  const hash = createHash('sha256');
  const hashed: ByteSource<Failure> = () => {
    const next = tar.next();
    if (next.ok && next.value !== undefined) hash.update(next.value);
    return next;
  };
  const made = await storePackage<Failure>(ports, dir, (save) => compressZstd(hashed, unpackedSize, save, broken));
  tar.close();
  return made.ok ? ok({ ...made.value, unpackedSize, unpackedSha256: digest(hash.digest('hex')), format: 'tar+zstd' }) : made;
}

/** The tar of a source, piece by piece. Its files must still be those that were looked at. `close` in any case. */
export function openTar(ports: PublisherPorts, source: Source): { readonly next: ByteSource<Failure>; readonly close: () => void } {
  const chunks = packageTar<Failure>(source.manifest, (entry) => fileBytes(ports, source, entry));
  return {
    next: () => {
      const chunk = chunks.next();
      return chunk.done === true ? ok(undefined) : chunk.value;
    },
    close: () => chunks.return(),
  };
}
