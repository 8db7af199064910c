import type { Action, ComponentResult, ReasonCode, RunDocument, StatusDocument } from '../model/index.ts';

/** Skipped because an administrator or the command line said so: nobody has to look at it. */
const INTENDED: readonly string[] = ['not-asked', 'disabled', 'consent-never'] satisfies readonly ReasonCode[];

/** Skipped, and it stays so until a person acts. */
export const needsSomeone = (c: ComponentResult): boolean => c.action === 'skipped' && !INTENDED.includes(c.reason?.code ?? '');
/** Not whole on the disk, and left so until a window opens. */
const isDamaged = (c: ComponentResult): boolean => c.action === 'deferred' && c.reason?.code === ('window-damaged' satisfies ReasonCode);
/** Left alone as somebody wants it. */
export const isIntended = (c: ComponentResult): boolean => c.action === 'skipped' && !needsSomeone(c);

type Registered = StatusDocument['components'][number];

/** Components that this run did not look at, and whose last attempt failed: a rollback, or a run of some components, mends none of the others. */
export function stillFailed(run: RunDocument, registered: readonly Registered[]): readonly (Pick<Registered, 'id'> & { readonly code: number; readonly at: string })[] {
  return registered.flatMap(({ id, history }) => {
    const result = run.components.find((c) => c.id === id);
    if (result !== undefined && result.reason?.code !== ('not-asked' satisfies ReasonCode)) return [];
    const attempt = history.find((h) => h.action !== 'skipped');
    return attempt === undefined || attempt.code === 0 ? [] : [{ id, code: attempt.code, at: attempt.at }];
  });
}

/**
 * failed: the run failed. degraded: some of it failed, or failed before and was not tried again, content is too old or damaged, a component waits
 * for a person to act, or a registration is set aside. ok: all else, also what is held, staged or off.
 */
export function healthOf(run: RunDocument, registered: readonly Registered[]): StatusDocument['health'] {
  if (run.outcome === 'failed') return 'failed';
  const isTroubled = run.components.some((c) => needsSomeone(c) || isDamaged(c) || (!isIntended(c) && c.freshness?.stale === true));
  return run.outcome === 'partial' || run.errors.length > 0 || (run.setAside ?? []).length > 0 || isTroubled || stillFailed(run, registered).length > 0 ? 'degraded' : 'ok';
}

const ORDER: readonly Action[] = ['updated', 'rolled-back', 'current', 'deferred', 'skipped', 'failed'];

/** `2 updated, 1 current`, in a fixed order; `no component is registered`. */
export function countsOf(components: readonly Pick<ComponentResult, 'action'>[]): string {
  const counted = ORDER.map((action) => [components.filter((c) => c.action === action).length, action] as const);
  const parts = counted.filter(([count]) => count > 0).map(([count, action]) => `${count} ${action}`);
  return parts.length === 0 ? 'no component is registered' : parts.join(', ');
}

/** The run in one line: `Partial, code 16 (done-with-errors): 1 updated, 1 failed; stale: clamav.main.` */
export function summaryOf(run: RunDocument): string {
  const outcome = `${run.outcome.charAt(0).toUpperCase()}${run.outcome.slice(1)}`;
  const code = run.code === 0 ? '' : `, code ${run.code} (${run.codeName})`;
  // a run that ended before the registry was read knows nothing of components
  if (run.outcome === 'failed' && run.components.length === 0) return `${outcome}${code}.`;
  const stale = run.components.filter((c) => c.freshness?.stale === true).map((c) => c.id);
  const named = (what: string, ids: readonly string[]): string => (ids.length === 0 ? '' : `; ${what}: ${ids.join(', ')}`);
  return `${outcome}${code}: ${countsOf(run.components)}${named('stale', stale)}${named('registration set aside', [...new Set(run.setAside?.map(({ id }) => id))])}.`;
}
