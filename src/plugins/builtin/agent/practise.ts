import { join } from 'node:path';
import { type ChildEnd, type IoFailure, ok, type Outcome, type RunDocument, sha256Of } from '../../../model/index.ts';
import { parseRunDocument } from '../../../state/index.ts';
import { childEnvironment, lastWords } from '../../child.ts';
import { hashFile } from '../../content.ts';
import { ioProblem } from '../../io-failures.ts';
import type { Trial } from './trial.ts';
import { trouble, type Trouble } from './start.ts';

/** The trial's one component. */
const ID = 'canary';
const VERSIONS = ['1.0', '2.0'] as const;
/** Some KiB, so that the second release comes as a delta where the agent can make and use one. */
const LINES = 400;
/** The daemon's trial: it must come up, find that nothing is due, and end. */
const IDLE = '1s';
const SERVER_MEMORY_BYTES = 1024 ** 3;
const GRACE_MS = 2000;

type Step<T = undefined> = Promise<Outcome<T, Trouble>>;

/**
 * A whole cycle of the new agent's own: it makes a signed repository, serves it on the loopback interface, registers a component, and in two
 * runs installs one release and updates to the next; then its daemon comes up and ends by itself. What then lies at the install path is looked at here. Another agent's commands are
 * called as the documentation shows them, so these few lines are a promise that every later agent keeps (docs/self-update.md).
 */
export async function practise(trial: Trial): Step {
  const { ports, folder } = trial;
  const [repo, state, live, policy] = [join(folder, 'repo'), join(folder, 'state'), join(folder, 'live'), join(folder, 'policy.json')];
  for (const args of [
    ['repo', 'init', repo, '--keys', join(folder, 'keys')],
    ['repo', 'add', repo, ID, '--type', 'product', '--plugin', 'files'],
    ['registry', 'add', ID, '--type', 'product', '--plugin', 'files', '--path', live, '--state', state],
  ]) {
    const done = await succeed(trial, args);
    if (!done.ok) return done;
  }
  return withServer(trial, repo, async (url) => {
    // proven at once: its daemon would stay for what is on probation
    const document = { schema: 1, servers: [{ url }], trust: { rootFile: join(repo, 'metadata', '1.root.json') }, probation: { minutes: 0 } };
    const written = ports.files.replace(policy, Buffer.from(JSON.stringify(document)), 0o600);
    if (!written.ok) return spoiled(written.failure);
    for (const [i, version] of VERSIONS.entries()) {
      const before = i === 0 ? null : (VERSIONS[i - 1] ?? null);
      const done = await install(trial, { repo, state, live, policy, version, before });
      if (!done.ok) return done;
    }
    return succeed(trial, ['daemon', '--idle-exit', IDLE, '--policy', policy, '--state', state]);
  });
}

type Release = { readonly repo: string; readonly state: string; readonly live: string; readonly policy: string; readonly version: string; readonly before: string | null };

/** One release, published and then installed by a run that must know the one before it. */
async function install(trial: Trial, { repo, state, live, policy, version, before }: Release): Step {
  const { ports, folder } = trial;
  const source = join(folder, 'in');
  const body = Array.from({ length: LINES }, (_, i) => `line ${i} of ${i % 2 === 0 ? 'every release' : `release ${version}`}\n`).join('');
  const written = ports.files.replace(source, Buffer.from(body), 0o644);
  if (!written.ok) return spoiled(written.failure);
  const published = await succeed(trial, ['repo', 'publish', repo, ID, source, '--version', version]);
  if (!published.ok) return published;
  const what = `installing release ${version} of a trial`;
  const ended = await trial.call({ args: ['run', '--json', '--no-input', '--policy', policy, '--state', state], what, surroundings: 'none' });
  if (!ended.ok) return ended;
  const problem = installProblem(parseRunDocument(ended.value.stdout), ended.value, version, before);
  if (problem !== undefined) return trouble('agent', `${problem} when ${what}`, lastWords(ended.value));
  const hash = hashFile(ports.files, live);
  if (hash.ok && hash.value === sha256Of(body)) return ok();
  return trouble('agent', `it said that it had installed release ${version} of a trial, and the file is ${hash.ok ? 'another one' : 'not there'}`, '');
}

function installProblem(document: RunDocument | undefined, { exit }: ChildEnd, version: string, before: string | null): string | undefined {
  if (document === undefined) return 'it printed no valid glued.run/1 document';
  const found = document.components.find((c) => c.id === ID);
  if (exit !== 0 || document.code !== 0) return `it failed with ${document.code} (${document.errors[0]?.text ?? `exit status ${exit ?? 'unknown'}`})`;
  if (found?.action !== 'updated' || found.after?.version !== version) return `it says "${found?.action ?? 'nothing'}" of a release that was to be installed`;
  return (found.before?.version ?? null) === before ? undefined : `it does not know any more that it had installed ${before}`;
}

/** A command that must end with 0. */
async function succeed(trial: Trial, args: readonly string[]): Step {
  const what = `carrying out \`glued ${args.slice(0, 2).join(' ')}\` of a trial`;
  const ended = await trial.call({ args, what, surroundings: 'none' });
  if (!ended.ok) return ended;
  return ended.value.exit === 0 ? ok() : trouble('agent', `it ended with exit status ${ended.value.exit ?? 'unknown'} when ${what}`, lastWords(ended.value));
}

/** Has the new agent serve its repository while `work` goes on, and ends it. */
async function withServer({ ports, job, program, leftMs }: Trial, repo: string, work: (url: string) => Step): Step {
  const started = await ports.proc.talk({
    argv: [program, 'repo', 'serve', repo, '--port', '0'],
    cwd: job.scratch,
    env: childEnvironment(ports.os, job.scratch),
    maxMemoryBytes: SERVER_MEMORY_BYTES,
    maxLineBytes: 64 * 1024,
    maxTotalBytes: 1024 * 1024,
    keepBytes: 8 * 1024,
  });
  if (!started.ok) return trouble('machine', `${program} could not be started (${started.failure.detail})`, '');
  try {
    const heard = await started.value.hear(leftMs(), job.signal);
    if (heard.kind === 'aborted') return { ok: false, failure: { kind: 'interrupted' } };
    const url = heard.kind === 'line' ? /http:\/\/127\.0\.0\.1:\d{1,5}\//.exec(new TextDecoder().decode(heard.bytes))?.[0] : undefined;
    return url === undefined ? trouble('agent', 'it does not serve a repository and say where', started.value.stderr().trim()) : await work(url);
  } finally {
    await started.value.end(GRACE_MS);
  }
}

const spoiled = (failure: IoFailure): ReturnType<typeof trouble> => trouble('machine', `${failure.op} of ${failure.path} failed (${ioProblem(failure)})`, failure.detail);
