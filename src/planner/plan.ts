import { type ComponentId, type Decision, type Plan, type PlanInput, reason, type Release, type Verdict } from '../model/index.ts';
import { decide } from './decide.ts';
import { windowAt } from './schedule/index.ts';
import { sources } from './settings.ts';
import { subjectOf } from './subject.ts';

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** Decides every component, and what this round installs. The order of what comes in makes no difference. */
export function plan(input: PlanInput): Plan {
  const { facts, policy } = input;
  const common = { input, sourceOf: sources(policy), window: windowAt(policy.policy.schedule, facts.now, facts.zone) };
  const alone = input.components.filter((c) => !input.out.has(c.id)).sort(byId).map((component) => decide(subjectOf(common, component)));
  const forced = alone.flatMap((decision) => {
    const release = forcedRelease(decision);
    return release === undefined ? [] : [release];
  });
  const first = forced[0];
  const decisions = first === undefined ? alone : alone.map((decision) => yieldTo(first, decision));
  return { decisions, installs: decisions.flatMap(movesNow) };
}

function forcedRelease({ choice }: Decision): Release | undefined {
  return choice.kind === 'install' && choice.why.code === 'install-forced' ? choice.release : undefined;
}

function movesNow({ id, choice }: Decision): readonly ComponentId[] {
  return choice.kind === 'install' || choice.kind === 'restore' ? [id] : [];
}

/** While forced releases are installed nothing else is: what would go now waits for the next round, and its forced gate says so. */
function yieldTo(first: Release, decision: Decision): Decision {
  const { choice } = decision;
  if ((choice.kind !== 'install' && choice.kind !== 'restore') || forcedRelease(decision) !== undefined) return decision;
  const why = reason('forced-first', { sequence: first.sequence, component: first.component });
  const sequence = choice.kind === 'install' ? choice.release.sequence : choice.to.sequence;
  const verdicts = decision.verdicts.map((v): Verdict => (v.gate === 'forced' && v.sequence === sequence ? { ...v, outcome: 'stop', reason: why } : v));
  return { ...decision, verdicts, choice: { kind: 'deferred', reason: why } };
}
