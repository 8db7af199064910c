import {
  type Component,
  type Cooldown,
  type Failure,
  failureText,
  growsStale,
  type Instant,
  type LoadedPolicy,
  type Next,
  ok,
  type Outcome,
  type Policy,
  type RunDocument,
  type RunSeen,
  type ScheduleFacts,
  type ScheduleMemory,
} from '../model/index.ts';
import { serverName } from '../net/index.ts';
import { isEnabled, nextFrom, nextRun, probationEnd, remember, sources } from '../planner/index.ts';
import { scanRegistry } from '../registry/index.ts';
import { nextRef } from '../report/index.ts';
import { createProbations, hostId, readSchedule, type State } from '../state/index.ts';
import { machineZone } from './stage-plan.ts';
import type { RunOptions, World } from './world.ts';

const HOUR_MS = 3_600_000;

/** What is known here of the schedule, besides policy. */
export type Remembered = { readonly memory: ScheduleMemory; readonly cooldowns: readonly Cooldown[]; readonly components: readonly Component[] };

/** What asked for the run: the schedule's own runs are those that it tries again. */
export const SCHEDULED = 'schedule';

/** `at`: to be seen from then, and not from now. `wokeAt`: the machine woke up then. */
type Moment = { readonly now: Instant; readonly at?: Instant; readonly wokeAt?: Instant | null };

/** When the next scheduled run is due, and what is judged without one. */
export function nextOf(world: World, stateDir: string, policy: LoadedPolicy, known: Remembered, moment: Moment): Next {
  const { now, at = now, wokeAt = null } = moment;
  const { os } = world.ports;
  const upMs = os.upMs();
  const facts: ScheduleFacts = {
    ...known.memory,
    now,
    hostId: hostId(world.ports, stateDir),
    zone: machineZone(os, policy.policy),
    ...agesOf(policy.policy, known.components),
    power: policy.policy.schedule.onBattery === 'wait' ? os.power() : 'unknown',
    network: policy.policy.schedule.onMetered === 'wait' ? os.networkCost() : 'unknown',
    upSince: wokeAt ?? (upMs === undefined ? null : now - upMs),
    coolingUntil: coolingUntil(policy.policy, known.cooldowns, now),
  };
  const next = at === now ? nextRun(policy.policy, facts) : nextFrom(policy.policy, facts, at);
  const source = next.reason.policyKey === undefined ? undefined : sources(policy)(next.reason.policyKey);
  const listed = createProbations(world.ports, stateDir).list();
  const probation = listed.ok ? probationEnd(listed.value.probations, now, at) : undefined;
  return { at: next.at, reason: source === undefined ? next.reason : { ...next.reason, source }, ...(probation === undefined ? {} : { probation }) };
}

/** Of all that is kept current: the oldest content, and when the first of it grows stale; null where something has no content yet. */
function agesOf(policy: Policy, components: readonly Component[]): Pick<ScheduleFacts, 'oldestContent' | 'staleFrom'> {
  const current = components.filter((c) => isEnabled(policy, c) && growsStale(c));
  const dated = current.flatMap((c) => (c.installed === null ? [] : [{ date: c.installed.date, stale: c.installed.date + policy.content[c.contentType].maxAgeHours * HOUR_MS }]));
  if (dated.length === 0 || dated.length < current.length) return { oldestContent: null, staleFrom: null };
  return { oldestContent: Math.min(...dated.map((d) => d.date)), staleFrom: Math.min(...dated.map((d) => d.stale)) };
}

/** Until the first of the servers may be asked again, where all of them asked us to wait; no longer than they said, also where the clock went back. */
function coolingUntil({ servers }: Policy, cooldowns: readonly Cooldown[], now: Instant): Instant | null {
  const ends = servers.flatMap(({ url }) => {
    const { since, until } = cooldowns.find((c) => c.server === serverName(url)) ?? { since: now, until: now };
    return until > now ? [Math.min(until, now + until - since)] : [];
  });
  return ends.length < servers.length ? null : Math.min(...ends);
}

/** A run as the schedule sees it. */
export function runSeen(document: Pick<RunDocument, 'codeName' | 'server'>, startedAt: Instant, finishedAt: Instant, options: RunOptions): RunSeen {
  const { codeName, server } = document;
  return {
    startedAt,
    finishedAt,
    scheduled: options.trigger === SCHEDULED ? 'yes' : 'no',
    scope: options.components.length + options.contentTypes.length === 0 ? 'everything' : 'some',
    force: options.force,
    outcome: codeName === 'ok' ? 'well' : codeName === 'interrupted' ? 'interrupted' : 'failed',
    answered: server.url === null ? 'no' : 'yes',
  };
}

/** A run's document, and what the schedule is to remember after it; null: nothing new. */
export type Scheduled = { readonly document: RunDocument; readonly memory: ScheduleMemory | null };

/** The document with the next run's moment, which rests on this run too. `run` null: there was none that counts. */
export function withNext(
  world: World,
  state: Pick<State, 'dir' | 'schedule' | 'cooldowns'>,
  policy: LoadedPolicy | null,
  components: readonly Component[],
  document: RunDocument,
  run: RunSeen | null,
): Scheduled {
  if (policy === null) return { document, memory: null };
  const before = state.schedule.read();
  if (!before.ok) return unknown(document, before.failure);
  const cooldowns = state.cooldowns.list();
  if (!cooldowns.ok) return unknown(document, cooldowns.failure);
  const memory = run === null ? before.value : remember(policy.policy.schedule, before.value, run, machineZone(world.ports.os, policy.policy));
  const next = nextRef(nextOf(world, state.dir, policy, { memory, cooldowns: cooldowns.value, components }, { now: world.ports.clock.now() }));
  return { document: { ...document, next }, memory: run === null ? null : memory };
}

function unknown(document: RunDocument, why: Failure): Scheduled {
  return { document: { ...document, notes: [...document.notes, `What the schedule remembers could not be read: ${failureText(why)}`] }, memory: null };
}

/** The same beside a run that holds the state. */
export function withNextBeside(world: World, stateDir: string, policy: LoadedPolicy | null, components: readonly Component[], document: RunDocument): RunDocument {
  if (policy === null) return document;
  const seen = readSchedule(world.ports, stateDir);
  return seen.ok ? { ...document, next: nextRef(nextOf(world, stateDir, policy, { ...seen.value, components }, { now: world.ports.clock.now() })) } : document;
}

/**
 * For whoever waits between runs: when the next one is due. Needs no lock. `wokeAt`: the machine woke up then; null: not since it started. `ranAt`:
 * a run of everything began then, though nothing of it may have been kept (the policy could not be used, another run held the state).
 */
export function whenNext(
  world: World,
  stateDir: string,
  policy: LoadedPolicy,
  { wokeAt, ranAt }: { readonly wokeAt: Instant | null; readonly ranAt: Instant | null },
): Outcome<Next, Failure> {
  const { ports } = world;
  const seen = readSchedule(ports, stateDir);
  if (!seen.ok) return seen;
  const now = ports.clock.now();
  const { onlyIfOlderThanHours, onBattery, onMetered } = policy.policy.schedule;
  const isDated = onlyIfOlderThanHours !== undefined || onBattery === 'wait' || onMetered === 'wait';
  const registered = isDated ? scanRegistry(ports, stateDir, now, 'read') : ok({ components: [] });
  if (!registered.ok) return registered;
  const { memory, cooldowns } = seen.value;
  const lastRun = Math.max(memory.lastRun ?? -Infinity, ranAt ?? -Infinity);
  const known = { memory: { ...memory, lastRun: lastRun === -Infinity ? null : lastRun }, cooldowns, components: registered.value.components };
  return ok(nextOf(world, stateDir, policy, known, { now, wokeAt }));
}
