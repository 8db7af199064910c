import { dirname, join } from 'node:path';
import { applyCdiff } from '../../../formats/cdiff-apply.ts';
import { type Cdiff, MAX_CDIFF_BYTES, readCdiff } from '../../../formats/cdiff.ts';
import { outcomeDigest } from '../../../formats/cvd-outcome.ts';
import type { CvdMember } from '../../../formats/cvd-tar.ts';
import { cldOrder, cldPieces } from '../../../formats/cvd-write.ts';
import { type CvdKind, cvdKind, verifyCvd } from '../../../formats/cvd.ts';
import { comparePaths, manifestBytes } from '../../../formats/manifest.ts';
import { asSha256, type Content, type DeltaOutcome, failed, type Failure, failure, type IoFailure, type Manifest, type ManifestEntry, ok, type Outcome, type Ports, VENDOR_OUTCOME_MAX_BYTES } from '../../../model/index.ts';
import { fileEntries, type FileEntry, fileProblem, filesOf, hashFile, manifestOf } from '../../content.ts';
import { ioProblem } from '../../io-failures.ts';
import { linkOrCopy } from '../../place.ts';
import { markVendorMade } from '../../vendor-made.ts';
import { readable } from './databases.ts';
import { databaseBase, SIGN } from './layout.ts';
import { MemberFolder, writePieces } from './members.ts';

type Files = Ports['files'];

/**
 * `base`: content that is whole. `deltas`: paths, in order, each with the hash that the catalog signed. `folder`: where the outcome is
 * placed, as unpacking a package would. `version`: the release that comes of it, for messages. `outcome`: what the catalog promises of it.
 */
export type VendorDelta = {
  readonly algorithm: string;
  readonly component: string;
  readonly version: string;
  readonly base: Pick<Content, 'folder'>;
  readonly deltas: readonly string[];
  readonly outcome: DeltaOutcome;
  readonly folder: string;
  readonly signal: AbortSignal;
};

/**
 * Whose fault it is: the delta's (`at`: which of them, the first is 0), the base's, or the machine's (a full disk, a run that was
 * stopped), with which nothing else would end better.
 */
export type VendorDeltaFailed = { readonly fault: 'delta' | 'base' | 'machine'; readonly failure: Failure; readonly at: number };

type Fault = VendorDeltaFailed['fault'];
type Step<T> = Outcome<T, { readonly fault: Fault; readonly file: string; readonly problem: string; readonly io?: IoFailure }>;

/**
 * Makes the next content out of an older one and ClamAV's cdiffs. The database that they change becomes a `.cld`, as freshclam's would;
 * all other files stay what they are. Base and outcome are verified by the list of members that ClamAV signed, which each cdiff brings
 * anew, every cdiff by its own signature, and all of the outcome by what the catalog promises; nothing is placed before all of that is right.
 */
export async function applyVendorDelta(ports: Pick<Ports, 'files'>, ask: VendorDelta): Promise<Outcome<Manifest, VendorDeltaFailed>> {
  const { files } = ports;
  const about = { algorithm: ask.algorithm, component: ask.component, version: ask.version };
  if (ask.algorithm !== 'cdiff') {
    return failed({ fault: 'delta', at: 0, failure: failure('vendor-delta-bad', { ...about, file: ask.folder, problem: 'this plug-in knows cdiff only' }) });
  }
  const work = files.temporaryName(ask.folder);
  const done = await make(files, ask, work);
  const placed = done.ok ? place(files, ask, work, done.value) : done;
  files.removeTree(work);
  if (placed.ok) return placed;
  const { fault, file, problem, io } = placed.failure;
  const at = Math.max(0, fault === 'delta' && ask.deltas.includes(file) ? ask.deltas.indexOf(file) : ask.deltas.length - 1);
  if (ask.signal.aborted) return failed({ fault: 'machine', at, failure: failure('interrupted', { signal: typeof ask.signal.reason === 'string' ? ask.signal.reason : 'a signal' }) });
  if (io?.kind === 'full') return failed({ fault: 'machine', at, failure: failure('unpack-disk-full', { path: io.path }, io.detail) });
  if (io !== undefined) return failed({ fault: 'machine', at, failure: failure('unpack-write', { path: io.path, problem: `${io.op} failed (${ioProblem(io)})`, folder: dirname(ask.folder) }, io.detail) });
  return failed({ fault, at, failure: failure('vendor-delta-bad', { ...about, file, problem }) });
}

type Made = { readonly entries: readonly FileEntry[]; readonly name: string };

async function make(files: Files, ask: VendorDelta, work: string): Promise<Step<Made>> {
  const manifest = manifestOf(files, ask.base.folder);
  if (!manifest.ok) return failed({ fault: 'base', file: ask.base.folder, problem: manifest.failure });
  for (const folder of ['members', 'content']) {
    const made = files.makeFolder(join(work, folder), folder === 'members' ? 0o700 : 0o755);
    if (!made.ok) return io(made.failure);
  }
  const members = new MemberFolder(files, join(work, 'members'));
  const entries = fileEntries(manifest.value);
  let database: Opened | undefined;
  for (const path of ask.deltas) {
    if (ask.signal.aborted) return failed({ fault: 'machine', file: path, problem: 'the run was stopped' });
    const cdiff = await cdiffAt(files, path);
    if (!cdiff.ok) return cdiff;
    const opened: Step<Opened> = database === undefined ? await openBase(files, ask, entries, cdiff.value, members) : ok(database);
    if (!opened.ok) return opened;
    const next = step(opened.value, cdiff.value, members, path);
    if (!next.ok) return next;
    database = next.value;
  }
  if (database === undefined) return failed({ fault: 'delta', file: ask.folder, problem: 'there is no delta' });
  const { entry, name } = database;
  const kept = entries.filter((e) => e !== entry && e.path !== entry.path + SIGN);
  const changed = kept.map((e) => fileProblem(files, join(filesOf(ask.base), e.path), e, 'deep')).find((problem) => problem !== undefined);
  if (changed !== undefined) return failed({ fault: 'base', file: ask.base.folder, problem: changed });
  const written = await writeCld(files, join(work, 'content', name), database, members);
  if (!written.ok) return written;
  const isPromised = outcomeDigest({ path: name, members: written.value }, kept) === ask.outcome.sha256;
  if (!isPromised) return failed({ fault: 'delta', file: name, problem: 'with the files beside it, it is not what the release promises' });
  return ok({ entries: kept, name });
}

/** The database that is changed: its file, the outcome's name, its list of members, and how far it is. */
type Opened = { readonly entry: FileEntry; readonly name: string; readonly info: string; readonly version: number };

async function cdiffAt(files: Files, path: string): Promise<Step<Cdiff>> {
  const bytes = files.read(path, MAX_CDIFF_BYTES);
  if (!bytes.ok && bytes.failure.kind !== 'too-long') return io(bytes.failure);
  const cdiff = bytes.ok ? await readCdiff(bytes.value) : failed(`it is larger than ${MAX_CDIFF_BYTES} bytes`);
  return cdiff.ok ? cdiff : failed({ fault: 'delta', file: path, problem: cdiff.failure });
}

/** Finds the database whose list of members the cdiff changes, verifies it and takes its members out. */
async function openBase(files: Files, ask: VendorDelta, entries: readonly FileEntry[], cdiff: Cdiff, members: MemberFolder): Promise<Step<Opened>> {
  const info = cdiff.steps.find((s) => s.kind === 'edit' && s.name.endsWith('.info'));
  const infoName = info?.kind === 'edit' ? info.name : undefined;
  const signed = entries.filter((e) => ['cvd', 'cld'].includes(cvdKind(e.path) ?? ''));
  const entry = signed.find((e) => `${databaseBase(e.path)}.info` === infoName) ?? (signed.length === 1 ? signed[0] : undefined);
  if (infoName === undefined || entry === undefined) return failed({ fault: 'base', file: ask.base.folder, problem: `it holds no signed database whose list is ${infoName ?? 'named'}` });
  const path = join(filesOf(ask.base), entry.path);
  const file = readable(files, path);
  const kind: CvdKind = cvdKind(entry.path) ?? 'cvd';
  const verified = await verifyCvd(file.source, kind, { maxUnpackedBytes: VENDOR_OUTCOME_MAX_BYTES }, members.sink());
  members.abandon();
  if (members.trouble !== undefined) return io(members.trouble);
  const problem = file.problem() ?? (verified.ok ? undefined : verified.failure);
  if (problem !== undefined || !verified.ok) return failed({ fault: 'base', file: path, problem: problem ?? 'it cannot be read' });
  if (!members.has(infoName)) return failed({ fault: 'base', file: path, problem: `it has no member ${infoName}` });
  return ok({ entry, name: `${databaseBase(entry.path)}.cld`, info: infoName, version: verified.value.header.version });
}

function step(database: Opened, cdiff: Cdiff, members: MemberFolder, path: string): Step<Opened> {
  if (cdiff.version !== database.version + 1) return failed({ fault: 'delta', file: path, problem: `it makes version ${cdiff.version}, and ${database.entry.path} is version ${database.version}` });
  const problem = applyCdiff(cdiff.steps, members);
  if (members.trouble !== undefined) return io(members.trouble);
  return problem === undefined ? ok({ ...database, version: cdiff.version }) : failed({ fault: 'delta', file: path, problem });
}

/** Writes the outcome, and believes it only when it verifies and is of the version that the last cdiff makes. */
async function writeCld(files: Files, path: string, { info, name: file, version }: Opened, members: MemberFolder): Promise<Step<readonly CvdMember[]>> {
  const bytes: Uint8Array[] = [];
  for (const piece of members.read(info)) if (piece.ok && bytes.length < 2) bytes.push(piece.value);
  const list = Buffer.concat(bytes).toString('latin1');
  const order = cldOrder(info, list);
  const missing = order.find((name) => name === '' || !members.has(name));
  if (missing !== undefined) return failed({ fault: 'delta', file, problem: `its member ${missing} is missing` });
  const pieces = cldPieces(list.slice(0, Math.max(0, list.indexOf('\n'))), order.map((name) => ({ name, size: members.size(name), read: () => members.read(name) })));
  let trouble: IoFailure | undefined;
  const problem = writePieces(files, path, 0o644, pieces, (failure) => {
    trouble = failure;
    return failure.detail;
  });
  if (trouble !== undefined) return io(trouble);
  if (problem !== undefined) return failed({ fault: 'delta', file, problem });
  const verified = await verifyCvd(readable(files, path).source, 'cld', { maxUnpackedBytes: VENDOR_OUTCOME_MAX_BYTES });
  if (!verified.ok) return failed({ fault: 'delta', file, problem: verified.failure });
  return verified.value.header.version === version ? ok(verified.value.members) : failed({ fault: 'delta', file, problem: `it is version ${verified.value.header.version} and not ${version}` });
}

/** Adds the files that stay, writes the manifest, makes all durable and renames it into place. */
function place(files: Files, ask: VendorDelta, work: string, { entries, name }: Made): Step<Manifest> {
  const outcome = join(work, 'content', name);
  const seen = files.stat(outcome);
  const hash = hashFile(files, outcome);
  const sha256 = hash.ok ? asSha256(hash.value) : undefined;
  if (!seen.ok || !hash.ok || sha256 === undefined) return failed({ fault: 'machine', file: outcome, problem: 'it cannot be read again' });
  const made: ManifestEntry = { type: 'file', path: name, size: seen.value.size, sha256, mode: 0o644 };
  const manifest: Manifest = { schema: 'glued.manifest/1', shape: 'tree', entries: [...entries, made].sort((a, b) => comparePaths(a.path, b.path)) };
  for (const todo of [
    ...entries.map((e) => () => linkOrCopy(files, join(filesOf(ask.base), e.path), join(work, 'content', e.path))),
    () => files.removeTree(join(work, 'members')),
    () => files.replace(join(work, 'manifest.json'), manifestBytes(manifest), 0o644),
    () => markVendorMade(files, work),
    () => files.syncTree(work),
    () => files.removeTree(ask.folder),
    () => files.rename(work, ask.folder),
    () => files.syncFolder(dirname(ask.folder)),
  ]) {
    const done = todo();
    if (!done.ok) return io(done.failure);
  }
  return ok(manifest);
}

const io = (failure: IoFailure): Step<never> => failed({ fault: 'machine', file: failure.path, problem: failure.detail, io: failure });
