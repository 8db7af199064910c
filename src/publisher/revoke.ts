import { type Catalog, type Failure, fail, ok, type Outcome, type Release, type Revocation } from '../model/index.ts';
import { type Change, changeCatalog, type Changed, findRelease, type ReleaseNamed } from './change-catalog.ts';
import type { PublisherPorts } from './ports.ts';
import { isSameContent, revocationOf, unsafe } from './revocations.ts';

export type RevokeOptions = ReleaseNamed & {
  /** what administrators read on every machine that had it */
  readonly reason: string;
  /** where machines that run it go; without one, the one that an earlier revocation of the release named */
  readonly safe?: number;
};
/** A revocation, and what follows from it. */
export type Revoked = Changed<{
  readonly release: Release;
  readonly reason: string;
  /** where machines that run it go */
  readonly safe: Release | null;
  /** what its channel offers in its place */
  readonly newest: Release | null;
  /** other releases that are the same package, and so revoked too */
  readonly also: readonly Release[];
  readonly warnings: readonly string[];
}>;

const MAX_REASON = 500;
/** Letters, marks, digits, punctuation, symbols, blanks, and the two joiners that some scripts are written with: nothing that steers a terminal. */
const REASON = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\u200c\u200d]+$/u;

/**
 * Withdraws a release for good, by its sequence and by the hash of its package: no machine takes it from anywhere any more, and those that
 * run it leave it at their next run. Given again it says the reason, or names the safe release, anew; the very same again changes nothing.
 */
export async function revoke(ports: PublisherPorts, options: RevokeOptions): Promise<Outcome<Revoked, Failure>> {
  const reason = options.reason.trim();
  if (reason === '') return fail('repo-option', { option: '--reason', problem: 'a reason is needed: it is what administrators read on every machine' });
  if (!REASON.test(reason) || reason.length > MAX_REASON) {
    return fail('repo-option', { option: '--reason', problem: `a reason is one line of at most ${MAX_REASON} printable characters` });
  }
  return changeCatalog(ports, options, (catalog, release) => withdraw(catalog, release, reason, options));
}

type Wanted = Omit<Revoked, 'change'>;

function withdraw(catalog: Catalog, release: Release, reason: string, options: RevokeOptions): Outcome<Change<Wanted>, Failure> {
  const { sequence } = release;
  const before = catalog.revoked.find((r) => r.sequence === sequence);
  const named = safeRelease(catalog, release, options.safe);
  if (!named.ok) return named;
  const safeSequence = options.safe ?? before?.safeSequence;
  const wanted: Revocation = { sequence, sha256: release.package.sha256, reason, ...(safeSequence === undefined ? {} : { safeSequence }) };
  const revoked = [wanted, ...catalog.revoked.filter((r) => r.sequence !== sequence)].toSorted((a, b) => b.sequence - a.sequence);
  const next: Catalog = { ...catalog, revoked };
  const isSame = before !== undefined && before.sha256 === wanted.sha256 && before.reason === reason && before.safeSequence === safeSequence;
  const same = catalog.releases.filter((r) => r !== release && isSameContent(r.package, release.package));
  const value: Wanted = {
    release,
    reason,
    safe: catalog.releases.find((r) => r.sequence === safeSequence) ?? null,
    newest: next.releases.find((r) => r.channel === release.channel && !r.paused && revocationOf(next, r) === undefined) ?? null,
    also: same.filter((r) => r.package.sha256 === release.package.sha256),
    warnings: warnings(next, wanted, release, same, options.dir),
  };
  return ok({ value, catalog: isSame ? null : next });
}

/** The release that `--safe` names, where it may be one. */
function safeRelease(catalog: Catalog, release: Release, safe: number | undefined): Outcome<undefined, Failure> {
  if (safe === undefined) return ok();
  const found = findRelease(catalog.component, catalog, safe);
  if (!found.ok) return found;
  const problem = unsafe(catalog, release, found.value);
  return problem === undefined ? ok() : fail('repo-option', { option: '--safe', problem });
}

/** What the publisher should do besides. `next` is the catalog as it will be. */
function warnings(next: Catalog, wanted: Revocation, release: Release, same: readonly Release[], dir: string): readonly string[] {
  const again = (sequence: number): string => `glued repo revoke ${dir} ${next.component} ${sequence} --reason TEXT`;
  const kept = next.releases.find((r) => r.sequence === wanted.safeSequence);
  const problem = kept === undefined ? undefined : unsafe(next, release, kept);
  const packedAnew = same.filter((r) => revocationOf(next, r) === undefined);
  const led = next.revoked.filter((r) => r.sequence !== release.sequence && r.safeSequence === release.sequence);
  return [
    ...(problem === undefined ? [] : [`The safe release is none any more (${problem}): name another with ${again(release.sequence)} --safe SEQ`]),
    ...packedAnew.map((r) => `Release ${r.sequence} has the same content in a package of its own, and stays: revoke it with ${again(r.sequence)}`),
    ...led.map((r) => `It was the safe release for machines that run release ${r.sequence}, revoked before: name another with ${again(r.sequence)} --safe SEQ`),
  ];
}
