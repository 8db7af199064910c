import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One finished process, as the kernel counted it. */
export type Sample = { readonly wall_ms: number; readonly cpu_ms: number; readonly rss_mb: number; readonly exit: number; readonly stdout: string };
export type Job = { readonly argv: readonly string[]; readonly before?: () => void };

const RUSAGE = fileURLToPath(new URL('rusage.py', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'glued-rusage-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** Runs a job once. Its output is kept, its standard error is shown only when it fails in a way that the bench did not expect. */
export function once(job: Job): Sample {
  job.before?.();
  const out = join(scratch, 'sample.json');
  const ran = spawnSync('python3', [RUSAGE, out, ...job.argv], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (ran.error !== undefined || ran.status !== 0) throw new Error(`${job.argv.join(' ')}: ${ran.error?.message ?? ran.stderr}`);
  const sample: Omit<Sample, 'stdout'> = JSON.parse(readFileSync(out, 'utf8'));
  if (sample.exit !== 0) throw new Error(`${job.argv.join(' ')} ended with ${sample.exit}: ${ran.stdout}${ran.stderr}`);
  return { ...sample, stdout: ran.stdout };
}

/** The same beside this process, which serves or relays meanwhile. */
export async function aside(job: Job): Promise<Sample> {
  job.before?.();
  const out = join(scratch, 'aside.json');
  const child = spawn('python3', [RUSAGE, out, ...job.argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const status = await new Promise<number | null>((ended, broken) => child.on('error', broken).on('close', ended));
  if (status !== 0) throw new Error(`${job.argv.join(' ')}: ${stderr}`);
  const sample: Omit<Sample, 'stdout'> = JSON.parse(readFileSync(out, 'utf8'));
  if (sample.exit !== 0) throw new Error(`${job.argv.join(' ')} ended with ${sample.exit}: ${stdout}${stderr}`);
  return { ...sample, stdout };
}

/**
 * A program's file just written lies in the page cache in large pieces, which are mapped whole and count as the process's memory: 35 MB more
 * than after the next start of the machine. Forgotten, it is read again as it would be then.
 */
export function forgetPages(path: string): void {
  const script = 'import os, sys; fd = os.open(sys.argv[1], os.O_RDONLY); os.fsync(fd); os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)';
  const done = spawnSync('python3', ['-c', script, path], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${path}: ${done.error?.message ?? done.stderr}`);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The jobs in turn, A B C A B C …, one warm-up round first; samples by job. */
export function inTurn(jobs: readonly Job[], runs: number): readonly (readonly Sample[])[] {
  const samples: Sample[][] = jobs.map(() => []);
  for (let i = 0; i <= runs; i++) {
    jobs.forEach((job, j) => {
      const sample = once(job);
      if (i > 0) samples[j]?.push(sample);
    });
  }
  return samples;
}

/** The middle of the ratios a/b, pair by pair: holds when the machine's speed drifts. */
export function ratio(a: readonly Sample[], b: readonly Sample[], figure: 'wall_ms' | 'cpu_ms'): number {
  return round(median(a.map((s, i) => s[figure] / (b[i]?.[figure] ?? Number.NaN))), 2);
}

export function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** Medians of a job's samples, for a JSON line. */
export function figures(samples: readonly Sample[]): { readonly wall_ms: number; readonly cpu_ms: number; readonly rss_mb: number } {
  return {
    wall_ms: round(median(samples.map((s) => s.wall_ms))),
    cpu_ms: round(median(samples.map((s) => s.cpu_ms))),
    rss_mb: round(median(samples.map((s) => s.rss_mb))),
  };
}

/** One JSON line on stdout. `target` and `met` say what was wanted and whether this run met it. */
export function line(name: string, data: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ bench: name, ...data })}\n`);
}
