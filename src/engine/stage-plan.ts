import { plan } from '../planner/index.ts';
import {
  type CatalogState,
  type Component,
  type ComponentId,
  type Consent,
  type DeltaAlgorithms,
  type Failure,
  type LoadedPolicy,
  ok,
  type Outcome,
  type Plan,
  type PlanInput,
  type Policy,
  type Ports,
} from '../model/index.ts';
import { VENDOR_ALGORITHMS } from '../plugins/index.ts';
import { hostId, type State } from '../state/index.ts';
import type { Entry, Ledger } from './ledger.ts';
import type { RunOptions, World } from './world.ts';

export type PlanSources = {
  readonly policy: LoadedPolicy;
  readonly catalogs: ReadonlyMap<ComponentId, CatalogState>;
  readonly plugIns: ReadonlySet<string>;
  /** what was answered in this run */
  readonly consents: readonly Consent[];
  /** nobody: nor is there where a question was left unanswered in this run, so no other is asked */
  readonly present: 'someone' | 'nobody';
  readonly now: number;
};

/** What a decision reads of the state. */
export type Known = {
  readonly dir: string;
  readonly quarantine: Pick<State['quarantine'], 'list'>;
  readonly refusedDeltas: Pick<State['refusedDeltas'], 'list'>;
  readonly deferrals: Pick<State['deferrals'], 'list'>;
  readonly packages: Pick<State['packages'], 'known' | 'begun'>;
};

/** The agent applies these to any content; what a plug-in can apply to its own stands beside it. */
const ALGORITHMS: DeltaAlgorithms = { agent: ['zstd'], plugIns: VENDOR_ALGORITHMS };

/** Puts together all that a decision rests on. The planner reads nothing else, so `explain` can show the very same input. */
export function planInput(
  world: World,
  state: Known,
  ledger: Ledger,
  sources: PlanSources,
  options: Pick<RunOptions, 'components' | 'contentTypes' | 'force'>,
): Outcome<PlanInput, Failure> {
  const quarantine = state.quarantine.list();
  if (!quarantine.ok) return quarantine;
  const refusedDeltas = state.refusedDeltas.list();
  if (!refusedDeltas.ok) return refusedDeltas;
  const deferrals = state.deferrals.list();
  if (!deferrals.ok) return deferrals;
  const entries = [...ledger.entries.values()];
  const { os } = world.ports;
  return ok({
    policy: sources.policy,
    components: entries.map((e) => e.component),
    out: new Set(entries.filter((e) => e.failure !== null).map((e) => e.component.id)),
    inventories: new Map(entries.flatMap((e) => (e.inventory === null ? [] : [[e.component.id, e.inventory] as const]))),
    catalogs: sources.catalogs,
    quarantine: quarantine.value,
    cached: state.packages.known(),
    begun: state.packages.begun(),
    algorithms: ALGORITHMS,
    refusedDeltas: refusedDeltas.value,
    deferrals: deferrals.value,
    plugIns: sources.plugIns,
    facts: {
      now: sources.now,
      hostId: hostId(world.ports, state.dir),
      zone: machineZone(os, sources.policy.policy),
      os: os.platform,
      arch: os.arch,
      agentVersion: world.agentVersion,
      agentFloor: ledger.agentFloor,
      freeBytes: freeBytes(world.ports, entries.map((e) => e.component)),
      consents: sources.consents,
      present: sources.present,
    },
    asked: { components: options.components, contentTypes: options.contentTypes, force: options.force },
  });
}

/** Asked only where policy names times of day and no zone for them: to ask loads the database of zones. */
export function machineZone(os: Pick<Ports['os'], 'timeZone'>, { schedule }: Policy): string {
  const needed = schedule.timeZone === undefined && schedule.windows.length + schedule.dailyAt.length > 0;
  return needed ? os.timeZone() : 'UTC';
}

/** Free bytes where each component's content lives; unknown where its folder cannot be asked. */
function freeBytes(ports: Pick<Ports, 'files'>, components: readonly Component[]): ReadonlyMap<ComponentId, number> {
  const out = new Map<ComponentId, number>();
  for (const component of components) {
    const space = ports.files.space(component.installPath.replace(/[/\\][^/\\]*$/, '') || '/');
    if (space.ok) out.set(component.id, space.value.freeBytes);
  }
  return out;
}

/** Decides, and keeps each component's decision in the ledger. */
export function decide(input: PlanInput, ledger: Ledger): Plan {
  const decided = plan(input);
  for (const decision of decided.decisions) {
    const entry = ledger.entries.get(decision.id);
    if (entry === undefined) continue;
    entry.decision = decision;
    if (decision.choice.kind === 'failed') blame(ledger, entry, decision.choice.failure);
  }
  ledger.last = { plan: decided, input };
  return decided;
}

/** A failure of the whole run is an error once, however many components it keeps from their update. */
function blame(ledger: Ledger, entry: Entry, failure: Failure): void {
  if (ledger.errors.some((e) => e.failure === failure)) entry.failure = { failure, stage: 'plan' };
  else ledger.fail(entry, 'plan', failure);
}
