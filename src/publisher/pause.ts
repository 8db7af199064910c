import { type Catalog, type Failure, fail, ok, type Outcome, type Release } from '../model/index.ts';
import { changeCatalog, type Changed, type ReleaseNamed } from './change-catalog.ts';
import type { PublisherPorts } from './ports.ts';
import { revocationOf } from './revocations.ts';

export type PauseOptions = ReleaseNamed & { readonly to: 'paused' | 'resumed' };
export type Paused = Changed<{
  readonly release: Release;
  /** the newest that its channel offers besides */
  readonly instead: Release | null;
  readonly warnings: readonly string[];
}>;

/** Stops a release for the machines that do not have it yet, or lets it go on. What has it keeps it. The same again changes nothing. */
export async function pause(ports: PublisherPorts, options: PauseOptions): Promise<Outcome<Paused, Failure>> {
  return changeCatalog(ports, options, (catalog, release) => {
    const { sequence } = release;
    const revoked = revocationOf(catalog, release);
    if (revoked !== undefined) return fail('repo-pause-revoked', { id: catalog.component, sequence, reason: revoked.reason });
    const paused = options.to === 'paused';
    const changed: Release = { ...release, paused };
    const releases = catalog.releases.map((r) => (r === release ? changed : r));
    const instead = releases.find((r) => r.channel === release.channel && r !== changed && !r.paused && revocationOf(catalog, r) === undefined);
    const value = { release: changed, instead: instead ?? null, warnings: paused ? leads(catalog, sequence, options.dir) : [] };
    return ok({ value, catalog: release.paused === paused ? null : { ...catalog, releases } });
  });
}

/** A pause does not stop machines that come from a revoked release to their safe one. */
function leads({ revoked, component }: Catalog, sequence: number, dir: string): readonly string[] {
  return revoked
    .filter((r) => r.safeSequence === sequence)
    .map((r) => `It is the safe release for machines that run release ${r.sequence}, revoked: they go to it all the same. Name another with glued repo revoke ${dir} ${component} ${r.sequence} --reason TEXT --safe SEQ`);
}
