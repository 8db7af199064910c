import { offlineCatalogs } from '../catalog/index.ts';
import { type Failure, failureText, type LoadedPolicy, type Next, ok, type Outcome, type Plan, type PlanInput, type PlugIn } from '../model/index.ts';
import { loadPolicy, readTrustRoot } from '../policy/index.ts';
import { wantsCatalog } from '../planner/index.ts';
import type { State } from '../state/index.ts';
import { connect } from './connect.ts';
import { hold, holding } from './hold.ts';
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
};

/** Decides as a run would, at `at`, and changes nothing but the trusted metadata. */
export async function explainRun(world: World, options: RunOptions, at?: number): Promise<Outcome<Explanation, Failure>> {
  const loaded = await loadPolicy(world.ports, { trustCheck: options.trustCheck, ...(options.policyPath === undefined ? {} : { policyPath: options.policyPath }) });
  if (!loaded.ok) return loaded;
  const now = world.ports.clock.now();
  const held = hold(world, options, now);
  if (!held.ok) return held;
  const work = (state: State): Promise<Outcome<Explanation, Failure>> =>
    withPlugIns(world, loaded.value, state.scratch, undefined, (plugIns) => explainHeld(world, state, loaded.value, plugIns, options, now, at ?? now));
  return holding(held.value, work);
}

async function explainHeld(
  world: World,
  state: State,
  policy: LoadedPolicy,
  plugIns: ReadonlyMap<string, PlugIn>,
  options: RunOptions,
  now: number,
  at: number,
): Promise<Outcome<Explanation, Failure>> {
  const ledger = new Ledger(world.ports.clock);
  const names = new Set(plugIns.keys());
  const registered = await gather(world.ports, state.dir, ledger, now, 'read');
  if (!registered.ok) return registered;
  const wanted = registered.value.filter((c) => wantsCatalog(policy.policy, names, options, c));
  await takeInventory(plugIns, wanted, ledger, 'quick', options.signal);
  const fresh = wanted.length === 0 ? ok(new Map()) : await freshCatalogs(world, state, ledger, policy, wanted, now, options);
  const catalogs = fresh.ok ? fresh.value : cachedCatalogs(world, state, policy, wanted);
  const input = planInput(
    world,
    state,
    ledger,
    { policy, catalogs: withoutCatalog(catalogs, registered.value), plugIns: names, consents: [], present: await whoIsPresent(world.ports, policy.policy, options), now: at },
    options,
  );
  if (!input.ok) return input;
  const memory = state.schedule.read();
  const cooldowns = state.cooldowns.list();
  if (!memory.ok) return memory;
  if (!cooldowns.ok) return cooldowns;
  const next = nextOf(world, state.dir, policy, { memory: memory.value, cooldowns: cooldowns.value, components: registered.value }, { now, at });
  const decided = decide(input.value, ledger);
  const problems = ledger.errors.map((e) => failureText(e.failure));
  return ok({ plan: decided, input: input.value, next, notes: [...ledger.notes, ...problems], offline: fresh.ok ? null : fresh.failure });
}

async function freshCatalogs(
  world: World,
  state: State,
  ledger: Ledger,
  policy: LoadedPolicy,
  wanted: Parameters<typeof refreshTrust>[5],
  now: number,
  options: RunOptions,
): Promise<Outcome<PlanInput['catalogs'], Failure>> {
  const network = await connect(world, policy.policy, state, options);
  if (!network.ok) return network;
  try {
    return await refreshTrust(world, state, ledger, policy.policy, network.value, wanted, now, options.signal);
  } finally {
    await network.value.http.close();
  }
}

function cachedCatalogs(
  world: World,
  state: State,
  policy: LoadedPolicy,
  wanted: readonly { readonly id: PlanInput['components'][number]['id'] }[],
): PlanInput['catalogs'] {
  const root = readTrustRoot(world.ports, policy.policy);
  if (!root.ok) return new Map(wanted.map((c) => [c.id, { kind: 'failed', failure: root.failure }]));
  return offlineCatalogs(state.metadata, root.value, wanted.map((c) => c.id));
}
