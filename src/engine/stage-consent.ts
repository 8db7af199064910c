import type { Plan, PlanInput, Ports } from '../model/index.ts';
import { consentKey } from '../planner/index.ts';

/**
 * Asks the person at the terminal about each optional release that waits for a word. Returns the answers so far with the new ones; no
 * answer within the policy's time is no answer, and the planner's rule for nobody applies.
 */
export async function askConsent(
  terminal: Ports['terminal'],
  input: PlanInput,
  planned: Plan,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, 'yes' | 'no'>> {
  const answers = new Map(input.facts.consents);
  const limitMs = input.policy.policy.consent.askTimeoutSeconds * 1000;
  for (const decision of planned.decisions) {
    if (decision.choice.kind !== 'ask') continue;
    const { release } = decision.choice;
    const answer = await terminal.ask(`Install ${decision.id} ${release.version} now? [y/N] `, limitMs, signal);
    if (answer !== undefined) answers.set(consentKey(release), /^\s*y(es)?\s*$/i.test(answer) ? 'yes' : 'no');
  }
  return answers;
}
