import { type Failure, fail, ok, type Outcome, type Ports } from '../../../model/index.ts';
import { formatProblem } from './format.ts';
import { versionOf } from './start.ts';

/** Asked once, of a program that is installed: a minute is as good as never. */
const LIMIT_SECONDS = 60;

/** What the agent at a path says that it is, before it is taken over (`registry add --adopt`): later ones are compared with that. */
export async function versionAt(ports: Pick<Ports, 'files' | 'proc' | 'os'>, component: string, path: string): Promise<Outcome<string, Failure>> {
  // a package's launcher answers like an agent, and an update would replace it
  const strange = formatProblem(ports, path);
  if (strange !== undefined) return fail('adopt-no-agent', { component, path, problem: strange });
  const verify = { mustDetect: [], mustNotDetect: [], maxShrinkPercent: 100, timeoutSeconds: LIMIT_SECONDS, maxMemoryBytes: 0 };
  const asked = await versionOf(ports, { scratch: '/', signal: new AbortController().signal, verify }, path);
  if (asked.ok) return ok(asked.value);
  const { failure } = asked;
  const [problem, detail] = failure.kind === 'interrupted' ? ['it was interrupted', undefined] : [failure.problem, failure.detail];
  return fail('adopt-no-agent', { component, path, problem }, detail);
}
