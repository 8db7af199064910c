import { type Component, type Failure, fail, type LoadedPolicy, ok, type Outcome, type PlugIn } from '../model/index.ts';
import { wantsCatalog } from '../planner/index.ts';
import type { State } from '../state/index.ts';
import type { Bench } from './bench.ts';
import { connect } from './connect.ts';
import type { Ledger } from './ledger.ts';
import { CONFIRM_SECONDS } from './machine.ts';
import { ENGINE_MS } from './probation.ts';
import { runRounds } from './rounds.ts';
import { gather, takeInventory } from './stage-gather.ts';
import { judgeProbations, noticeStart, showProbations } from './stage-probation.ts';
import { refreshTrust, withoutCatalog } from './stage-trust.ts';
import { standStill } from './standstill.ts';
import type { RunOptions } from './world.ts';

/** A run that has the state and its plug-ins. */
export type UnderWay = Pick<Bench, 'world' | 'state' | 'ledger' | 'runId' | 'now' | 'options'> & { readonly plugIns: ReadonlyMap<string, PlugIn> };

/** From recovery to the last round. What fails ends the run, and is its caller's to tell. */
export async function stages(run: UnderWay, policy: LoadedPolicy | null): Promise<Outcome<undefined, Failure>> {
  const { world, state, ledger, now, options } = run;
  const recovered = options.mode === 'run' ? await finishEarlier(run) : ok();
  if (!recovered.ok) return recovered;
  if (options.mode === 'dry-run') noteUnfinished(state, ledger);
  const registered = await gather(world.ports, state.dir, ledger, now, options.mode === 'run' ? 'apply' : 'read');
  if (!registered.ok) return registered;
  ledger.keepOnly(registered.value);
  const judged = await probations(run, registered.value);
  if (!judged.ok) return judged;
  if (policy === null) return ok();
  const named = unknownNames(options, registered.value);
  if (!named.ok) {
    ledger.keepOnly([]);
    return named;
  }
  return update(run, policy, registered.value);
}

/** What an earlier run left in the journal, which is hardly ever anything: only then recovery is loaded. */
async function finishEarlier(run: UnderWay): Promise<Outcome<undefined, Failure>> {
  const left = run.state.journal.list();
  if (!left.ok || left.value.length === 0) return left.ok ? ok() : left;
  const { recover } = await import('./stage-recover.ts');
  return recover({ ...run, signal: run.options.signal, confirmSeconds: CONFIRM_SECONDS });
}

/** What is on probation is judged before anything is planned; a dry run only shows it. */
async function probations(run: UnderWay, registered: readonly Component[]): Promise<Outcome<undefined, Failure>> {
  const { world, state, ledger, now, options } = run;
  if (options.mode === 'dry-run') return showProbations(state, ledger);
  const noticed = noticeStart(world.ports, state, now, 'ignore');
  return noticed.ok ? judgeProbations({ ...run, signal: options.signal, engineMs: ENGINE_MS }, registered) : noticed;
}

async function update(run: UnderWay, policy: LoadedPolicy, registered: readonly Component[]): Promise<Outcome<undefined, Failure>> {
  const { world, state, ledger, plugIns, now, options } = run;
  const names = new Set(plugIns.keys());
  const wanted = registered.filter((c) => wantsCatalog(policy.policy, names, options, c) && ledger.entries.get(c.id)?.failure === null);
  await takeInventory(plugIns, wanted, ledger, options.force === 'yes' ? 'deep' : 'quick', options.signal);
  const still = (stage: string, why: Failure | null): Outcome<undefined, Failure> => {
    if (why !== null) ledger.failRun(stage, why);
    return standStill(world, state, ledger, { policy, plugIns: names, now }, options, why);
  };
  if (wanted.length === 0) return still('plan', null);
  const network = await connect(world, policy.policy, state, options);
  if (!network.ok) return still('network', network.failure);
  const bench: Bench = { ...run, policyDigest: policy.digest, verify: policy.policy.verify, probation: policy.policy.probation };
  try {
    const catalogs = await refreshTrust(world, state, ledger, policy.policy, network.value, wanted, now, options.signal);
    if (!catalogs.ok) return still('trust', catalogs.failure);
    return await runRounds({ bench, plugIns, policy, network: network.value }, withoutCatalog(catalogs.value, registered));
  } finally {
    network.value.tellWaiting(ledger);
    await network.value.http.close();
  }
}

/** A dry run recovers nothing, and says what the next run will. */
function noteUnfinished(state: State, ledger: Ledger): void {
  const open = state.journal.list();
  if (!open.ok) return;
  for (const left of open.value) ledger.notes.push(`${left.component}: an earlier run was stopped while ${left.stage}; the next run recovers it first.`);
}

/** A name on the command line that no component bears is a mistake, not an empty run. */
function unknownNames(options: RunOptions, registered: readonly Component[]): Outcome<undefined, Failure> {
  const known = registered.map((c) => c.id as string);
  const stranger = options.components.find((c) => !known.includes(c));
  return stranger === undefined ? ok() : fail('component-unknown', { component: stranger, known: known.join(', ') || 'none' });
}
