import { type CatalogState, type ComponentId, type Failure, ok, type Outcome, type Plan } from '../model/index.ts';
import { tellWhy } from './foresee.ts';
import type { Rounds } from './moves.ts';
import { whoIsPresent } from './stage-consent.ts';
import { decide, planInput, type PlanSources } from './stage-plan.ts';

/**
 * Plan, download, test, swap, confirm, ask where nothing else is left, and again while the plan is not empty. Each round moves or fails at least one component,
 * and a failed one is out of the run, so that the others (those that waited for a forced release too) go on. A release that is asked
 * for again after it was installed in this run is a loop: an error of its component.
 */
export async function runRounds(run: Omit<Rounds, 'done'>, catalogs: ReadonlyMap<ComponentId, CatalogState>): Promise<Outcome<undefined, Failure>> {
  const { bench, plugIns, policy } = run;
  const { world, state, ledger, options } = bench;
  const rounds: Rounds = { ...run, done: new Set() };
  let consents: PlanSources['consents'] = [];
  let present = await whoIsPresent(world.ports, policy.policy, options);
  for (;;) {
    const sources: PlanSources = { policy, catalogs, plugIns: new Set(plugIns.keys()), consents, present, now: bench.now };
    const input = planInput(world, state, ledger, sources, options);
    if (!input.ok) return input;
    const planned = decide(input.value, ledger);
    if (!movesAny(planned)) break;
    // most runs find nothing to do, and never load it
    const { move } = await import('./moves.ts');
    const moved = await move(rounds, input.value, planned);
    if (!moved.ok) return moved;
    if (moved.value === 'end') break;
    if (moved.value !== 'again') ({ consents, present } = moved.value);
  }
  if (options.mode === 'dry-run') tellWhy(ledger);
  return ok();
}

const movesAny = ({ installs, decisions }: Plan): boolean => installs.length > 0 || decisions.some(({ choice }) => choice.kind === 'restore' || choice.kind === 'ask');
