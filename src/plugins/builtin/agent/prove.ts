import { type Failure, fail, type Job, ok, type Outcome, type Remarks, type RunPlace } from '../../../model/index.ts';
import { parseRunDocument } from '../../../state/index.ts';
import { interrupted, lastWords } from '../../child.ts';
import { runProblem } from './judge.ts';
import { startAgent, type StartPorts } from './start.ts';

/**
 * The new agent's first run: from the install path, with the machine's policy, on the machine's state, for its own component. This agent, which
 * it replaced, waits for it; the daemon is not asked, as it is still this one. It must print a valid document that knows this machine, within
 * policy's `verify.timeoutSeconds`. That no server could be reached speaks for no agent and against none.
 */
export async function prove(ports: StartPorts, place: RunPlace, job: Job): Promise<Outcome<Remarks | undefined, Failure>> {
  const { component, next } = job;
  const policy = place.policyPath === undefined ? [] : ['--policy', place.policyPath];
  const trust = place.trustCheck === 'insecure' ? ['--insecure-policy'] : [];
  const args = ['run', '--json', '--no-input', '--no-daemon', '--component', component.id, '--state', place.stateDir, ...policy, ...trust];
  const what = 'making its first run';
  const ended = await startAgent(ports, job, component.installPath, { args, what, timeoutMs: job.verify.timeoutSeconds * 1000, surroundings: 'handed-on' });
  const unproven = (problem: string, detail?: string): Outcome<never, Failure> => fail('agent-not-proven', { component: component.id, version: next.version, problem }, detail);
  if (!ended.ok) return ended.failure.kind === 'interrupted' ? interrupted(job) : unproven(ended.failure.problem, ended.failure.detail);
  const document = parseRunDocument(ended.value.stdout);
  if (document === undefined) return unproven(`it printed no valid glued.run/1 document when ${what}`, lastWords(ended.value));
  const problem = runProblem(document, { version: next.version, hostId: place.hostId(), components: place.components() });
  if (problem !== undefined) return unproven(problem, document.errors.map((e) => e.text).join('\n'));
  return ok({ notes: [`${component.id} ${next.version} made its first run from ${component.installPath}: ${document.outcome}.`] });
}
