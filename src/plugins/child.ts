import { type ChildEnd, type Failure, fail, type Job, ok, type Outcome, type Ports, unreachable } from '../model/index.ts';

/** The head and the tail kept of what a child prints; the tail goes into the result. */
const KEEP_BYTES = 8 * 1024;
/** What the loader, libc, C++, Rust, scripts and ClamAV say where no more memory is to be had: far above the limit an allocation fails by itself. */
const STARVED = /can(?:not|'t) allocate memory|out of memory|bad_alloc|memory allocation of \d+ bytes failed|failed to map segment from shared object|memory exhausted|\bMemoryError\b/i;
const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export type ChildAsk = {
  readonly argv: readonly [string, ...string[]];
  /** the component's setting that names the program */
  readonly setting: string;
  /** the head and the tail kept of its output, where it says more than a few lines */
  readonly keepBytes?: number;
};

/** What a child is given of our environment: nothing but this. */
export function childEnvironment(os: Ports['os'], home: string): Readonly<Record<string, string>> {
  const base = { PATH: SEARCH_PATH, LANG: 'C', HOME: home, TMPDIR: home };
  const root = os.platform === 'win32' ? os.env['SystemRoot'] : undefined;
  return root === undefined ? base : { ...base, PATH: `${root}\\System32`, SystemRoot: root, TEMP: home };
}

/**
 * Runs a program that judges content, in the job's scratch folder and within `verify`'s limits. Ok means that it ended by itself: its
 * exit status is the caller's to judge. A program that cannot be started has judged nothing (2); one that was killed, or got no memory, refuses (11).
 */
export async function runTest(ports: Pick<Ports, 'proc' | 'os'>, job: Job, ask: ChildAsk): Promise<Outcome<ChildEnd, Failure>> {
  const program = ask.argv[0];
  const ended = await ports.proc.run({
    argv: ask.argv,
    cwd: job.scratch,
    env: childEnvironment(ports.os, job.scratch),
    timeoutMs: job.verify.timeoutSeconds * 1000,
    maxMemoryBytes: job.verify.maxMemoryBytes,
    keepBytes: ask.keepBytes ?? KEEP_BYTES,
    signal: job.signal,
  });
  if (!ended.ok) {
    const problem = ended.failure.kind === 'absent' ? 'is not there' : `could not be started (${ended.failure.detail})`;
    return fail('test-program-not-run', { component: job.component.id, program, problem, setting: ask.setting });
  }
  const end = ended.value;
  const about = { component: job.component.id, version: job.next.version, program };
  switch (end.kind) {
    case 'exit':
    case 'signal':
      if (end.exit !== 0 && STARVED.test(lastWords(end))) return fail('content-test-starved', { ...about, bytes: job.verify.maxMemoryBytes }, lastWords(end));
      if (end.kind === 'exit') return ok(end);
      return fail('content-test-killed', { ...about, signal: end.signal ?? 'an unknown signal' }, lastWords(end));
    case 'timeout':
      return fail('content-test-timeout', { ...about, seconds: job.verify.timeoutSeconds }, lastWords(end));
    case 'memory':
      return fail('content-test-memory', { ...about, bytes: job.verify.maxMemoryBytes }, lastWords(end));
    case 'aborted':
      return interrupted(job);
    default:
      return unreachable(end.kind);
  }
}

/** The last 8 KiB of stderr, or of stdout where stderr is silent. */
export function lastWords(end: ChildEnd): string {
  const text = end.stderr.trim() === '' ? end.stdout : end.stderr;
  return text.trim().slice(-KEEP_BYTES);
}

/** The run was asked to stop: no verdict on the content. */
export function interrupted(job: Job): Outcome<never, Failure> {
  const reason: unknown = job.signal.reason;
  return fail('interrupted', { signal: typeof reason === 'string' ? reason : 'a signal' });
}
