import { offlineAgentFloor, offlineCatalogs } from '../catalog/index.ts';
import { BUILT_IN_PLUG_INS, type Component, type Failure, failureText, type Instant, type LoadedPolicy, type Next, ok, type Outcome, type Plan, type PlanInput, type PlugIn, type WorkingRun } from '../model/index.ts';
import { loadPolicy, readTrustRoot } from '../policy/index.ts';
import { wantsCatalog } from '../planner/index.ts';
import { examineLock, pathOf, seeState, type StateSeen } from '../state/index.ts';
import { connect } from './connect.ts';
import { Ledger } from './ledger.ts';
import { nextOf } from './next.ts';
import { withPlugIns } from './plugins-of-run.ts';
import { whoIsPresent } from './stage-consent.ts';
import { gather, takeInventory } from './stage-gather.ts';
import { decide, planInput } from './stage-plan.ts';
import { refreshTrust, withoutCatalog } from './stage-trust.ts';
import type { RunOptions, World } from './world.ts';

/** What a run would decide, with every gate's verdict. */
export type Explanation = {
  readonly plan: Plan;
  readonly input: PlanInput;
  readonly notes: readonly string[];
  /** when the next scheduled run is due, as seen from the moment that is asked about */
  readonly next: Next;
  /** where no server could be asked: why; the verdicts then rest on the metadata of the last run */
  readonly offline: Failure | null;
  /** the run that is at work on the same state meanwhile */
  readonly underWay: WorkingRun | null;
};

/** What an explanation is made of. */
type Looking = {
  readonly world: World;
  readonly state: StateSeen;
  readonly policy: LoadedPolicy;
  readonly plugIns: ReadonlyMap<string, PlugIn>;
  readonly options: RunOptions;
  readonly underWay: WorkingRun | null;
  readonly now: Instant;
  /** the moment that is asked about */
  readonly at: Instant;
  readonly ledger: Ledger;
};

/** Decides as a run would, at `at`. Needs no lock, also while a run is at work, and changes nothing: what a server offers is believed here and not kept. */
export async function explainRun(world: World, options: RunOptions, at?: Instant): Promise<Outcome<Explanation, Failure>> {
  const { ports } = world;
  const { stateDir, trustCheck, policyPath } = options;
  const loaded = await loadPolicy(ports, { trustCheck, ...(policyPath === undefined ? {} : { policyPath }) });
  if (!loaded.ok) return loaded;
  const policy = loaded.value;
  const now = ports.clock.now();
  // first who is at work, then what of: a run that ends in between leaves no trace
  const holder = examineLock(ports, stateDir);
  const state = seeState(ports, stateDir);
  if (!state.ok) return state;
  const underWay = holder === null ? null : { ...holder, installing: state.value.journal.map(({ component, next, stage }) => ({ component, version: next.version, sequence: next.sequence, stage })) };
  const ledger = new Ledger(ports.clock);
  return withPlugIns(world, policy, pathOf(stateDir, 'scratch'), undefined, (plugIns) =>
    explainSeen({ world, state: state.value, policy, plugIns, options, underWay, now, at: at ?? now, ledger }),
  );
}

async function explainSeen(looking: Looking): Promise<Outcome<Explanation, Failure>> {
  const { world, state, policy, plugIns, options, underWay, now, at, ledger } = looking;
  const names = new Set(plugIns.keys());
  const registered = await gather(world.ports, state.dir, ledger, now, 'read');
  if (!registered.ok) return registered;
  const components = registered.value;
  const wanted = components.filter((c) => wantsCatalog(policy.policy, names, options, c));
  await takeInventory(plugIns, wanted.filter((c) => mayBeLookedAt(underWay, c)), ledger, 'quick', options.signal);
  const fresh = wanted.length === 0 ? ok(new Map()) : await freshCatalogs(looking, wanted);
  const catalogs = withoutCatalog(fresh.ok ? fresh.value : cachedCatalogs(looking, wanted), components);
  const present = await whoIsPresent(world.ports, policy.policy, options);
  const input = planInput(world, state, ledger, { policy, catalogs, plugIns: names, consents: [], present, now: at }, options);
  if (!input.ok) return input;
  const cooldowns = state.cooldowns.list();
  if (!cooldowns.ok) return cooldowns;
  const next = nextOf(world, state.dir, policy, { memory: state.memory, cooldowns: cooldowns.value, components }, { now, at });
  const decided = decide(input.value, ledger);
  const problems = ledger.errors.map((e) => failureText(e.failure));
  return ok({ plan: decided, input: input.value, next, notes: [...state.notes, ...ledger.notes, ...problems], offline: fresh.ok ? null : fresh.failure, underWay });
}

/** What a run is putting in place just now is neither old nor new; and a program that works for the run is not started a second time. */
function mayBeLookedAt(underWay: WorkingRun | null, { id, plugIn }: Component): boolean {
  return underWay === null || (BUILT_IN_PLUG_INS.some((own) => own === plugIn) && !underWay.installing.some((one) => one.component === id));
}

async function freshCatalogs({ world, state, ledger, policy, options, now }: Looking, wanted: readonly Component[]): Promise<Outcome<PlanInput['catalogs'], Failure>> {
  const network = await connect(world, policy.policy, state, options);
  if (!network.ok) return network;
  try {
    return await refreshTrust(world, state, ledger, policy.policy, network.value, wanted, now, options.signal);
  } finally {
    await network.value.http.close();
  }
}

function cachedCatalogs({ world, state, ledger, policy }: Looking, wanted: readonly Component[]): PlanInput['catalogs'] {
  const root = readTrustRoot(world.ports, policy.policy);
  if (!root.ok) return new Map(wanted.map((c) => [c.id, { kind: 'failed', failure: root.failure }]));
  ledger.agentFloor = offlineAgentFloor(state.metadata, root.value);
  return offlineCatalogs(state.metadata, root.value, wanted.map((c) => c.id));
}
