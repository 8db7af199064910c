import { fitProblem } from '../formats/cdiff-fit.ts';
import { canonicalJson } from '../formats/canonical-json.ts';
import { membersSize, outcomeDigest } from '../formats/cvd-outcome.ts';
import { type Cdiff, MAX_CDIFF_BYTES, readCdiff } from '../formats/cdiff.ts';
import { cvdKind, verifyCvd } from '../formats/cvd.ts';
import { type Catalog, type DeltaOutcome, failed, type Failure, fail, type Manifest, ok, type Outcome, VENDOR_OUTCOME_MAX_BYTES } from '../model/index.ts';
import { packageManifest } from './package-manifest.ts';
import type { PublisherPorts } from './ports.ts';
import { fileBytes, type Source } from './source.ts';
import type { FittingDelta, VendorDelta } from './vendor-deltas.ts';

/** What a delta leads to, and the releases that it may lead from. */
export type VendorTarget = { readonly dir: string; readonly catalog: Catalog; readonly plugin: string; readonly source: Source };

/**
 * Refuses a cdiff that machines would only give up: one that ClamAV did not sign, that does not make a database of this release, or that leads
 * from a release with other files beside the database. The others come with what the catalog promises of their outcome. `plugin`: the component's; deltas
 * for another plug-in are not looked into, and promise nothing.
 */
export async function fitVendorDeltas(ports: PublisherPorts, deltas: readonly VendorDelta[], target: VendorTarget): Promise<Outcome<readonly FittingDelta[], Failure>> {
  const fitting: FittingDelta[] = [];
  for (const delta of deltas) {
    if (delta.algorithm !== 'cdiff' || delta.plugin !== target.plugin) {
      fitting.push(delta);
      continue;
    }
    const cdiff = await readAt(ports, delta.path);
    const outcome = cdiff.ok ? await outcomeOf(ports, cdiff.value, delta, target) : cdiff;
    if (!outcome.ok) return fail('repo-option', { option: '--vendor-delta', problem: `${delta.path} is of no use: ${outcome.failure}` });
    fitting.push({ ...delta, outcome: outcome.value });
  }
  return ok(fitting);
}

async function readAt({ files }: PublisherPorts, path: string): Promise<Outcome<Cdiff, string>> {
  const opened = files.openFollowing(path);
  if (!opened.ok) return failed(opened.failure.kind === 'absent' ? 'it is not there' : `it cannot be read (${opened.failure.detail})`);
  const seen = opened.value.stat();
  const size = seen.ok ? seen.value.size : 0;
  const bytes = new Uint8Array(Math.min(size, MAX_CDIFF_BYTES));
  const count = opened.value.read(bytes, 0);
  opened.value.close();
  if (!count.ok || count.value !== size) return failed(`it cannot be read whole, or is larger than ${MAX_CDIFF_BYTES} bytes`);
  return readCdiff(bytes);
}

/** The release must hold the database whose list of members the cdiff brings. */
async function outcomeOf(ports: PublisherPorts, cdiff: Cdiff, delta: VendorDelta, target: VendorTarget): Promise<Outcome<DeltaOutcome, string>> {
  const { source } = target;
  const lists = new Set(cdiff.steps.flatMap((step) => (step.kind === 'edit' && step.name.endsWith('.info') ? [step.name] : [])));
  let problem = `it changes ${[...lists].join(', ') || 'no list of members'}, and the release has no signed database with that list`;
  for (const entry of source.manifest.entries) {
    const kind = entry.type === 'file' ? cvdKind(entry.path) : undefined;
    if (entry.type !== 'file' || kind === undefined || kind === 'cud') continue;
    const database = await verifyCvd(() => pieces(ports, source, entry), kind, { maxUnpackedBytes: VENDOR_OUTCOME_MAX_BYTES });
    const info = database.ok ? database.value.members.find((m) => lists.has(m.name)) : undefined;
    if (!database.ok) problem = `${entry.path} is no good ClamAV database, ${database.failure}`;
    if (!database.ok || info?.bytes === undefined) continue;
    const { members } = database.value;
    const misfitting = fitProblem(cdiff, info.name, info.bytes);
    problem = misfitting ?? (await differenceBeside(ports, entry.path, delta, target)) ?? '';
    if (problem === '') return ok({ sha256: outcomeDigest({ path: entry.path, members }, source.manifest.entries), size: membersSize(members) });
  }
  return failed(problem);
}

/** What is not what it was in the release that a cdiff leads from: it changes its database alone. */
async function differenceBeside(ports: PublisherPorts, database: string, { fromSequence }: VendorDelta, { dir, catalog, source }: VendorTarget): Promise<string | undefined> {
  const from = catalog.releases.find((r) => r.sequence === fromSequence);
  const base = from === undefined ? failed(`there is no release ${fromSequence}`) : await packageManifest(ports, dir, from.package);
  if (!base.ok) return `it leads from release ${fromSequence}, whose package cannot be read: ${base.failure}`;
  const [before, now] = [beside(base.value, database), beside(source.manifest, database)];
  const other = [...new Set([...before.keys(), ...now.keys()])].find((path) => before.get(path) !== now.get(path));
  if (other === undefined) return undefined;
  const found = !before.has(other) ? `has no ${other}` : !now.has(other) ? `has ${other}, and this one does not` : `has another ${other}`;
  return `no cdiff changes anything beside the database, and release ${fromSequence}, which it leads from, ${found}`;
}

/** Every entry but a database, in whatever form, and its `.sign`. */
function beside(manifest: Manifest, database: string): ReadonlyMap<string, string> {
  const name = (path: string): string => path.replace(/\.(cvd|cld)(\.sign)?$/, '');
  return new Map(manifest.entries.filter((e) => name(e.path) !== name(database)).map((e) => [e.path, canonicalJson(e)]));
}

/** Copies: the reader's buffer is used again, and what unpacks them may hold the piece before. A file that changed is found when it is packed. */
function* pieces(ports: PublisherPorts, source: Source, entry: Parameters<typeof fileBytes>[2]): Generator<Uint8Array, void> {
  for (const piece of fileBytes(ports, source, entry)) {
    if (!piece.ok) return;
    yield piece.value.slice();
  }
}
