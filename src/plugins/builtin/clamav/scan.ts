import { join } from 'node:path';
import { type ChildEnd, type Failure, fail, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { lastWords, runTest } from '../../child.ts';
import { filesOf } from '../../content.ts';
import { ioProblem } from '../../io-failures.ts';
import { printable } from './clamd.ts';
import { alwaysClean } from './clean-files.ts';

/** What the scanner says on stdout. */
export type ScanReport = {
  /** undefined where it says nothing of it */
  readonly signatures: number | undefined;
  /** path to signature */
  readonly found: ReadonlyMap<string, string>;
  /** what was looked at and called clean */
  readonly clean: ReadonlySet<string>;
};

const HARMLESS = 'harmless.txt';
/** one line a file: enough for some thousand samples */
const KEEP_BYTES = 1024 * 1024;

/**
 * Lets the installed scanner load the staged content in a child and scan a harmless file, and the samples that policy names: all in
 * one load. `signatures`: what the content says that it holds. Ok is how many the scanner says that it loaded.
 */
export async function scan(ports: Pick<Ports, 'files' | 'proc' | 'os' | 'log'>, job: Job, program: string, signatures: number): Promise<Outcome<number | undefined, Failure>> {
  const samples = readableSamples(ports, job);
  if (!samples.ok) return samples;
  const harmless = join(job.scratch, HARMLESS);
  const made = ports.files.makeFolder(job.scratch, 0o700);
  const written = made.ok ? ports.files.replace(harmless, new TextEncoder().encode('Nothing here is harmful.\n'), 0o600) : made;
  if (!written.ok) {
    const problem = `has nothing to scan (${ioProblem(written.failure)} at ${written.failure.path})`;
    return fail('test-program-not-run', { component: job.component.id, program, problem, setting: 'EnginePath' });
  }
  const clean = [...new Set([harmless, ...alwaysClean(ports, program), ...samples.value.clean])];
  const argv = [program, `--database=${filesOf(job.next)}`, ...clean, ...job.verify.mustDetect] as const;
  const ended = await runTest(ports, job, { argv, setting: 'EnginePath', keepBytes: KEEP_BYTES });
  if (!ended.ok) return ended;
  return judge(job, program, ended.value, clean, harmless, signatures);
}

function judge(job: Job, program: string, end: ChildEnd, clean: readonly string[], harmless: string, signatures: number): Outcome<number | undefined, Failure> {
  const about = { component: job.component.id, version: job.next.version };
  const report = readReport(end.stdout, [...clean, ...job.verify.mustDetect]);
  if (end.exit !== 0 && end.exit !== 1) return fail('content-test-failed', { ...about, program, exit: end.exit ?? 'unknown' }, lastWords(end));
  if (signatures > 0 && report.signatures === 0) return fail('nothing-loaded', { ...about, program, signatures }, lastWords(end));
  for (const path of clean) {
    const signature = report.found.get(path);
    if (signature !== undefined) return fail('false-positive', { ...about, path, signature: printable(signature) }, lastWords(end));
  }
  const missed = job.verify.mustDetect.find((path) => !report.found.has(path));
  if (missed !== undefined) return fail('must-detect-missed', { ...about, path: missed }, lastWords(end));
  // exit status 1 is "found something": if it was none of our files, we do not understand this engine
  if (end.exit === 1 && report.found.size === 0) return fail('content-test-failed', { ...about, program, exit: 1 }, lastWords(end));
  if (!report.clean.has(harmless)) return fail('not-exercised', { ...about, program, path: harmless }, lastWords(end));
  return ok(report.signatures);
}

/** Reads `PATH: OK`, `PATH: SIGNATURE FOUND` of the files that were asked for, and `Known viruses: N`. */
export function readReport(stdout: string, paths: readonly string[]): ScanReport {
  const found = new Map<string, string>();
  const clean = new Set<string>();
  const asked = new Set(paths);
  let signatures: number | undefined;
  for (const line of stdout.split('\n')) {
    const known = /^Known viruses: (\d+)$/.exec(line);
    if (known !== null) signatures = Number(known[1]);
    if (line.endsWith(': OK') && asked.has(line.slice(0, -': OK'.length))) clean.add(line.slice(0, -': OK'.length));
    const path = line.endsWith(' FOUND') ? paths.find((p) => line.startsWith(`${p}: `)) : undefined;
    if (path !== undefined) found.set(path, line.slice(path.length + 2, -' FOUND'.length));
  }
  return { signatures, found, clean };
}

/** A must-detect sample that is not there cannot be proven, so nothing is; a clean file that is not on this machine is passed over. */
function readableSamples(ports: Pick<Ports, 'files' | 'log'>, job: Job): Outcome<{ readonly clean: readonly string[] }, Failure> {
  for (const path of job.verify.mustDetect) {
    const problem = fileProblem(ports.files, path);
    if (problem !== undefined) return fail('sample-absent', { component: job.component.id, version: job.next.version, path, problem });
  }
  const clean = job.verify.mustNotDetect.filter((path) => {
    const problem = fileProblem(ports.files, path);
    if (problem !== undefined) ports.log.write('info', 'clean-file-absent', { component: job.component.id, path, problem });
    return problem === undefined;
  });
  return ok({ clean });
}

function fileProblem(files: Ports['files'], path: string): string | undefined {
  if (!path.startsWith('/') || /[\0\n]/.test(path)) return 'no absolute path';
  const seen = files.statFollowing(path);
  if (!seen.ok) return ioProblem(seen.failure);
  return seen.value.type === 'file' ? undefined : 'no file';
}
