import { type Answered, type Consent, type ConsentAnswer, type Failure, ok, type Outcome, type Plan, type PlanInput, type Policy, type Ports, type Question, type Release } from '../model/index.ts';
import { deferralsOf } from '../planner/index.ts';
import { printable } from '../report/index.ts';
import type { Bench } from './bench.ts';
import type { RunOptions } from './world.ts';

/** The answers of this run so far. nobody: a question was left unanswered, and no other is asked. */
export type Consents = { readonly consents: readonly Consent[]; readonly present: 'someone' | 'nobody' };

const atTerminal = ({ terminal }: Pick<Ports, 'terminal'>): boolean => terminal.stdinIsTerminal && terminal.stderrIsTerminal;

/** Is there somebody who may be asked? Looked for only where policy wants them to be. */
export async function whoIsPresent(
  ports: Pick<Ports, 'terminal' | 'desktop'>,
  policy: Pick<Policy, 'consent'>,
  { input }: Pick<RunOptions, 'input'>,
): Promise<'someone' | 'nobody'> {
  if (policy.consent.optional !== 'ask' || input === 'no-input') return 'nobody';
  return atTerminal(ports) ? 'someone' : ports.desktop.present();
}

/**
 * Asks about each optional release that waits for a word, at the terminal or else by the desktops' notification, until one question is
 * left unanswered. What is put off or refused is kept before the next question.
 */
export async function askConsent(bench: Pick<Bench, 'world' | 'state' | 'now' | 'options'>, input: PlanInput, planned: Plan): Promise<Outcome<Consents, Failure>> {
  const { ports } = bench.world;
  const consents = [...input.facts.consents];
  for (const { choice } of planned.decisions) {
    if (choice.kind !== 'ask') continue;
    const { release } = choice;
    const answered = await ask(ports, questionOf(input, release), input.policy.policy.consent.askTimeoutSeconds * 1000, bench.options.signal);
    if (answered.kind === 'nobody' || bench.options.signal.aborted) return ok({ consents, present: 'nobody' });
    const answer = ANSWERS.find(({ id }) => answered.kind === 'chosen' && id === answered.id)?.id ?? 'later';
    consents.push({ component: release.component, sequence: release.sequence, answer });
    const kept = keep(bench, input, release, answer);
    if (!kept.ok) return kept;
    if (answered.kind === 'none') return ok({ consents, present: 'nobody' });
  }
  return ok({ consents, present: 'someone' });
}

function ask(ports: Pick<Ports, 'terminal' | 'desktop'>, question: Question, limitMs: number, signal: AbortSignal): Promise<Answered> {
  return atTerminal(ports) ? askTerminal(ports.terminal, question, limitMs, signal) : ports.desktop.ask(question, limitMs, signal);
}

function keep({ state, now }: Pick<Bench, 'state' | 'now'>, input: PlanInput, release: Release, answer: ConsentAnswer): Outcome<undefined, Failure> {
  if (answer === 'yes') return ok();
  const { component, sequence } = release;
  const { count } = deferralsOf(input, release);
  return state.deferrals.put({ component, sequence, answer, count: answer === 'later' ? count + 1 : count, at: now });
}

/** On a terminal the first letter is enough. */
const ANSWERS = [
  { id: 'yes', label: 'Install now' },
  { id: 'later', label: 'Later' },
  { id: 'no', label: 'Do not install' },
] as const satisfies readonly { readonly id: ConsentAnswer; readonly label: string }[];

function questionOf(input: PlanInput, release: Release): Question {
  const component = input.components.find((c) => c.id === release.component);
  const { count, limit } = deferralsOf(input, release);
  const left = limit - count;
  const times = `${left} more ${left === 1 ? 'time' : 'times'}`;
  const restart = release.restart === 'none' ? '' : ` It needs a ${release.restart} afterwards.`;
  const notes = release.notesUrl === undefined ? '' : ` About it: ${release.notesUrl}`;
  return {
    title: printable(`Install ${component?.name ?? release.component} ${release.version}?`),
    text: printable(`An optional update of ${release.component}.${restart} It can be put off ${times}; then it is installed.${notes}`),
    answers: ANSWERS,
  };
}

/** One line: a letter or the word; anything else, and nothing, is `later`. */
async function askTerminal(terminal: Ports['terminal'], { title, text }: Question, limitMs: number, signal: AbortSignal): Promise<Answered> {
  const line = await terminal.ask(`${title}\n${text}\n[y]es, [l]ater, [n]o (later): `, limitMs, signal);
  if (line === undefined) return { kind: 'none' };
  const said = line.trim().toLowerCase();
  return { kind: 'chosen', id: ANSWERS.find(({ id }) => said === id || said === id.charAt(0))?.id ?? 'later' };
}
