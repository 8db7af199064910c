import { type Catalog, type Failure, failure, type PausedHere, type Revocation, type RevokedHere } from '../model/index.ts';
import { isSameContent, revocationOf, unsafe } from './revocations.ts';

/** What a catalog says of revoked releases. */
export function revokedIn({ component, releases, revoked }: Catalog): readonly RevokedHere[] {
  return revoked.map(({ sequence, reason, safeSequence }) => ({
    id: component,
    sequence,
    version: releases.find((r) => r.sequence === sequence)?.version ?? null,
    reason,
    safeSequence: safeSequence ?? null,
  }));
}

/** The releases that are paused, and not revoked besides. */
export function pausedIn(catalog: Catalog): readonly PausedHere[] {
  const paused = catalog.releases.filter((r) => r.paused && revocationOf(catalog, r) === undefined);
  return paused.map(({ component, sequence, version }) => ({ id: component, sequence, version }));
}

/** Revocations that do less than they say. `file` is the catalog. Machines refuse nothing for these, so they are warnings. */
export function doubtfulRevocations(file: string, catalog: Catalog): readonly Failure[] {
  return catalog.revoked.flatMap((one) => {
    const found = doubt(catalog, one);
    if (found === undefined) return [];
    const { sequence } = one;
    return [failure('check-revocation', { file, id: catalog.component, sequence, ...found })];
  });
}

function doubt(catalog: Catalog, { sequence, sha256, safeSequence }: Revocation): { readonly problem: string; readonly remedy: string } | undefined {
  const again = `Revoke it again: glued repo revoke DIR ${catalog.component} ${sequence} --reason TEXT`;
  const release = catalog.releases.find((r) => r.sequence === sequence);
  if (release === undefined) return { problem: 'the catalog lists no such release', remedy: 'See that its number is right' };
  if (sha256 === undefined) return { problem: 'it names no package, so that its bytes under another number are taken', remedy: again };
  if (sha256 !== release.package.sha256) return { problem: `it names the package ${sha256}, and the release is ${release.package.sha256}`, remedy: again };
  const copy = catalog.releases.find((r) => isSameContent(r.package, release.package) && revocationOf(catalog, r) === undefined);
  if (copy !== undefined) {
    return { problem: `release ${copy.sequence} has the same content in another package, and is not revoked`, remedy: `Revoke that one too: glued repo revoke DIR ${catalog.component} ${copy.sequence} --reason TEXT` };
  }
  if (safeSequence === undefined) return undefined;
  const safe = catalog.releases.find((r) => r.sequence === safeSequence);
  const problem = safe === undefined ? `there is no release ${safeSequence}` : unsafe(catalog, release, safe);
  return problem === undefined ? undefined : { problem: `its safe release is none: ${problem}`, remedy: `Name another: glued repo revoke DIR ${catalog.component} ${sequence} --reason TEXT --safe SEQ` };
}
