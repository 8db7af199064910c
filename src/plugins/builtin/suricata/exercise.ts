import { join } from 'node:path';
import { type ChildEnd, type Failure, fail, type Job, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { lastWords, runTest } from '../../child.ts';
import { filesOf } from '../../content.ts';
import { ioProblem } from '../../io-failures.ts';
import { type BrokenRule, readReport } from './engine-says.ts';
import { confPath, insideOf, overlay } from './engine-config.ts';
import type { Reads } from './engine.ts';
import { logicalLines } from './rule-text.ts';
import { MAX_RULES_BYTES } from './serve.ts';
import { stagedOf } from './slots.ts';

type TestPorts = Pick<Ports, 'files' | 'proc' | 'os'>;

/** some thousand messages */
const KEEP_BYTES = 4 * 1024 * 1024;
const SHOWN_RULES = 20;
const SHOWN_CHARACTERS = 160;

/**
 * Lets the installed engine load these rule files of the new content in a child (`suricata -T`). Ok is how many rules it says that it
 * loaded: at least one, and none failed, for it ends well even with none at all.
 */
export async function exercise(ports: TestPorts, job: Job, program: string, reads: Reads, rules: readonly string[]): Promise<Outcome<number, Failure>> {
  const folder = filesOf(stagedOf(ports.files, job.next));
  const log = join(job.scratch, 'log');
  const yaml = join(job.scratch, 'test.yaml');
  const made = ports.files.makeFolder(log, 0o700);
  const written = made.ok ? ports.files.replace(yaml, Buffer.from(overlay(folder, rules, sideFiles(ports.files, job, reads, folder))), 0o600) : made;
  if (!written.ok) {
    const problem = `has nowhere to be run (${ioProblem(written.failure)} at ${written.failure.path})`;
    return fail('test-program-not-run', { component: job.component.id, program, problem, setting: 'EnginePath' });
  }
  const argv = [program, '-T', '-c', confPath(job.component), '--include', yaml, '-l', log] as const;
  const ended = await runTest(ports, job, { argv, setting: 'EnginePath', keepBytes: KEEP_BYTES });
  return ended.ok ? judge(ports.files, job, program, ended.value, folder, rules) : ended;
}

/** The side files that the engine reads from the install path, as far as the release holds them. */
function sideFiles(files: Ports['files'], { component }: Job, { config }: Reads, folder: string): ReadonlyMap<string, string> {
  return new Map(
    [...config.side].flatMap(([key, path]): [string, string][] => {
      const inside = insideOf(files, component.installPath, path);
      return inside === undefined || !files.statFollowing(join(folder, inside)).ok ? [] : [[key, inside]];
    }),
  );
}

function judge(files: Ports['files'], job: Job, program: string, end: ChildEnd, folder: string, rules: readonly string[]): Outcome<number, Failure> {
  const about = { component: job.component.id, version: job.next.version };
  const report = readReport(end.stdout, end.stderr);
  const [first] = report.broken;
  if (first !== undefined) {
    const shown = report.broken.slice(0, SHOWN_RULES).map((broken) => located(files, folder, rules, broken));
    const { file, line, problem } = located(files, folder, rules, first);
    const detail = shown.map((one) => `${one.file}:${one.line}: ${one.problem}: ${one.rule.slice(0, SHOWN_CHARACTERS)}`).join('\n');
    return fail('rules-broken', { ...about, failed: report.failed, file, line, problem, program }, detail);
  }
  if (end.exit !== 0) return fail('content-test-failed', { ...about, program, exit: end.exit ?? 'unknown' }, lastWords(end));
  if (report.failed > 0) return fail('rules-broken', { ...about, failed: report.failed, file: 'unknown', line: 'unknown', problem: 'the engine does not say which', program }, lastWords(end));
  if (report.loaded === undefined || report.loaded === 0) return fail('rules-none', { ...about, by: `${program} loads none of its rules` }, lastWords(end));
  return ok(report.loaded);
}

type Located = { readonly file: string; readonly line: number | string; readonly problem: string; readonly rule: string };

/** The file within the release. Where the engine's message was cut short, the rule is looked for by how it begins. */
function located(files: Ports['files'], folder: string, rules: readonly string[], { rule, file, line, problem }: BrokenRule): Located {
  const about = { problem: printable(problem), rule: printable(rule) };
  if (file !== undefined) return { ...about, file: file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file, line: line ?? 'unknown' };
  for (const path of rules) {
    const bytes = files.read(join(folder, path), MAX_RULES_BYTES);
    if (!bytes.ok) continue;
    for (const { number, line: text } of logicalLines(Buffer.from(bytes.value).toString('utf8'))) {
      if (text.trimStart().startsWith(rule)) return { ...about, file: path, line: number };
    }
  }
  return { ...about, file: 'unknown', line: 'unknown' };
}

/** What an engine prints goes into logs and results: printable, one line. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]+/g, ' ').trim().replace(/\.$/, '').slice(0, 400);
