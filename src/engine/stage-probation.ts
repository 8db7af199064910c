import { type Component, type ComponentId, type EngineLife, type Failure, failure, failureText, type Instant, ok, type Outcome, type PlugIn, type Ports, type Probation } from '../model/index.ts';
import type { State } from '../state/index.ts';
import { type Entry, leftBehind, type Ledger } from './ledger.ts';
import { countStart, type Judgement, judge } from './probation.ts';
import { NO_LIMITS } from './after.ts';
import type { Undoing } from './stage-undo.ts';

/** Judging, and what an engine has to answer within. */
export type Court = Undoing & { readonly engineMs: number };

/**
 * Counts a start of the machine for all that is on probation, durably: what kills the machine next must find it counted. `startsUnknown`:
 * whether to count one where the system has no boot id.
 */
export function noticeStart(ports: Pick<Ports, 'os'>, state: Pick<State, 'probations'>, now: Instant, startsUnknown: 'count' | 'ignore'): Outcome<undefined, Failure> {
  const listed = state.probations.list();
  if (!listed.ok) return listed;
  for (const probation of listed.value.probations) {
    const counted = countStart(probation, now, ports.os.bootId() ?? null, startsUnknown);
    const kept = counted === probation ? ok() : state.probations.put(counted);
    if (!kept.ok) return kept;
  }
  return ok();
}

/**
 * Judges all content on probation: what proved itself is proven from then on, what failed gives way to the last known good, and with it
 * what needs it. A failure of our own (a full disk, a state that cannot be written) condemns nothing.
 */
export async function judgeProbations(court: Court, registered: readonly Component[]): Promise<Outcome<undefined, Failure>> {
  const listed = court.state.probations.list();
  if (!listed.ok) return listed;
  const judged: Judged[] = [];
  for (const probation of listed.value.probations) {
    const component = registered.find((c) => c.id === probation.component.id);
    // not registered, as far as can be read: `recover` mends that
    if (component === undefined) continue;
    if (isPast(probation, component)) drop(court, component.id, probation.next.sequence);
    else judged.push(await judgeOne(court, probation, component));
  }
  for (const one of withCompanions(judged)) await carryOut(court, one);
  return ok();
}

/** Until when each component's content has to prove itself. */
export function showProbations(state: Pick<State, 'probations'>, ledger: Ledger): Outcome<undefined, Failure> {
  const listed = state.probations.list();
  if (!listed.ok) return listed;
  for (const { component, next, until } of listed.value.probations) {
    const entry = ledger.entries.get(component.id);
    if (entry?.component.installed?.sequence === next.sequence) entry.probation = { until };
  }
  return ok();
}

type Judged = {
  readonly component: Component;
  readonly kept: Probation;
  readonly probation: Probation;
  readonly verdict: 'goes-on' | 'proven' | 'condemned';
};

/** Another release is installed by now, or in another place: there is nothing to judge any more. What was condemned still has to go. */
function isPast({ component: before, next, condemned }: Probation, component: Component): boolean {
  const isElsewhere = component.installPath !== before.installPath || component.plugIn !== before.plugIn;
  return isElsewhere || (condemned === null && component.installed?.sequence !== next.sequence);
}

async function judgeOne(court: Court, probation: Probation, component: Component): Promise<Judged> {
  const isAsked = probation.condemned === null && probation.watch !== 'clock';
  const life: EngineLife = isAsked ? await lifeOf(court, component) : { kind: 'none' };
  if (life.kind === 'none' && life.why !== undefined) court.ledger.notes.push(unasked(component.id, life.why));
  // a look that was interrupted has seen nothing
  const judgement: Judgement = isAsked && court.signal.aborted ? { kind: 'goes-on', probation } : judge(probation, { now: court.now, life });
  court.world.ports.log.write('info', 'probation', { component: component.id, sequence: probation.next.sequence, engine: life.kind, verdict: judgement.kind });
  return { component, kept: probation, verdict: judgement.kind, probation: judgement.kind === 'proven' ? probation : judgement.probation };
}

const unasked = (component: ComponentId, why: Failure): string =>
  `How the engine of ${component} fares could not be asked; until it can, the content on probation there is proven by the clock alone. ${failureText(why)}`;

/** Without the plug-in (an external one, and no policy that allows it) nobody can be asked, and the clock decides. */
async function lifeOf({ plugIns, engineMs, signal }: Court, component: Component): Promise<EngineLife> {
  return (await plugIns.get(component.plugIn)?.alive?.(component, engineMs, signal)) ?? { kind: 'none' };
}

/** Whatever needs a release that goes has to go too: all of them or none. */
function withCompanions(judged: readonly Judged[]): readonly Judged[] {
  const gone = judged.filter((j) => j.verdict === 'condemned');
  for (;;) {
    const follower = judged.find((j) => !gone.some((g) => g.component.id === j.component.id) && missing(j.probation, gone) !== undefined);
    const why = follower === undefined ? undefined : missing(follower.probation, gone);
    if (follower === undefined || why === undefined) break;
    gone.push({ ...follower, verdict: 'condemned', probation: { ...follower.probation, condemned: why } });
  }
  return judged.map((j) => gone.find((g) => g.component.id === j.component.id) ?? j);
}

function missing({ component, next, requires }: Probation, gone: readonly Judged[]): Failure | undefined {
  for (const { component: companion, minSequence } of requires) {
    const back = gone.find((j) => j.component.id === companion);
    if (back === undefined || (back.probation.component.installed?.sequence ?? -1) >= minSequence) continue;
    return failure('probation-companion-gone', { component: component.id, version: next.version, companion, minSequence });
  }
  return undefined;
}

async function carryOut(court: Court, { probation, kept, component, verdict }: Judged): Promise<void> {
  const entry = court.ledger.enter(component);
  entry.probation = verdict === 'proven' ? null : { until: probation.until };
  switch (verdict) {
    case 'proven':
      return prove(court, entry, probation);
    case 'goes-on':
      return JSON.stringify(kept) === JSON.stringify(probation) ? undefined : keep(court, probation);
    case 'condemned':
      return expel(court, entry, probation);
  }
}

/** From now on it is the last known good. What was kept for the case that it failed goes. */
async function prove(court: Court, entry: Entry, { next, good, component: before, remade }: Probation): Promise<void> {
  const { state, ledger, now, signal } = court;
  const { component } = entry;
  if (!drop(court, component.id, next.sequence)) return;
  const forgiven = state.quarantine.forgive(component.id, next.sequence);
  if (!forgiven.ok) ledger.notes.push(failureText(forgiven.failure));
  const plugIn: PlugIn | undefined = court.plugIns.get(component.plugIn);
  const job = { component, next, previous: good ?? null, verify: NO_LIMITS, scratch: state.scratch, now, signal };
  // what stood there before the first release is no content of ours, and stays aside until a second one comes
  const finished = plugIn === undefined || (before.previous === null && remade === undefined) ? ok() : await plugIn.finish(job);
  if (!finished.ok) ledger.notes.push(leftBehind(component.id));
}

/** What was condemned gives way to the last known good, and is left alone. */
export async function expel(court: Court, entry: Entry, probation: Probation): Promise<void> {
  const { ledger } = court;
  const { condemned } = probation;
  keep(court, probation);
  const { undo } = await import('./stage-undo.ts');
  const undone = await undo(court, probation, entry.component);
  if (!undone.ok) ledger.fail(entry, 'probation', undone.failure);
  if (condemned === null) return;
  if (undone.ok) ledger.fail(entry, 'probation', condemned);
  else ledger.failRun('probation', condemned, entry.component.id);
}

/** What cannot be kept is asked again at the next look. */
function keep({ state, ledger }: Court, probation: Probation): void {
  const kept = state.probations.put(probation);
  if (!kept.ok) ledger.notes.push(failureText(kept.failure));
}

function drop({ state, ledger }: Court, component: ComponentId, sequence: number): boolean {
  const dropped = state.probations.drop(component, sequence);
  if (!dropped.ok) ledger.notes.push(failureText(dropped.failure));
  return dropped.ok;
}
