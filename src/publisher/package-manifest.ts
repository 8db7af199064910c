import { PackageReader } from '../formats/package.ts';
import { decompressZstd } from '../formats/zstd.ts';
import { fail, failed, failure, type Failure, failureText, type Manifest, ok, type Outcome, type Package, type Ports } from '../model/index.ts';
import { NOWHERE } from './check-package.ts';
import { layout } from './layout.ts';
import { readPieces } from './read-pieces.ts';

/** The list of files of a package of this repository, which comes first in it: no more than that is read. A failure is a phrase. */
export async function packageManifest({ files }: Pick<Ports, 'files'>, dir: string, { sha256, unpackedSize }: Package): Promise<Outcome<Manifest, string>> {
  const path = layout.package(dir, sha256);
  const opened = files.open(path);
  if (!opened.ok) return failed(`${path}: ${opened.failure.kind === 'absent' ? 'it is missing' : opened.failure.detail}`);
  let found: Manifest | undefined;
  const broken = (problem: string): Failure => failure('package-damaged', { package: sha256, problem });
  const reader = new PackageReader({ name: sha256, unpackedSize }, {
    ...NOWHERE,
    manifest: (manifest) => {
      found = manifest;
      return fail('package-damaged', { package: sha256, problem: 'no more than its list was wanted' });
    },
  });
  const next = readPieces(opened.value);
  const read = await decompressZstd<Failure>(
    () => {
      const piece = next();
      return piece.ok ? piece : failed(broken(piece.failure));
    },
    (bytes) => reader.push(bytes),
    (detail) => broken(`zstd says: ${detail}`),
  );
  opened.value.close();
  if (found !== undefined) return ok(found);
  return failed(read.ok ? `${path}: it has no list of files` : failureText(read.failure));
}
