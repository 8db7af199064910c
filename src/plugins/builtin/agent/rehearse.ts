import { join } from 'node:path';
import { CODES, type Failure, fail, failureText, ok, type Outcome, type RunDocument, type RunPlace } from '../../../model/index.ts';
import { copyState, parseRunDocument, readHistory } from '../../../state/index.ts';
import { lastWords } from '../../child.ts';
import type { Trial } from './trial.ts';
import { trouble, type Trouble, untried } from './start.ts';
import { forgottenHistory, runProblem } from './judge.ts';

/** What no fault of the new agent brings about: no server, no network, a proxy, servers that asked us to wait. */
const NETWORK_CODES: ReadonlySet<number> = new Set<number>([CODES['no-valid-host'], CODES['no-network'], CODES.proxy, CODES['cooling-down']]);

/**
 * A dry run with the machine's policy on a copy of its state: the new agent must know this machine (its id, each component and what is
 * installed of it, its history) and must read state.db as it is. A dry run downloads nothing and changes nothing.
 */
export async function rehearse(trial: Trial, place: RunPlace): Promise<Outcome<undefined, Failure>> {
  const { ports, job, folder } = trial;
  const state = join(folder, 'copy');
  const copied = copyState(ports, place.stateDir, state);
  if (!copied.ok) return untried(job, { kind: 'machine', problem: `the state could not be copied: ${failureText(copied.failure)}`, detail: copied.failure.detail ?? '' });
  const document = await dryRun(trial, place, state);
  if (!document.ok) return untried(job, document.failure);
  const problem = runProblem(document.value, { version: job.next.version, hostId: place.hostId(), components: place.components() });
  if (problem !== undefined) return unfit(trial, problem, document.value);
  const away = setAsideIn(trial, state);
  if (away !== undefined) return unfit(trial, `it cannot read this machine's state.db, and set it aside as ${away}`, document.value);
  const history = await remembers(trial, state);
  if (!history.ok) return untried(job, history.failure);
  const { code, errors } = document.value;
  if (!NETWORK_CODES.has(code)) return ok();
  return fail('agent-found-no-server', { component: job.component.id, version: job.next.version, problem: errors[0]?.text ?? 'it does not say why' });
}

async function dryRun(trial: Trial, place: RunPlace, state: string): Promise<Outcome<RunDocument, Trouble>> {
  const policy = place.policyPath === undefined ? [] : ['--policy', place.policyPath];
  const trust = place.trustCheck === 'insecure' ? ['--insecure-policy'] : [];
  const args = ['run', '--dry-run', '--json', '--no-input', '--state', state, ...policy, ...trust];
  const what = 'trying a dry run on a copy of the state';
  const ended = await trial.call({ args, what, surroundings: 'handed-on' });
  if (!ended.ok) return ended;
  const document = parseRunDocument(ended.value.stdout);
  if (document !== undefined && document.code === ended.value.exit) return ok(document);
  const problem = document === undefined ? 'it printed no valid glued.run/1 document' : `its document says code ${document.code} and it ended with ${ended.value.exit ?? 'a signal'}`;
  return trouble('agent', `${problem} when ${what}`, lastWords(ended.value));
}

/** A database that it could not use, in the copy. */
function setAsideIn({ ports }: Trial, state: string): string | undefined {
  const listed = ports.files.list(state);
  return listed.ok ? listed.value.find((e) => e.name.startsWith('state.db.bad-'))?.name : undefined;
}

async function remembers(trial: Trial, state: string): Promise<Outcome<undefined, Trouble>> {
  const known = readHistory(trial.ports, state, 1);
  if (!known.ok) return trouble('machine', failureText(known.failure), known.failure.detail ?? '');
  const what = 'asked for the history in a copy of the state';
  const ended = await trial.call({ args: ['history', '--json', '--state', state], what, surroundings: 'none' });
  if (!ended.ok) return ended;
  const forgotten = ended.value.exit === 0 ? forgottenHistory(ended.value.stdout, known.value) : `it ended with exit status ${ended.value.exit ?? 'unknown'}`;
  return forgotten === undefined ? ok() : trouble('agent', `${forgotten} when ${what}`, lastWords(ended.value));
}

function unfit({ job }: Trial, problem: string, document: RunDocument): Outcome<never, Failure> {
  const told = document.errors.map((e) => e.text).join('\n');
  return fail('agent-unfit', { component: job.component.id, version: job.next.version, problem }, told === '' ? undefined : told);
}
