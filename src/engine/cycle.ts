import { type Component, type Failure, fail, failureCode, type LoadedPolicy, ok, type Outcome, type PlugIn, type RunDocument, runId } from '../model/index.ts';
import { loadPolicy } from '../policy/index.ts';
import { wantsCatalog } from '../planner/index.ts';
import { writeActive } from '../registry/index.ts';
import { hostId, isLaterState, lockState, openState, pathOf, type State } from '../state/index.ts';
import { connect } from './connect.ts';
import { Ledger } from './ledger.ts';
import { runSeen, withNext, withNextBeside } from './next.ts';
import { placeOf, withPlugIns } from './plugins-of-run.ts';
import { ENGINE_MS } from './probation.ts';
import { runDocument, type RunFacts } from './result.ts';
import { settleRestarts } from './restarts.ts';
import { runRounds } from './rounds.ts';
import { gather, takeInventory } from './stage-gather.ts';
import type { Bench } from './bench.ts';
import { judgeProbations, noticeStart, showProbations } from './stage-probation.ts';
import { mustProve, prove, takeBack, tellUnproven } from './stage-prove.ts';
import { CONFIRM_SECONDS, recover } from './stage-recover.ts';
import { keepResult } from './stage-report.ts';
import { heldElsewhere, standStill } from './standstill.ts';
import { refreshTrust, withoutCatalog } from './stage-trust.ts';
import type { RunOptions, World } from './world.ts';

/**
 * One run: recover -> gather -> network check -> choose server -> refresh trust -> rounds -> report. Always returns a document; what went
 * wrong is in it. Under the state's lock from recovery to the report.
 */
export async function runCycle(world: World, options: RunOptions): Promise<RunDocument> {
  const { ports } = world;
  const startedAt = ports.clock.now();
  const ledger = new Ledger(ports.clock);
  const id = runId(startedAt, ports.random.bytes(10));
  const loaded = await loadPolicy(ports, { trustCheck: options.trustCheck, ...(options.policyPath === undefined ? {} : { policyPath: options.policyPath }) });
  const policy = loaded.ok ? loaded.value : null;
  if (!loaded.ok) ledger.failRun('policy', loaded.failure);
  const facts = (): RunFacts => ({ runId: id, startedAt, finishedAt: ports.clock.now(), policy, hostId: hostId(ports, options.stateDir), options });

  const held = hold(world, options, startedAt);
  if (!held.ok) {
    await withoutState(world, ledger, policy, startedAt, options, held.failure);
    return withNextBeside(world, options.stateDir, policy, componentsOf(ledger), runDocument(world, ledger, facts()));
  }
  const run = { runId: id, now: startedAt };
  const report = (state: State): RunDocument => keep(world, state, ledger, policy, facts(), options);
  const ended = await holding(held.value, async (state) => {
    const ran = await withPlugIns(world, policy, state.scratch, placeOf(world, ledger, options), (plugIns) => stages(world, state, ledger, policy, plugIns, run, options));
    if (!ran.ok) ledger.failRun('run', ran.failure);
    if (options.signal.aborted) ledger.failRun('run', fail('interrupted', { signal: options.signalName() }).failure);
    settle(world, state, ledger, startedAt, options);
    await settleRestarts(ports, state, ledger, startedAt, options.mode);
    ledger.notes.unshift(...state.notes);
    return mustProve(ledger) ? undefined : report(state);
  });
  if (ended !== undefined || policy === null) return ended ?? runDocument(world, ledger, facts());
  const proven = await proveAlone(world, ledger, policy, run, options);
  return proven === undefined ? runDocument(world, ledger, facts()) : holding(proven, async (state) => report(state));
}

/** Does work on the state that is held, and lets go of it. */
async function holding<T>({ state, release }: Held, work: (state: State) => Promise<T>): Promise<T> {
  try {
    return await work(state);
  } finally {
    state.close();
    release();
  }
}

/** The run's document, kept where the run counts. */
function keep(world: World, state: State, ledger: Ledger, policy: LoadedPolicy | null, finished: RunFacts, options: RunOptions): RunDocument {
  const document = runDocument(world, ledger, finished);
  const components = componentsOf(ledger);
  // a name mistyped is no run: what the last one said stays
  const counts = options.mode === 'run' && document.codeName !== 'usage';
  const seen = counts ? runSeen(document, finished.startedAt, finished.finishedAt, options) : null;
  const scheduled = withNext(world, state, policy, components, document, seen);
  return counts ? keepResult(world, state, ledger, components, policy, scheduled) : scheduled;
}

const componentsOf = (ledger: Ledger): readonly Component[] => [...ledger.entries.values()].map((e) => e.component);

/** Another run holds the state, or it cannot be used: what is installed is shown as far as it can be read, and why nothing is done. */
async function withoutState(world: World, ledger: Ledger, policy: LoadedPolicy | null, now: number, options: RunOptions, why: Failure): Promise<void> {
  if (policy !== null) ledger.failRun('lock', why);
  const registered = await gather(world.ports, options.stateDir, ledger, now, 'read');
  if (!registered.ok || policy === null) return;
  await withPlugIns(world, policy, '', undefined, async (plugIns) => {
    standStill(world, heldElsewhere(options.stateDir), ledger, { policy, plugIns: new Set(plugIns.keys()), now }, options, why);
  });
}

/** The state, with the lock that keeps others out. */
export type Held = { readonly state: State; readonly release: () => void };

/** The lock first, then the state: two runs at once never both read it. */
export function hold(world: World, options: Pick<RunOptions, 'stateDir' | 'trigger'>, now: number): Outcome<Held, Failure> {
  const lock = lockState(world.ports, options.stateDir, options.trigger, now);
  if (!lock.ok) return lock;
  const state = openState(world.ports, options.stateDir, now, world.kept);
  if (!state.ok) {
    lock.value.release();
    return state;
  }
  return ok({ state: state.value, release: () => lock.value.release() });
}

async function stages(
  world: World,
  state: State,
  ledger: Ledger,
  policy: LoadedPolicy | null,
  plugIns: ReadonlyMap<string, PlugIn>,
  run: Pick<Bench, 'runId' | 'now'>,
  options: RunOptions,
): Promise<Outcome<undefined, Failure>> {
  const { ports } = world;
  if (options.mode === 'run') {
    const recovered = await recover({ world, state, ledger, plugIns, now: run.now, signal: options.signal, confirmSeconds: CONFIRM_SECONDS });
    if (!recovered.ok) return recovered;
  }
  if (options.mode === 'dry-run') noteUnfinished(state, ledger);
  const registered = await gather(ports, state.dir, ledger, run.now, options.mode === 'run' ? 'apply' : 'read');
  if (!registered.ok) return registered;
  ledger.keepOnly(registered.value);
  const judged = await probations(world, state, ledger, plugIns, registered.value, run, options);
  if (!judged.ok) return judged;
  if (policy === null) return ok();
  const named = unknownNames(options, registered.value);
  if (!named.ok) {
    ledger.keepOnly([]);
    return named;
  }
  return update(world, state, ledger, policy, plugIns, registered.value, run, options);
}

/** What is on probation is judged before anything is planned; a dry run only shows it. */
async function probations(
  world: World,
  state: State,
  ledger: Ledger,
  plugIns: ReadonlyMap<string, PlugIn>,
  registered: readonly Component[],
  run: Pick<Bench, 'runId' | 'now'>,
  options: RunOptions,
): Promise<Outcome<undefined, Failure>> {
  if (options.mode === 'dry-run') return showProbations(state, ledger);
  const noticed = noticeStart(world.ports, state, run.now, 'ignore');
  return noticed.ok ? judgeProbations({ world, state, ledger, plugIns, ...run, signal: options.signal, engineMs: ENGINE_MS }, registered) : noticed;
}

async function update(
  world: World,
  state: State,
  ledger: Ledger,
  policy: LoadedPolicy,
  plugIns: ReadonlyMap<string, PlugIn>,
  registered: readonly Component[],
  run: Pick<Bench, 'runId' | 'now'>,
  options: RunOptions,
): Promise<Outcome<undefined, Failure>> {
  const names = new Set(plugIns.keys());
  const wanted = registered.filter((c) => wantsCatalog(policy.policy, names, options, c) && ledger.entries.get(c.id)?.failure === null);
  await takeInventory(plugIns, wanted, ledger, options.force === 'yes' ? 'deep' : 'quick', options.signal);
  const still = (stage: string, why: Failure | null): Outcome<undefined, Failure> => {
    if (why !== null) ledger.failRun(stage, why);
    return standStill(world, state, ledger, { policy, plugIns: names, now: run.now }, options, why);
  };
  if (wanted.length === 0) return still('plan', null);
  const network = await connect(world, policy.policy, state, options);
  if (!network.ok) return still('network', network.failure);
  const bench: Bench = { world, state, ledger, ...run, policyDigest: policy.digest, verify: policy.policy.verify, probation: policy.policy.probation, options };
  try {
    const catalogs = await refreshTrust(world, state, ledger, policy.policy, network.value, wanted, run.now, options.signal);
    if (!catalogs.ok) return still('trust', catalogs.failure);
    return await runRounds(bench, plugIns, policy, withoutCatalog(catalogs.value, registered), network.value);
  } finally {
    network.value.tellWaiting(ledger);
    await network.value.http.close();
  }
}

/** Tries so often to hold the state again, and waits so long in between: another run may have begun meanwhile. */
const HOLD_TRIES = 60;
const HOLD_WAIT_MS = 1000;

/**
 * Lets what was installed prove itself while nobody holds the state, then holds it again and takes back what did not. Undefined where the
 * state cannot be held, or is a later agent's by now, which would be set aside for us.
 */
async function proveAlone(world: World, ledger: Ledger, policy: LoadedPolicy, run: Pick<Bench, 'runId' | 'now'>, options: RunOptions): Promise<Held | undefined> {
  const { stateDir, signal } = options;
  world.kept?.close();
  return withPlugIns(world, policy, pathOf(stateDir, 'scratch'), placeOf(world, ledger, options), async (plugIns) => {
    const unproven = await prove(plugIns, ledger);
    if (unproven.length === 0 && isLaterState(world.ports, stateDir)) {
      ledger.notes.push('The new agent keeps its state in a later form: this result is in its log, and not in the history.');
      world.ports.log.write('info', 'state-later', { stateDir });
      return undefined;
    }
    const held = await holdAgain(world, options, run.now);
    if (!held.ok) {
      tellUnproven(ledger, unproven, held.failure);
      return undefined;
    }
    await takeBack({ world, state: held.value.state, ledger, plugIns, ...run, signal, engineMs: ENGINE_MS }, unproven);
    return held.value;
  });
}

async function holdAgain(world: World, options: RunOptions, now: number): Promise<Outcome<Held, Failure>> {
  for (let tries = 1; ; tries++) {
    const held = hold(world, options, now);
    if (held.ok || failureCode(held.failure) !== 'locked' || tries >= HOLD_TRIES || options.signal.aborted) return held;
    await world.ports.clock.sleep(HOLD_WAIT_MS, options.signal);
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

/** Each component's LastAttempt, and LastSuccess where it is current or moved. */
function settle(world: World, state: State, ledger: Ledger, now: number, options: RunOptions): void {
  if (options.mode === 'dry-run') return;
  for (const entry of ledger.entries.values()) {
    const kind = entry.decision?.choice.kind;
    // what failed before a decision was tried all the same
    const isTried = kind === undefined ? entry.failure !== null && entry.stages.length > 0 : kind !== 'skipped';
    if (!isTried) continue;
    const well = entry.failure === null && (entry.moved !== null || kind === 'current');
    entry.component = { ...entry.component, lastAttempt: now, ...(well ? { lastSuccess: now } : {}) };
    const written = writeActive(world.ports, state.dir, entry.component);
    if (!written.ok) ledger.fail(entry, 'finish', written.failure);
  }
}
