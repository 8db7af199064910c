import { type Component, type Failure, fail, failureCode, failureText, type LoadedPolicy, type RunDocument, runId } from '../model/index.ts';
import { loadPolicy } from '../policy/index.ts';
import { writeActive } from '../registry/index.ts';
import { hostId, isLaterState, pathOf, type State } from '../state/index.ts';
import type { Bench } from './bench.ts';
import { type Held, hold, holdAgain, holding } from './hold.ts';
import { Ledger } from './ledger.ts';
import { runSeen, withNext, withNextBeside } from './next.ts';
import { placeOf, withPlugIns } from './plugins-of-run.ts';
import { ENGINE_MS } from './probation.ts';
import { settleRestarts } from './restarts.ts';
import { runDocument, type RunFacts } from './result.ts';
import { gather } from './stage-gather.ts';
import { mustProve, prove, takeBack, tellUnproven } from './stage-prove.ts';
import { keepResult } from './stage-report.ts';
import { stages } from './stages.ts';
import { heldElsewhere, standStill } from './standstill.ts';
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
    const ran = await withPlugIns(world, policy, state.scratch, placeOf(world, ledger, options), (plugIns) => stages({ world, state, ledger, plugIns, ...run, options }, policy));
    if (!ran.ok) ledger.failRun('run', ran.failure);
    tellStop(ledger, options);
    settle(world, state, ledger, startedAt, options);
    await settleRestarts(ports, state, ledger, startedAt, options.mode);
    ledger.notes.unshift(...state.notes);
    return mustProve(ledger) ? undefined : report(state);
  });
  if (ended !== undefined || policy === null) return ended ?? runDocument(world, ledger, facts());
  const proven = await proveAlone(world, ledger, policy, run, options);
  return proven === undefined ? runDocument(world, ledger, facts()) : holding(proven, async (state) => report(state));
}

/** The run's document, kept where the run counts. */
function keep(world: World, state: State, ledger: Ledger, policy: LoadedPolicy | null, finished: RunFacts, options: RunOptions): RunDocument {
  const document = runDocument(world, ledger, finished);
  const components = componentsOf(ledger);
  // a name mistyped is no run: what the last one said stays
  const counts = options.mode === 'run' && document.codeName !== 'usage';
  const seen = counts ? runSeen(document, finished.startedAt, finished.finishedAt, options) : null;
  const scheduled = withNext(world, state, policy, components, document, seen);
  return counts ? keepResult(world, state, ledger, components, policy, scheduled) : scheduled.document;
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

/**
 * Lets what was installed prove itself while nobody holds the state, then holds it again and takes back what did not. Undefined where the
 * state cannot be held, or is a later agent's by now, which would be set aside for us.
 */
async function proveAlone(world: World, ledger: Ledger, policy: LoadedPolicy, run: Pick<Bench, 'runId' | 'now'>, options: RunOptions): Promise<Held | undefined> {
  const { stateDir, signal } = options;
  world.kept?.close();
  return withPlugIns(world, policy, pathOf(stateDir, 'scratch'), placeOf(world, ledger, options), async (plugIns) => {
    const unproven = await prove(plugIns, ledger);
    tellStop(ledger, options);
    if (unproven.length === 0 && isLaterState(world.ports, stateDir)) {
      ledger.notes.push('The new agent keeps its state in a later form: this result is in its log, and not in the history.');
      world.ports.log.write('info', 'state-later', { stateDir });
      return undefined;
    }
    const held = await holdAgain(world, options, run.now);
    if (!held.ok) {
      tellStop(ledger, options);
      tellUnproven(ledger, unproven, held.failure);
      ledger.notes.push(`This result is not kept in the history: ${failureText(held.failure)}`);
      return undefined;
    }
    await takeBack({ world, state: held.value.state, ledger, plugIns, ...run, signal, engineMs: ENGINE_MS }, unproven);
    return held.value;
  });
}

/** The run was asked to stop: that is its end, once, whatever else it came to. */
function tellStop(ledger: Ledger, { signal, signalName }: RunOptions): void {
  if (!signal.aborted) return;
  const { failure } = fail('interrupted', { signal: signalName() });
  const told = ledger.errors.findIndex((e) => e.component === undefined && failureCode(e.failure) === 'interrupted');
  const stage = ledger.errors[told]?.stage;
  // the stage that noticed knows of a request to stop, and not whose
  if (stage === undefined) ledger.failRun('run', failure);
  else ledger.errors[told] = { failure, stage };
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
