import type { Plan, PlanInput, Ports } from '../model/index.ts';
import { consentKey } from '../planner/index.ts';

/** The answers so far; nobody: a question was not answered within the policy's time, and the planner's rule for nobody applies. */
export type Consents = { readonly consents: ReadonlyMap<string, 'yes' | 'no'>; readonly someone: 'perhaps' | 'nobody' };

/** Asks the person at the terminal about each optional release that waits for a word, until one question is not answered. */
export async function askConsent(terminal: Ports['terminal'], input: PlanInput, planned: Plan, signal: AbortSignal): Promise<Consents> {
  const consents = new Map(input.facts.consents);
  const limitMs = input.policy.policy.consent.askTimeoutSeconds * 1000;
  for (const decision of planned.decisions) {
    if (decision.choice.kind !== 'ask') continue;
    const { release } = decision.choice;
    const answer = await terminal.ask(`Install ${decision.id} ${release.version} now? [y/N] `, limitMs, signal);
    if (answer === undefined) return { consents, someone: 'nobody' };
    consents.set(consentKey(release), /^\s*y(es)?\s*$/i.test(answer) ? 'yes' : 'no');
  }
  return { consents, someone: 'perhaps' };
}
