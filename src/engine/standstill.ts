import { type Component, type Failure, ok, type Outcome } from '../model/index.ts';
import { wantsCatalog } from '../planner/index.ts';
import type { Ledger } from './ledger.ts';
import { decide, type Known, planInput, type PlanSources } from './stage-plan.ts';
import { withoutCatalog } from './stage-trust.ts';
import type { RunOptions, World } from './world.ts';

/** A state that another run holds: nothing of it may be read, and nothing can be moved. */
export const heldElsewhere = (dir: string): Known => ({
  dir,
  quarantine: { list: () => ok([]) },
  refusedDeltas: { list: () => ok([]) },
  deferrals: { list: () => ok([]) },
  packages: { known: () => new Set(), begun: () => new Map() },
});

/**
 * Decides where nothing will be moved. A failure of the whole run (`why`) is the reason of each component that it keeps from its update;
 * what is off, not asked or without plug-in still says so.
 */
export function standStill(
  world: World,
  known: Known,
  ledger: Ledger,
  { policy, plugIns, now }: Pick<PlanSources, 'policy' | 'plugIns' | 'now'>,
  options: RunOptions,
  why: Failure | null,
): Outcome<undefined, Failure> {
  const components: readonly Component[] = [...ledger.entries.values()].map((e) => e.component);
  const wanted = why === null ? [] : components.filter((c) => wantsCatalog(policy.policy, plugIns, options, c));
  const catalogs = new Map(wanted.flatMap((c) => (why === null ? [] : [[c.id, { kind: 'failed' as const, failure: why }]])));
  const sources: PlanSources = { policy, plugIns, now, catalogs: withoutCatalog(catalogs, components), consents: [], present: 'nobody' };
  const input = planInput(world, known, ledger, sources, options);
  if (!input.ok) return input;
  decide(input.value, ledger);
  return ok();
}
