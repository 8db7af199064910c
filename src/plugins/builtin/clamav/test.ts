import { type Failure, fail, type Job, ok, type Outcome, type Ports, type Remarks } from '../../../model/index.ts';
import { fileProblem } from '../../content.ts';
import { checkShrink } from '../../shrink.ts';
import { sizeOf } from './count.ts';
import { checkDatabases } from './databases.ts';
import { type EngineVersion, findEngine } from '../../engine-version.ts';
import { CLAMSCAN } from './engine.ts';
import { freshclamNote, freshclamOn } from './freshclam.ts';
import { type Placed, placedFiles } from './layout.ts';
import { scan } from './scan.ts';
import { checkSigns } from './signs.ts';
import { askedOf, holds, keepVerdict, keptVerdict } from '../../verdict.ts';

type TestPorts = Pick<Ports, 'files' | 'proc' | 'os' | 'log'>;

/**
 * Judges a staged database: its form, ClamAV's own signatures, its size against what is installed, and then the installed engine, which
 * loads it in a child. Without an engine the first three are all that can be said, and a note says so. A verdict of this engine's version
 * on this very content counts again; one of another version does not.
 */
export async function test(ports: TestPorts, engineVersion: EngineVersion, job: Job): Promise<Outcome<Remarks, Failure>> {
  const { component, next } = job;
  const about = { component: component.id, version: next.version };
  const placed = placedFiles(ports.files, component, next);
  if (!placed.ok) return fail('content-layout', { ...about, plugIn: 'clamav', problem: placed.failure });
  const program = findEngine(ports, component, CLAMSCAN);
  const engine = program === undefined ? null : await engineVersion(component, job.signal);
  const isKnown = engine !== null && holds(keptVerdict(ports.files, next), job, engine);
  const damaged = placed.value.map((p) => fileProblem(ports.files, p.kept, p.entry, isKnown ? 'deep' : 'quick')).find((problem) => problem !== undefined);
  if (damaged !== undefined) return fail('content-damaged', { ...about, folder: next.folder, problem: damaged });
  const freshclam = freshclamOn(ports, component);
  const notes = freshclam === undefined ? [] : [freshclamNote(component, freshclam)];
  if (isKnown) return ok({ notes });
  const verified = await checkForm(ports, job, placed.value);
  if (!verified.ok) return verified;
  notes.push(...verified.value);
  if (program === undefined) return ok({ notes: [...notes, `${component.id}: release ${next.version} was not exercised: no clamscan is installed on this machine.`] });
  const exercised = await exercise(ports, job, placed.value, program, engine);
  return exercised.ok ? ok({ notes }) : exercised;
}

/** What can be said without an engine: every container, every `.sign`, the size. */
async function checkForm(ports: TestPorts, job: Job, placed: readonly Placed[]): Promise<Outcome<readonly string[], Failure>> {
  const verified = await checkDatabases(ports, job, placed);
  if (!verified.ok) return verified;
  const signed = await checkSigns(ports, job, placed);
  if (!signed.ok) return signed;
  const shrunk = checkSize(ports, job, placed);
  return shrunk.ok ? ok([...verified.value, ...signed.value]) : shrunk;
}

/** Against what is installed, by signatures where both hold some, else by bytes. */
function checkSize({ files }: TestPorts, job: Job, placed: readonly Placed[]): Outcome<undefined, Failure> {
  const installed = job.previous === null ? undefined : placedFiles(files, job.component, job.previous);
  if (installed?.ok !== true) return ok();
  const [before, after] = [sizeOf(files, installed.value), sizeOf(files, placed)];
  return before.signatures > 0 ? checkShrink(job, before.signatures, after.signatures, 'signatures') : checkShrink(job, before.bytes, after.bytes, 'bytes');
}

/** The engine loads and uses it; what it says that it loaded is held against what it said of the content before, and kept. */
async function exercise(ports: TestPorts, job: Job, placed: readonly Placed[], program: string, engine: string | null): Promise<Outcome<undefined, Failure>> {
  const { files } = ports;
  const scanned = await scan(ports, job, program, sizeOf(files, placed).signatures);
  if (!scanned.ok) return scanned;
  const before = job.previous === null ? undefined : keptVerdict(files, job.previous);
  const loaded = scanned.value;
  const shrunk = before === undefined || loaded === undefined ? ok() : checkShrink(job, before.signatures, loaded, 'signatures');
  if (!shrunk.ok) return shrunk;
  if (engine === null || loaded === undefined) return ok();
  keepVerdict(files, job.next, { package: job.next.sha256, engine, asked: askedOf(job.verify), signatures: loaded, at: job.now });
  return ok();
}
