import { fitProblem } from '../formats/cdiff-fit.ts';
import { membersSize, outcomeDigest } from '../formats/cvd-outcome.ts';
import { type Cdiff, MAX_CDIFF_BYTES, readCdiff } from '../formats/cdiff.ts';
import { cvdKind, verifyCvd } from '../formats/cvd.ts';
import { type DeltaOutcome, failed, type Failure, fail, ok, type Outcome, VENDOR_OUTCOME_MAX_BYTES } from '../model/index.ts';
import type { PublisherPorts } from './ports.ts';
import { fileBytes, type Source } from './source.ts';
import type { VendorDelta } from './vendor-deltas.ts';

/**
 * Refuses a cdiff that machines would only give up: one that ClamAV did not sign, or that does not make a database of this release. What
 * it is made from is each machine's to see. The others come with what the catalog promises of their outcome. `plugin`: the component's; deltas
 * for another plug-in are not looked into, and promise nothing.
 */
export async function fitVendorDeltas(ports: PublisherPorts, deltas: readonly VendorDelta[], plugin: string, source: Source): Promise<Outcome<readonly FittingDelta[], Failure>> {
  const fitting: FittingDelta[] = [];
  for (const delta of deltas) {
    if (delta.algorithm !== 'cdiff' || delta.plugin !== plugin) {
      fitting.push(delta);
      continue;
    }
    const cdiff = await readAt(ports, delta.path);
    const outcome = cdiff.ok ? await outcomeOf(ports, cdiff.value, source) : cdiff;
    if (!outcome.ok) return fail('repo-option', { option: '--vendor-delta', problem: `${delta.path} is of no use: ${outcome.failure}` });
    fitting.push({ ...delta, outcome: outcome.value });
  }
  return ok(fitting);
}

/** A vendor's delta with what the catalog will promise of its outcome. */
export type FittingDelta = VendorDelta & { readonly outcome?: DeltaOutcome };

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
async function outcomeOf(ports: PublisherPorts, cdiff: Cdiff, source: Source): Promise<Outcome<DeltaOutcome, string>> {
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
    if (misfitting === undefined) return ok({ sha256: outcomeDigest({ path: entry.path, members }, source.manifest.entries), size: membersSize(members) });
    problem = misfitting;
  }
  return failed(problem);
}

/** Copies: the reader's buffer is used again, and what unpacks them may hold the piece before. A file that changed is found when it is packed. */
function* pieces(ports: PublisherPorts, source: Source, entry: Parameters<typeof fileBytes>[2]): Generator<Uint8Array, void> {
  for (const piece of fileBytes(ports, source, entry)) {
    if (!piece.ok) return;
    yield piece.value.slice();
  }
}
