import { type ChildEnd, type Failure, fail, type Job, ok, type Outcome, type Ports, unreachable } from '../../../model/index.ts';
import { childEnvironment, interrupted, lastWords } from '../../child.ts';

/** A run holds some 100 MB, and more while it unpacks; far above that something is wrong with an agent. */
const MEMORY_BYTES = 1024 ** 3;
/** of a run's document: some KiB a component */
const KEEP_BYTES = 8 * 1024 * 1024;
/** To say its version takes 0.1 s; a machine that is busy gets its time. */
const VERSION_MS = 20_000;

/** What a policy may make an agent read of its environment: credentials of its unit, and the machine's proxies. */
const HANDED_ON = ['CREDENTIALS_DIRECTORY', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'];

export type StartPorts = Pick<Ports, 'proc' | 'os'>;

/** One call of an agent. `what` completes "it …": `did not end within 20 s when asked for its version`. */
export type Ask = { readonly args: readonly string[]; readonly what: string; readonly timeoutMs: number; readonly surroundings: 'none' | 'handed-on' };

/**
 * Why an agent did not do what it was asked, as a phrase, with its last words. `kind` agent: it is at fault. machine: it could not be
 * asked. interrupted: our own run was stopped.
 */
export type Trouble = { readonly kind: 'agent' | 'machine'; readonly problem: string; readonly detail: string } | { readonly kind: 'interrupted' };

/** Starts an agent in the job's scratch folder, with nothing of our environment, within limits. Ok: it ended by itself. */
export async function startAgent(ports: StartPorts, job: Pick<Job, 'scratch' | 'signal'>, program: string, ask: Ask): Promise<Outcome<ChildEnd, Trouble>> {
  const { args, what, timeoutMs } = ask;
  const base = childEnvironment(ports.os, job.scratch);
  const env = ask.surroundings === 'none' ? base : { ...handedOn(ports.os), ...base };
  const ended = await ports.proc.run({ argv: [program, ...args], cwd: job.scratch, env, timeoutMs, maxMemoryBytes: MEMORY_BYTES, keepBytes: KEEP_BYTES, signal: job.signal });
  if (!ended.ok) return trouble(ended.failure.kind === 'io' ? 'machine' : 'agent', `${program} could not be started (${ended.failure.detail})`, '');
  const end = ended.value;
  switch (end.kind) {
    case 'exit':
      return ok(end);
    case 'signal':
      return trouble('agent', `it was ended by ${end.signal ?? 'a signal'} when ${what}`, lastWords(end));
    case 'timeout':
      return trouble('agent', `it did not end within ${Math.ceil(timeoutMs / 1000)} seconds when ${what}, and was killed`, lastWords(end));
    case 'memory':
      return trouble('agent', `it used more than ${MEMORY_BYTES} bytes of memory when ${what}, and was killed`, lastWords(end));
    case 'aborted':
      return { ok: false, failure: { kind: 'interrupted' } };
    default:
      return unreachable(end.kind);
  }
}

export const trouble = (kind: 'agent' | 'machine', problem: string, detail: string): Outcome<never, Trouble> => ({ ok: false, failure: { kind, problem, detail } });

function handedOn(os: Ports['os']): Readonly<Record<string, string>> {
  return Object.fromEntries(HANDED_ON.flatMap((name) => (os.env[name] === undefined ? [] : [[name, os.env[name]]])));
}

/** Asks an agent for its version: `glued 0.2.0`. */
export async function versionOf(ports: StartPorts, job: Pick<Job, 'scratch' | 'signal' | 'verify'>, program: string): Promise<Outcome<string, Trouble>> {
  const timeoutMs = Math.min(VERSION_MS, job.verify.timeoutSeconds * 1000);
  const ended = await startAgent(ports, job, program, { args: ['--version'], what: 'asked for its version', timeoutMs, surroundings: 'none' });
  if (!ended.ok) return ended;
  const { exit, stdout } = ended.value;
  const version = /^glued (\S{1,128})\n$/.exec(stdout)?.[1];
  if (exit === 0 && version !== undefined) return ok(version);
  return trouble('agent', exit === 0 ? 'it does not say its version as glued does' : `it ended with exit status ${exit ?? 'unknown'} when asked for its version`, lastWords(ended.value));
}

/** A trouble of the test stage, as a failure of the release or of the machine. */
export function untried(job: Job, found: Trouble): Outcome<never, Failure> {
  if (found.kind === 'interrupted') return interrupted(job);
  const about = { component: job.component.id, version: job.next.version, problem: found.problem };
  return fail(found.kind === 'agent' ? 'agent-unfit' : 'agent-not-tried', about, found.detail);
}
