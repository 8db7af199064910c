import { canMakeDeltas, makeDelta } from '../formats/zstd-make.ts';
import { type Catalog, DELTA_MAX_BYTES, failed, type Failure, type MadeDelta, ok, type Outcome, type Package, type Release } from '../model/index.ts';
import { openTar } from './pack.ts';
import type { PublisherPorts } from './ports.ts';
import { revocationOf } from './revocations.ts';
import type { Source } from './source.ts';
import { storePackage } from './store-package.ts';
import { type Hashed, unpackInto } from './unpack.ts';

/** How many earlier releases of the channel a publish makes deltas from. */
export const DEFAULT_DELTAS = 5;
/** What a delta may be at most, of its package: it must save a fifth, for two ways of getting content are more that can go wrong. */
const MAX_SHARE = 0.8;

/** What came of making deltas, newest release first. `notes` are about all of them. */
export type Deltas = {
  readonly made: readonly MadeDelta[];
  readonly skipped: readonly { readonly fromSequence: number; readonly reason: string }[];
  readonly notes: readonly string[];
};

type Candidate = { readonly release: Release; readonly base: Hashed };
/** Why a release gives no delta; any other failure ends the publish. */
type Skip = { readonly skip: string };

const NO_DELTAS: Deltas = { made: [], skipped: [], notes: [] };
const NOT_HERE =
  "No deltas were made: this runtime's zstd ignores dictionaries (Deno does). The glued executable and Node make them; machines fetch the whole package.";

/** What the new release is: its channel, its package, and what that was made of. */
export type DeltaTarget = { readonly channel: string; readonly made: Package; readonly source: Source };

/**
 * Makes `zstd` deltas from the latest `count` releases of the channel, one after the other: memory is that of one (docs/repository.md). Paused and
 * revoked releases are passed over. A delta that cannot be had is no failure: machines fetch the package.
 */
export async function makeDeltas(ports: PublisherPorts, dir: string, catalog: Catalog, target: DeltaTarget, count: number): Promise<Outcome<Deltas, Failure>> {
  const { from, skipped } = chosen(catalog, target.channel, count);
  if (from.length === 0) return ok({ ...NO_DELTAS, skipped });
  if (!canMakeDeltas()) return ok({ ...NO_DELTAS, skipped, notes: [NOT_HERE] });
  const made: MadeDelta[] = [];
  const passed = [...skipped];
  const { candidates, without } = sorted(from, target.made);
  passed.push(...without);
  // one buffer for all old tars: the collector may not be quick enough to keep it at one
  const buffer = new Uint8Array(Math.max(0, ...candidates.map((c) => c.base.unpackedSize)));
  for (const candidate of candidates) {
    const one = await deltaFrom(ports, dir, candidate, target, buffer);
    if (one.ok) made.push(one.value);
    else if ('skip' in one.failure) passed.push({ fromSequence: candidate.release.sequence, reason: one.failure.skip });
    else return failed(one.failure);
  }
  return ok({ made, skipped: passed.toSorted((a, b) => b.fromSequence - a.fromSequence), notes: [] });
}

/** The latest releases of the channel that machines should still have; what lies between them and may not count. */
function chosen(catalog: Catalog, channel: string, count: number): { readonly from: readonly Release[]; readonly skipped: Deltas['skipped'] } {
  const from: Release[] = [];
  const skipped: { fromSequence: number; reason: string }[] = [];
  for (const release of catalog.releases) {
    if (from.length >= count) break;
    if (release.channel !== channel) continue;
    const why = revocationOf(catalog, release) !== undefined ? 'it is revoked' : release.paused ? 'it is paused' : undefined;
    if (why === undefined) from.push(release);
    else skipped.push({ fromSequence: release.sequence, reason: why });
  }
  return { from, skipped };
}

function sorted(from: readonly Release[], made: Package): { readonly candidates: readonly Candidate[]; readonly without: Deltas['skipped'] } {
  const candidates: Candidate[] = [];
  const without: { fromSequence: number; reason: string }[] = [];
  for (const release of from) {
    const { unpackedSha256, unpackedSize } = release.package;
    const bytes = unpackedSize + made.unpackedSize;
    if (unpackedSha256 === undefined) without.push({ fromSequence: release.sequence, reason: 'the catalog has no hash of its unpacked bytes: an older glued published it' });
    else if (bytes > DELTA_MAX_BYTES) without.push({ fromSequence: release.sequence, reason: `both unpacked are ${bytes} bytes; deltas are made up to ${DELTA_MAX_BYTES}` });
    else candidates.push({ release, base: { ...release.package, unpackedSha256 } });
  }
  return { candidates, without };
}

async function deltaFrom(ports: PublisherPorts, dir: string, { release, base }: Candidate, target: DeltaTarget, buffer: Uint8Array): Promise<Outcome<MadeDelta, Failure | Skip>> {
  const old = await unpackInto(ports, dir, base, buffer);
  if (!old.ok) return failed({ skip: `its package is not whole (${old.failure}); glued repo check says more` });
  const { size: full, unpackedSize: newBytes } = target.made;
  const limit = Math.floor(full * MAX_SHARE);
  const tar = openTar(ports, target.source);
  const broken = (detail: string): Failure | Skip => ({ skip: `zstd says: ${detail}` });
  let size = 0;
  const stored = await storePackage<Skip>(ports, dir, (save) =>
    makeDelta<Failure | Skip>(
      { old: old.value, source: tar.next, newBytes },
      (bytes) => {
        size += bytes.length;
        return size > limit ? failed({ skip: 'it would save less than 20 % of the package' }) : save(bytes);
      },
      broken,
    ),
  );
  tar.close();
  if (!stored.ok) return stored;
  return ok({ fromSequence: release.sequence, ...stored.value, algorithm: 'zstd', percent: Math.round((stored.value.size * 1000) / full) / 10 });
}
