import { type ConsentAnswer, type PlanInput, reason, type Reason, type Release } from '../model/index.ts';
import { setBy } from './gates-component.ts';
import type { Subject } from './subject.ts';

/** The gate that asks whether a person has to agree. */

type Deferred = { readonly count: number; readonly limit: number };

type Which = Pick<Release, 'component' | 'sequence'>;

/** Whoever does not want a release now is not asked about an older one instead. */
const speaksOf = (said: Which, release: Which): boolean => said.component === release.component && said.sequence >= release.sequence;

/** How often a release was put off here, and how often policy allows it. */
export function deferralsOf(input: Pick<PlanInput, 'deferrals' | 'policy'>, release: Which): Deferred {
  const kept = input.deferrals.find((d) => speaksOf(d, release));
  return { count: kept?.count ?? 0, limit: input.policy.policy.consent.maxDeferrals };
}

/** Does someone have to agree? What is installed already was agreed to. */
export function judgeConsent(subject: Subject, release: Release): Reason {
  const { input, component } = subject;
  const { sequence } = release;
  if (!release.optional || sequence === component.installed?.sequence) return reason('consent-not-needed', {});
  const by = setBy(subject, 'consent.optional');
  const { optional } = input.policy.policy.consent;
  if (optional === 'install') return reason('consent-by-policy', {}, by);
  if (optional === 'never') return reason('consent-never', { sequence }, by);
  return judgeAsking(subject, release);
}

/** Policy wants the user to be asked: what they said, in this run or before; else whether they may be asked once more. */
function judgeAsking(subject: Subject, release: Release): Reason {
  const { input } = subject;
  const { sequence, component } = release;
  const byOptional = setBy(subject, 'consent.optional');
  const byLimit = setBy(subject, 'consent.maxDeferrals');
  const deferrals = deferralsOf(input, release);
  const answer = answerTo(input, release);
  if (answer === 'yes') return reason('consent-given', {}, byOptional);
  if (answer === 'no' || (answer === undefined && wasRefused(input, release))) return reason('consent-refused', { sequence, component }, byOptional);
  if (answer === 'later') return reason('consent-deferred', { sequence, ...deferrals }, { ...byLimit, deferrals });
  if (deferrals.count >= deferrals.limit) return reason('consent-exhausted', deferrals, { ...byLimit, deferrals });
  return reason(input.facts.present === 'someone' ? 'consent-asked' : 'consent-needed', { sequence }, { ...byOptional, deferrals });
}

/** What was said in this run. */
function answerTo({ facts }: PlanInput, release: Release): ConsentAnswer | undefined {
  return facts.consents.find((c) => (c.answer === 'yes' ? c.component === release.component && c.sequence === release.sequence : speaksOf(c, release)))?.answer;
}

/** A refusal holds for its release; --force asks about it again. */
function wasRefused({ deferrals, asked }: PlanInput, release: Release): boolean {
  return asked.force === 'no' && deferrals.some((d) => d.answer === 'no' && speaksOf(d, release));
}
