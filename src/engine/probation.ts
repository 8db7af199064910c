import { type Component, type Content, type EngineLife, type Failure, failure, failureText, type Installed, type Instant, type Policy, type Probation, type Release, unreachable } from '../model/index.ts';

/** The rules of probation, pure: what has to go, what goes on, what is proven. */

const MINUTE_MS = 60_000;
/** Starts of the machine within bootLoopMinutes that condemn content (facts/safety.md, 9). */
const BOOT_LOOP_STARTS = 3;
/** An engine that is there and does not answer for so long hangs. clamd that loads all of ClamAV's databases is silent for a minute. */
const SILENT_LIMIT_MS = 5 * MINUTE_MS;

/** What an engine has to answer whether it is up: clamd that is busy takes some seconds. */
export const ENGINE_MS = 5000;

/** What a look at the machine found. */
export type Look = { readonly now: Instant; readonly life: EngineLife };

export type Judgement =
  | { readonly kind: 'goes-on'; readonly probation: Probation }
  | { readonly kind: 'proven' }
  | { readonly kind: 'condemned'; readonly probation: Probation; readonly why: Failure };

/**
 * What begins with a release: null where policy asks for no probation, or where these very bytes were proven before, unless the machine's own
 * settings made something else of them (`remade`).
 */
export function beginProbation(
  proven: Component,
  next: Content,
  good: Content | null,
  release: Pick<Release, 'requires'>,
  by: { readonly policy: Policy['probation']; readonly policyDigest: string; readonly now: Instant; readonly boot: string | null; readonly remade?: 'yes' },
): Probation | null {
  const { minutes, maxRestarts, bootLoopMinutes } = by.policy;
  const { remade } = by;
  if (minutes === 0 || (remade === undefined && proven.installed?.sha256 === next.sha256)) return null;
  return {
    component: proven,
    next,
    ...(remade === undefined ? {} : { remade }),
    good,
    since: by.now,
    until: by.now + minutes * MINUTE_MS,
    maxRestarts,
    bootLoopMinutes,
    policyDigest: by.policyDigest,
    requires: remade === undefined ? release.requires : [],
    boot: by.boot,
    engine: null,
    restarts: 0,
    silentSince: null,
    starts: [],
    condemned: null,
  };
}

/**
 * Counts a start of the machine: another boot id than at the last look, or, where the system has none, whatever `startsUnknown` says.
 * The engine that ran before is gone with the machine, and that says nothing against the content.
 */
export function countStart(probation: Probation, now: Instant, boot: string | null, startsUnknown: 'count' | 'ignore'): Probation {
  const isStart = boot === null ? startsUnknown === 'count' : boot !== probation.boot;
  if (!isStart) return probation;
  return { ...probation, boot, engine: null, silentSince: null, starts: [...probation.starts, { boot, at: now }] };
}

/** The starts of the last bootLoopMinutes. One that seems to lie ahead of now counts: the clock was set back meanwhile. */
function recentStarts({ starts, bootLoopMinutes }: Probation, now: Instant): number {
  return starts.filter(({ at }) => now - at <= bootLoopMinutes * MINUTE_MS).length;
}

/** Does the machine start again and again? */
export function bootLoop(probation: Probation, now: Instant): Failure | undefined {
  const starts = recentStarts(probation, now);
  if (probation.bootLoopMinutes === 0 || starts < BOOT_LOOP_STARTS) return undefined;
  const { component, next, bootLoopMinutes: minutes } = probation;
  return failure('probation-boot-loop', { component: component.id, version: next.version, starts, minutes });
}

/** Judges by what was condemned before, by the machine's starts, by the engine, and then by the clock. */
export function judge(probation: Probation, look: Look): Judgement {
  const why = probation.condemned ?? bootLoop(probation, look.now);
  if (why !== undefined) return condemned(probation, why);
  const seen = seeEngine(rebased(probation, look.now), look);
  if ('why' in seen) return condemned(seen.probation, seen.why);
  return isOver(seen.probation, look.now) ? { kind: 'proven' } : { kind: 'goes-on', probation: seen.probation };
}

function condemned(probation: Probation, why: Failure): Judgement {
  const told = blamed(probation, why);
  return { kind: 'condemned', probation: { ...probation, condemned: told }, why: told };
}

/** Where only settings changed, they are to blame. */
function blamed({ component, next, remade, condemned: before }: Probation, why: Failure): Failure {
  if (remade === undefined || before !== null) return why;
  return failure('probation-remade-failed', { component: component.id, version: next.version, problem: failureText(why) }, why.detail);
}

/** A clock that was set back to before the installation would let it last for ever: it begins anew. */
function rebased(probation: Probation, now: Instant): Probation {
  return now >= probation.since ? probation : { ...probation, since: now, until: now + (probation.until - probation.since) };
}

/** Not while the engine is silent, and not while the machine has started twice of late: the third start would find nothing to put back. */
function isOver(probation: Probation, now: Instant): boolean {
  return now >= probation.until && probation.silentSince === null && (probation.bootLoopMinutes === 0 || recentStarts(probation, now) < BOOT_LOOP_STARTS - 1);
}

type Seen = { readonly probation: Probation } | { readonly probation: Probation; readonly why: Failure };

function seeEngine(probation: Probation, { life, now }: Look): Seen {
  const { component, next, maxRestarts: allowed } = probation;
  const about = { component: component.id, version: next.version };
  switch (life.kind) {
    case 'none':
      return { probation: { ...probation, silentSince: null } };
    case 'stopped':
      return { probation: { ...probation, engine: null, silentSince: null } };
    case 'up': {
      const restarts = probation.restarts + (probation.engine !== null && probation.engine !== life.identity ? 1 : 0);
      const seen = { ...probation, engine: life.identity, silentSince: null, restarts };
      return restarts > allowed ? { probation: seen, why: failure('probation-engine-restarted', { ...about, restarts, allowed }) } : { probation: seen };
    }
    case 'silent': {
      const silentSince = probation.silentSince ?? now;
      const seconds = Math.round((now - silentSince) / 1000);
      const seen = { ...probation, silentSince };
      if (now - silentSince < SILENT_LIMIT_MS) return { probation: seen };
      return { probation: seen, why: failure('probation-engine-silent', { ...about, seconds, problem: life.detail }) };
    }
    case 'dead': {
      if (!diedOfIt(probation, life.since)) return { probation };
      const seconds = Math.round((now - probation.since) / 1000);
      return { probation, why: failure('probation-engine-died', { ...about, seconds, problem: life.detail }, life.lastWords === '' ? undefined : life.lastWords) };
    }
    default:
      return unreachable(life);
  }
}

/** It was seen running since the machine started, or what it left was made since then and with the new content there. */
function diedOfIt({ engine, since, starts }: Probation, cameUp: Instant | null): boolean {
  return engine !== null || (cameUp !== null && cameUp >= Math.max(since, starts.at(-1)?.at ?? 0));
}

/**
 * The component with what is proven of it: itself, or what it was before the release that is on probation. Where nothing was proven before
 * that release, it is the best there is to go back to.
 */
export function provenOf(component: Component, probations: readonly Probation[]): Component {
  const open = probations.find((p) => p.component.id === component.id && p.next.sequence === component.installed?.sequence);
  if (open === undefined || open.component.installed === null) return component;
  return { ...component, installed: open.component.installed, previous: open.component.previous };
}

/** The proven release that is kept beside the two that the registry knows, while what is installed is on probation. */
export function earlierOf(component: Component, probations: readonly Probation[]): Installed | null {
  return probations.find((p) => p.component.id === component.id && p.next.sequence === component.installed?.sequence)?.component.previous ?? null;
}
