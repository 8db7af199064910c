import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { at, NODE, ROOT } from './support/root.ts';
import { filesBelow } from './support/walk.ts';

/** On two cores: many tests wait for the limits of what they test. */
const AT_ONCE = 3;
/** A file that takes longer hangs. */
const LIMIT_MS = 15 * 60_000;
/** The first line of a test file that runs on Deno too. */
const BOTH = /^\/\/ runtimes: node, deno\s*$/;

type Runtime = 'node' | 'deno';
type Job = { readonly file: string; readonly runtime: Runtime };
type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };
type Ended = Counts & { readonly problem: string | undefined; readonly output: string; readonly skips: readonly string[]; readonly ms: number };

/** Figures that a test wants to be seen when it passes too: a line `NOTE: …`. */
const NOTES = /^NOTE: (.*)$/gm;

const COMMANDS = {
  node: [NODE, '--disable-warning=ExperimentalWarning'],
  deno: [at('node_modules', '.bin', 'deno'), 'run', '-A', '--no-lock', '--quiet'],
} as const satisfies Record<Runtime, readonly string[]>;

/** Takes uvu's summary apart. One `SKIP:` line stands for one test that did nothing: skipped, not passed. */
export function readCounts(output: string, exit: number | null): Counts & { readonly problem: string | undefined; readonly skips: readonly string[] } {
  const plain = output.replace(/\u001b\[[0-9;]*m/g, '');
  const number = (label: string): number => Number(new RegExp(`^\\s*${label}:\\s+(\\d+)\\s*$`, 'm').exec(plain)?.[1] ?? Number.NaN);
  const total = number('Total');
  const done = number('Passed');
  const skips = [...plain.matchAll(/^SKIP: (.*)$/gm)].map((m) => m[1] ?? '');
  if (Number.isNaN(total) || Number.isNaN(done)) return { passed: 0, failed: 1, skipped: 0, problem: `no summary, exit ${exit ?? 'by a signal'}`, skips };
  const skipped = number('Skipped') + skips.length;
  const passed = Math.max(0, done - skips.length);
  if (passed + skipped === 0 && total === 0) return { passed: 0, failed: 1, skipped: 0, problem: 'it tested nothing', skips };
  const failed = total - done;
  if (failed === 0 && exit !== 0) return { passed, failed: 1, skipped, problem: `exit ${exit ?? 'by a signal'} after its tests`, skips };
  return { passed, failed, skipped, problem: undefined, skips };
}

function runJob({ file, runtime }: Job): Promise<Ended> {
  const startedAt = performance.now();
  const [program, ...args] = COMMANDS[runtime];
  return new Promise((resolve) => {
    const child = spawn(program, [...args, file], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' } });
    const chunks: Buffer[] = [];
    let late = false;
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, LIMIT_MS);
    child.on('error', (error) => chunks.push(Buffer.from(`${error.message}\n`)));
    child.on('close', (code) => {
      clearTimeout(timer);
      const output = Buffer.concat(chunks).toString('utf8');
      const counts = readCounts(output, code);
      resolve({ ...counts, problem: late ? `it took longer than ${LIMIT_MS / 60_000} minutes` : counts.problem, output, ms: performance.now() - startedAt });
    });
  });
}

function jobsOf(files: readonly string[]): Job[] {
  return files.flatMap((file): Job[] => {
    const first = readFileSync(at(file), 'utf8').split('\n', 1)[0] ?? '';
    return BOTH.test(first) ? [{ file, runtime: 'node' }, { file, runtime: 'deno' }] : [{ file, runtime: 'node' }];
  });
}

function report({ file, runtime }: Job, ended: Ended): void {
  const { passed, failed, skipped, problem, output, skips, ms } = ended;
  const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`;
  process.stdout.write(`${failed === 0 ? 'ok  ' : 'FAIL'} ${file} (${runtime}) ${counts} in ${(ms / 1000).toFixed(1)} s\n`);
  for (const reason of skips) process.stdout.write(`     skipped: ${reason}\n`);
  for (const [, note] of output.matchAll(NOTES)) process.stdout.write(`     ${note}\n`);
  if (failed > 0) process.stdout.write(`${problem === undefined ? '' : `     ${problem}\n`}${output.trimEnd()}\n`);
}

/** Runs the files whose path contains one of `patterns` (all without one), and prints the sum alone on the last line. */
async function main(patterns: readonly string[]): Promise<void> {
  const files = filesBelow('test', '.test.ts').filter((f) => patterns.length === 0 || patterns.some((p) => f.includes(p)));
  const jobs = jobsOf(files);
  const sum = { passed: 0, failed: 0, skipped: 0 };
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) {
      const ended = await runJob(job);
      sum.passed += ended.passed;
      sum.failed += ended.failed;
      sum.skipped += ended.skipped;
      report(job, ended);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (jobs.length === 0) sum.failed++;
  process.stdout.write(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`);
  process.exitCode = sum.failed === 0 ? 0 : 1;
}

if (import.meta.main) await main(process.argv.slice(2));
