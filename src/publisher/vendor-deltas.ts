import { basename } from 'node:path';
import { type Catalog, type DeltaOutcome, fail, failed, type Failure, type FileHandle, type MadeDelta, ok, type Outcome } from '../model/index.ts';
import type { PublisherPorts } from './ports.ts';
import { readPieces } from './read-pieces.ts';
import { storePackage } from './store-package.ts';

/** A vendor's own deltas: what their files are called, the name in the catalog, and the one plug-in that applies them. */
const VENDOR_ALGORITHMS = [{ ending: '.cdiff', algorithm: 'cdiff', plugin: 'clamav' }] as const;

/** `--vendor-delta FROMSEQ:FILE`, understood: an absolute path, and the algorithm that its name says. */
export type VendorDelta = { readonly fromSequence: number; readonly path: string; readonly algorithm: string; readonly plugin: string };

/** With what the catalog will promise of its outcome. */
export type FittingDelta = VendorDelta & { readonly outcome?: DeltaOutcome };

const refuse = (problem: string): Outcome<never, Failure> => fail('repo-option', { option: '--vendor-delta', problem });

/** Understands every `FROMSEQ:FILE`, and holds it to the releases that there are before `sequence`. */
export function vendorDeltas(texts: readonly string[], catalog: Catalog, sequence: number): Outcome<readonly VendorDelta[], Failure> {
  const out: VendorDelta[] = [];
  for (const text of texts) {
    const [, digits = '', path = ''] = /^([1-9][0-9]{0,14}):(.+)$/s.exec(text) ?? [];
    if (path === '') return refuse(`${JSON.stringify(text)} is not of the form FROMSEQ:FILE`);
    const known = VENDOR_ALGORITHMS.find((a) => path.endsWith(a.ending) && basename(path) !== a.ending);
    const allowed = VENDOR_ALGORITHMS.map((a) => `*${a.ending} (${a.algorithm}, for the plug-in ${a.plugin})`).join(', ');
    if (known === undefined) return refuse(`${JSON.stringify(basename(path))} is no delta of a vendor that we know; allowed: ${allowed}`);
    const fromSequence = Number(digits);
    if (fromSequence >= sequence) return refuse(`release ${fromSequence} is not older than this one, ${sequence}`);
    if (!catalog.releases.some((r) => r.sequence === fromSequence)) return refuse(`there is no release ${fromSequence} of ${catalog.component}`);
    if (out.some((d) => d.fromSequence === fromSequence && d.algorithm === known.algorithm)) return refuse(`release ${fromSequence} is named twice for ${known.algorithm}`);
    out.push({ fromSequence, path, algorithm: known.algorithm, plugin: known.plugin });
  }
  return ok(out);
}

/** Stores the vendor's files beside the packages. `full` is the package's size. */
export async function storeVendorDeltas(ports: PublisherPorts, dir: string, deltas: readonly FittingDelta[], full: number): Promise<Outcome<readonly MadeDelta[], Failure>> {
  const out: MadeDelta[] = [];
  for (const { fromSequence, path, algorithm, outcome } of deltas) {
    const opened = ports.files.openFollowing(path);
    if (!opened.ok) return fail('repo-source', { path, problem: opened.failure.kind === 'absent' ? 'it is not there' : `it cannot be read (${opened.failure.detail})` });
    const stored = await storeFile(ports, dir, path, opened.value);
    opened.value.close();
    if (!stored.ok) return stored;
    const { sha256, size } = stored.value;
    out.push({ fromSequence, sha256, size, algorithm, ...(outcome === undefined ? {} : { outcome }), percent: Math.round((size * 1000) / full) / 10 });
  }
  return ok(out);
}

async function storeFile(ports: PublisherPorts, dir: string, path: string, handle: FileHandle): ReturnType<typeof storePackage<never>> {
  const broken = (problem: string): Outcome<never, Failure> => fail('repo-source', { path, problem });
  const seen = handle.stat();
  if (!seen.ok) return broken(`it cannot be read (${seen.failure.detail})`);
  if (seen.value.type !== 'file' || seen.value.size === 0) return broken(seen.value.type === 'file' ? 'it is empty' : 'it is no file');
  const next = readPieces(handle);
  return storePackage<never>(ports, dir, async (save) => {
    for (;;) {
      const piece = next();
      if (!piece.ok) return broken(piece.failure);
      if (piece.value === undefined) return ok();
      const saved = save(piece.value);
      if (!saved.ok) return failed(saved.failure);
    }
  });
}
