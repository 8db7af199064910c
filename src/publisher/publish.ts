import { type Catalog, type Delta, type Failure, fail, type MadeDelta, ok, type Outcome, type Package, type Release } from '../model/index.ts';
import { keysFolder } from './key-folders.ts';
import { catalogBytes } from '../formats/catalog.ts';
import { commit } from './commit.ts';
import { findComponent } from './component-catalog.ts';
import { endingSoon } from './expiry.ts';
import { fitVendorDeltas } from './fit-vendor.ts';
import { DEFAULT_DELTAS, type Deltas, makeDeltas } from './deltas.ts';
import { catalogTarget } from './layout.ts';
import { alone } from './lock.ts';
import { pack } from './pack.ts';
import type { PublisherPorts } from './ports.ts';
import { release, releaseText, type ReleaseOptions } from './release-options.ts';
import { isWithin, readSettings } from './settings.ts';
import { readLive } from './repository.ts';
import { meetable } from './requirements.ts';
import { revokedContent } from './revocations.ts';
import { readSource, type Source } from './source.ts';
import { writeCatalog } from './store-catalog.ts';
import { type FittingDelta, storeVendorDeltas, type VendorDelta, vendorDeltas } from './vendor-deltas.ts';

export type PublishOptions = ReleaseOptions & {
  readonly dir: string;
  readonly id: string;
  readonly path: string;
  readonly keys?: string;
  /** from how many earlier releases deltas are made; 0 is none */
  readonly deltas?: number;
  /** `FROMSEQ:FILE`, the file as an absolute path */
  readonly vendorDeltas?: readonly string[];
};
export type Published = { readonly id: string; readonly release: Release; readonly deltas: Deltas; readonly warnings: readonly string[] };

/** More deltas than this are more catalog than they save. */
const MAX_DELTAS = 100;

/**
 * Publishes a file or a folder as a new release: package, deltas, catalog, the component's role, snapshot, timestamp last. Needs the component's key and
 * the online ones. Whoever reads meanwhile has the state before or the state after.
 */
export async function publish(ports: PublisherPorts, options: PublishOptions): Promise<Outcome<Published, Failure>> {
  const { dir, path, sequence: asked } = options;
  if (asked !== undefined && (!Number.isSafeInteger(asked) || asked < 1)) {
    return fail('repo-option', { option: '--sequence', problem: `${asked} is no whole number above 0` });
  }
  const count = options.deltas ?? DEFAULT_DELTAS;
  if (!Number.isSafeInteger(count) || count < 0 || count > MAX_DELTAS) {
    return fail('repo-option', { option: '--deltas', problem: `${count} is no whole number from 0 to ${MAX_DELTAS}` });
  }
  const settings = readSettings(ports, dir);
  if (!settings.ok) return settings;
  return alone(ports, dir, async () => {
    const read = readLive(ports, dir);
    if (!read.ok) return read;
    const found = findComponent(ports, read.value, options.id);
    if (!found.ok) return found;
    const { id, catalog } = found.value;
    const now = ports.clock.now();
    const text = releaseText(id, options, now);
    if (!text.ok) return text;
    const meets = meetable(ports, read.value, text.value.requires);
    if (!meets.ok) return meets;
    const keys = keysFolder(ports, dir, options.keys ?? read.value.settings.keys);
    if (!keys.ok) return keys;
    const last = catalog.releases[0]?.sequence ?? 0;
    const sequence = asked ?? last + 1;
    if (sequence <= last) return fail('repo-sequence', { sequence, id, last, next: last + 1 });
    const vendors = vendorDeltas(options.vendorDeltas ?? [], catalog, sequence);
    if (!vendors.ok) return vendors;
    const source = isWithin(ports, dir, path) ? fail('repo-source', { path, problem: `the repository ${dir} is in it` }) : readSource(ports, path);
    if (!source.ok) return source;
    const plugin = read.value.settings.components.get(id)?.plugin ?? '';
    const fitting = await fitVendorDeltas(ports, vendors.value, { dir, catalog, plugin, source: source.value });
    if (!fitting.ok) return fitting;
    const made = await pack(ports, dir, source.value);
    if (!made.ok) return made;
    const withdrawn = revokedContent(catalog, made.value);
    if (withdrawn !== undefined) return fail('repo-content-revoked', { path, id, sequence: withdrawn.sequence, reason: withdrawn.reason });
    const same = unchanged(catalog, text.value.channel, made.value);
    if (same !== undefined) return fail('repo-unchanged', { path, id, sequence: same.sequence, version: same.version, channel: same.channel });
    const wanted = { count, vendors: fitting.value, channel: text.value.channel, source: source.value };
    const deltas = await allDeltas(ports, dir, catalog, made.value, wanted);
    if (!deltas.ok) return deltas;
    const newest = { ...release(text.value, sequence, made.value), deltas: deltas.value.made.map(listed) };
    const target = writeCatalog(ports, dir, id, catalogBytes({ ...catalog, releases: [newest, ...catalog.releases] }));
    if (!target.ok) return target;
    const roles = new Map([[id, new Map([[catalogTarget(id), target.value]])]]);
    const done = commit(ports, read.value, { roles }, { keys: [keys.value], now });
    return done.ok ? ok({ id, release: newest, deltas: deltas.value, warnings: [...endingSoon(read.value, now), ...uselessVendors(vendors.value, plugin)] }) : done;
  });
}

type WantedDeltas = { readonly count: number; readonly vendors: readonly FittingDelta[]; readonly channel: string; readonly source: Source };

/** The vendor's own deltas, then ours. All are stored before the catalog that names them. */
async function allDeltas(ports: PublisherPorts, dir: string, catalog: Catalog, made: Package, wanted: WantedDeltas): Promise<Outcome<Deltas, Failure>> {
  const { count, vendors, channel, source } = wanted;
  const theirs = await storeVendorDeltas(ports, dir, vendors, made.size);
  if (!theirs.ok) return theirs;
  const ours = await makeDeltas(ports, dir, catalog, { channel, made, source }, count);
  return ours.ok ? ok({ ...ours.value, made: [...theirs.value, ...ours.value.made] }) : ours;
}

/** A delta as the catalog lists it. */
function listed({ fromSequence, sha256, size, algorithm, outcome }: MadeDelta): Delta {
  return { fromSequence, sha256, size, algorithm, ...(outcome === undefined ? {} : { outcome }) };
}

function uselessVendors(vendors: readonly VendorDelta[], plugin: string): readonly string[] {
  const foreign = vendors.find((v) => v.plugin !== plugin);
  return foreign === undefined ? [] : [`Deltas of the algorithm ${foreign.algorithm} are for the plug-in ${foreign.plugin}; machines with ${plugin} leave them alone.`];
}

/** The channel's newest release, where it is this very package. */
function unchanged(catalog: Catalog, channel: string, made: Package): Release | undefined {
  const newest = catalog.releases.find((r) => r.channel === channel);
  return newest?.package.sha256 === made.sha256 ? newest : undefined;
}
