import { type Catalog, type Package, type Release, type Revocation, revocationsOf } from '../model/index.ts';

/** What a revocation speaks of: a number, and bytes. */
type Named = Pick<Release, 'sequence'> & { readonly package: Pick<Package, 'sha256'> };

/** The revocation that speaks of a release, as machines understand it. */
export function revocationOf(catalog: Pick<Catalog, 'revoked'>, { sequence, package: { sha256 } }: Named): Revocation | undefined {
  return revocationsOf(catalog.revoked, { sequence, sha256 })[0];
}

/** Is it the same content? Another zstd packs the same tar into other bytes. */
export function isSameContent(one: Package, other: Package): boolean {
  return one.sha256 === other.sha256 || (one.unpackedSha256 !== undefined && one.unpackedSha256 === other.unpackedSha256);
}

/** The revocation of this content, under whatever number it was published; undefined where it may be. */
export function revokedContent({ releases, revoked }: Catalog, made: Package): Revocation | undefined {
  return revoked.find(({ sequence, sha256 }) => {
    const release = releases.find((r) => r.sequence === sequence);
    return sha256 === made.sha256 || (release !== undefined && isSameContent(release.package, made));
  });
}

/** Why a release is no safe one to send machines to from `from`; undefined where it is. */
export function unsafe(catalog: Catalog, from: Release, safe: Release): string | undefined {
  const { sequence } = safe;
  if (sequence === from.sequence) return `release ${sequence} is the one that is revoked`;
  if (isSameContent(from.package, safe.package)) return `release ${sequence} has the same content as release ${from.sequence}`;
  const revoked = revocationOf(catalog, safe);
  if (revoked !== undefined) return `release ${sequence} was revoked itself: ${revoked.reason}`;
  return safe.paused ? `release ${sequence} is paused` : undefined;
}
