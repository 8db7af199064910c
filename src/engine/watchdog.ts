import { type Clock, failed, type Failure, failure, type Job, ok, type Outcome, type PlugIn } from '../model/index.ts';

type Limit = { readonly limitMs: number; readonly why: 'hung-plugin' | 'hung-test' | 'hung-install' | 'hung-download' };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * After so long a stage hangs. Each has limits of its own that are shorter (a call of an external plug-in, a child, a connection); these end
 * what slipped through all of them.
 */
export const STAGE_LIMITS = {
  inventory: { limitMs: 30 * MINUTE, why: 'hung-plugin' },
  license: { limitMs: 10 * MINUTE, why: 'hung-plugin' },
  check: { limitMs: 10 * MINUTE, why: 'hung-plugin' },
  download: { limitMs: 24 * HOUR, why: 'hung-download' },
  test: { limitMs: HOUR, why: 'hung-test' },
  swap: { limitMs: 30 * MINUTE, why: 'hung-install' },
  confirm: { limitMs: HOUR, why: 'hung-install' },
  prove: { limitMs: HOUR, why: 'hung-install' },
  restore: { limitMs: 30 * MINUTE, why: 'hung-install' },
  finish: { limitMs: 30 * MINUTE, why: 'hung-plugin' },
} as const satisfies Readonly<Record<string, Limit>>;

export type WatchedStage = keyof typeof STAGE_LIMITS;

/** An abort without a reason makes an error with its stack, each time. */
const OVER = 'over';

/** What was told to stop may take so long to do so. */
const GRACE_MS = 30_000;
/** A content test may start several programs, each within the policy's time. */
const PROGRAMS = 6;

/** Where and what is watched. `atLeastMs`: policy gives it more time than the table. */
type Watch = { readonly stage: WatchedStage; readonly component: string; readonly atLeastMs?: number };

/** Components of which something could not be stopped: until this process ends nothing else is done to them. */
const STUCK = new Map<string, Failure>();

/** Does something hang in this process that could not be stopped? A process that stays should end then. */
export const isStuck = (): boolean => STUCK.size > 0;

/**
 * Does the work of a stage under its limit. Beyond it the work's signal is aborted, which kills its children and ends its connections, and the
 * stage has failed; the failure names stage and component. Where the work does not even stop then, the component is left alone from there on:
 * what its journal says is recovered by the next process.
 */
export async function watched<T>(
  clock: Pick<Clock, 'sleep'>,
  { stage, component, atLeastMs = 0 }: Watch,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<Outcome<T, Failure>>,
): Promise<Outcome<T, Failure>> {
  const stuck = STUCK.get(component);
  if (stuck !== undefined) return failed(stuck);
  const own = new AbortController();
  // AbortSignal.any would do, at five times the price, for each component of each run
  const stop = (): void => own.abort(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const { limitMs, why } = STAGE_LIMITS[stage];
  const limit = Math.max(limitMs, atLeastMs);
  const working = work(own.signal).finally(() => signal.removeEventListener('abort', stop));
  const ended = await within(clock, limit, working);
  if (ended !== 'too-late') return ended;
  own.abort();
  const stopped = await within(clock, GRACE_MS, working);
  const end = stopped === 'too-late' ? 'could not even be stopped' : 'was stopped';
  const hung = failure(why, { stage, component, minutes: Math.round(limit / MINUTE), end });
  if (stopped === 'too-late') STUCK.set(component, hung);
  return failed(hung);
}

async function within<T>(clock: Pick<Clock, 'sleep'>, ms: number, working: Promise<T>): Promise<T | 'too-late'> {
  const over = new AbortController();
  const late = clock.sleep(ms, over.signal).then(() => 'too-late' as const);
  try {
    return await Promise.race([working, late]);
  } finally {
    over.abort(OVER);
  }
}

/** The plug-in, with the watchdog over each of its calls. */
export function withWatchdog(plugIn: PlugIn, clock: Pick<Clock, 'sleep'>): PlugIn {
  const never = new AbortController().signal;
  const job = <T>(stage: WatchedStage, one: Job, call: (job: Job) => Promise<Outcome<T, Failure>>): Promise<Outcome<T, Failure>> => {
    const atLeastMs = stage === 'test' || stage === 'confirm' || stage === 'prove' ? PROGRAMS * one.verify.timeoutSeconds * 1000 : 0;
    return watched(clock, { stage, component: one.component.id, atLeastMs }, one.signal, (signal) => call({ ...one, signal }));
  };
  return {
    id: plugIn.id,
    inventory: (component, depth, signal) => watched(clock, { stage: 'inventory', component: component.id }, signal, (by) => plugIn.inventory(component, depth, by)),
    license: (component, release) => watched(clock, { stage: 'license', component: component.id }, never, () => plugIn.license(component, release)),
    check: (component, release) => watched(clock, { stage: 'check', component: component.id }, never, () => plugIn.check(component, release)),
    test: (one) => job('test', one, (by) => plugIn.test(by)),
    swap: (one) => job('swap', one, (by) => plugIn.swap(by)),
    confirm: (one) => job('confirm', one, (by) => plugIn.confirm(by)),
    restore: (one) => job('restore', one, (by) => plugIn.restore(by)),
    finish: (one) => job('finish', one, (by) => plugIn.finish(by)),
    ...(plugIn.prove === undefined ? {} : { prove: (one) => job('prove', one, async (by) => (await plugIn.prove?.(by)) ?? ok()) }),
    ...(plugIn.alive === undefined ? {} : { alive: async (component, timeoutMs, signal) => (await plugIn.alive?.(component, timeoutMs, signal)) ?? { kind: 'none' } }),
    end: async () => plugIn.end?.(),
  };
}
