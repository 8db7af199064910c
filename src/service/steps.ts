import { fail, type Failure, ok, type Outcome } from '../model/index.ts';
import type { ServicePorts, Step } from './manager.ts';

/** Managers answer within seconds; starting a unit may take its own time limit. */
const TIMEOUT_MS = 90_000;
const MAX_MEMORY_BYTES = 512 * 1024 * 1024;
const KEEP_BYTES = 64 * 1024;
const SEARCH_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Carries out one step of a manager's program: what it printed, or why it failed. */
export async function runStep({ proc, os }: ServicePorts, { argv }: Step): Promise<Outcome<string, Failure>> {
  const command = argv.filter((arg) => !arg.startsWith('--no-')).join(' ');
  const ran = await proc.run({
    argv,
    env: { PATH: os.platform === 'win32' ? (os.env['PATH'] ?? '') : SEARCH_PATH, LANG: 'C', ...(os.env['SystemRoot'] === undefined ? {} : { SystemRoot: os.env['SystemRoot'] }) },
    timeoutMs: TIMEOUT_MS,
    maxMemoryBytes: MAX_MEMORY_BYTES,
    keepBytes: KEEP_BYTES,
    signal: new AbortController().signal,
  });
  if (!ran.ok) return fail('service-manager-failed', { command, problem: ran.failure.kind === 'absent' ? `${argv[0]} is not there` : ran.failure.detail });
  const { kind, exit, signal, stdout, stderr } = ran.value;
  if (kind === 'exit' && exit === 0) return ok(stdout);
  const problem = kind === 'exit' ? `exit ${exit ?? 0}` : kind === 'signal' ? `ended by ${signal ?? 'a signal'}` : `ended by us (${kind})`;
  return fail('service-manager-failed', { command, problem }, stderr.trim() === '' ? stdout : stderr);
}

/** All steps in order: notes of those that were only wanted, or the first failure of one that was needed. */
export async function runSteps(ports: ServicePorts, steps: readonly Step[]): Promise<Outcome<readonly string[], Failure>> {
  const notes: string[] = [];
  for (const step of steps) {
    const ran = await runStep(ports, step);
    if (ran.ok || step.weight === 'tried') continue;
    if (step.weight === 'needed') return ran;
    const { command = '', problem = '' } = ran.failure.data;
    notes.push(`\`${command}\` failed (${problem})${ran.failure.detail === undefined ? '' : `: ${ran.failure.detail.trim()}`}`);
  }
  return ok(notes);
}
