/** What is made of servers that failed: whose fault it is, and which failure is the run's. */
import { type CatalogState, type ComponentId, failure, type Failure, failureCode, failureText } from '../model/index.ts';
import { ROOT_FILE } from './starting-root.ts';
import { FROM_CACHE } from './vault.ts';

/** A server that failed, and what it gave. */
export type Attempt = { readonly url: string; readonly failure: Failure };
/** The same for the result. */
export type Tried = { readonly url: string; readonly error: string };

/** For the result: what each server said. One that was being asked when the run was stopped said nothing. */
export function triedOf(attempts: readonly Attempt[]): readonly Tried[] {
  return attempts.filter((one) => failureCode(one.failure) !== 'interrupted').map(({ url, failure: why }) => ({ url, error: failureText(why) }));
}

/** What is held here already, and the server has nothing newer for, is the server's to answer for. */
export function blameServer(metadataUrl: string, why: Failure): Failure {
  const { from } = why.data;
  return from === FROM_CACHE || from === ROOT_FILE ? { ...why, data: { ...why.data, from: metadataUrl } } : why;
}

/** A failure that no other server can mend: of the store, or a request to stop. */
export function beyondServers(
  signal: AbortSignal,
  attempts: readonly Attempt[],
  states: ReadonlyMap<ComponentId, CatalogState>,
): Failure | undefined {
  if (signal.aborted) return failure('interrupted', { signal: 'a request to stop' });
  const failures = [...attempts.map((a) => a.failure), ...[...states.values()].flatMap((s) => (s.kind === 'failed' ? [s.failure] : []))];
  return failures.find((f) => failureCode(f) === 'state' || failureCode(f) === 'disk-space');
}

const TRUST_CODES: ReadonlySet<string> = new Set(['catalog-signature', 'catalog-stale', 'catalog-malformed']);
/** What stands in a server's place shows one of these; an unknown issuer alone may also be a server with a CA of its own. */
const PORTAL: ReadonlySet<string> = new Set(['server-html', 'server-redirect', 'server-issuer']);
const PAGES: ReadonlySet<string> = new Set(['server-html', 'server-redirect']);

/** Why no server was good: bad trust before bad network, a captive portal by its name, 25 only where all servers asked us to wait. */
export function whyNone(attempts: readonly Attempt[]): Failure {
  const trust = attempts.find((a) => TRUST_CODES.has(failureCode(a.failure)));
  if (trust !== undefined) return trust.failure;
  const count = attempts.length;
  if (count > 0 && attempts.every(isCooling)) return allCooling(attempts);
  if (attempts.every((a) => PORTAL.has(a.failure.why)) && attempts.some((a) => PAGES.has(a.failure.why))) {
    return failure('captive-portal', { count, tried: details(attempts) });
  }
  const [only] = attempts;
  // no server was at fault: the way to all of them was
  if (only !== undefined && attempts.every((a) => failureCode(a.failure) === 'proxy')) return { ...only.failure, detail: details(attempts) };
  return count === 1 && only !== undefined ? only.failure : failure('no-server', { count, tried: details(attempts) });
}

/** Why no server gave one component: what those that reached its catalog said, `own`, and those that came no further than their metadata. */
export function whyNoCatalog(own: readonly Attempt[], others: readonly Attempt[]): Failure {
  return own.find((a) => !isCooling(a))?.failure ?? whyNone([...own, ...others]);
}

const isCooling = (a: Attempt): boolean => failureCode(a.failure) === 'cooling-down';

function allCooling(attempts: readonly Attempt[]): Failure {
  // RFC 3339, UTC: the earliest is the first by its letters
  const [until = ''] = attempts.map((a) => String(a.failure.data['until'])).sort();
  return failure('cooling-down', { count: attempts.length, until, tried: details(attempts) });
}

const details = (attempts: readonly Attempt[]): string => attempts.map((a) => failureText(a.failure)).join(' ');

/** For the notes: a component that this server could not give, and a later one did. */
export const passedOver = (id: ComponentId, { url, failure: why }: Attempt): string => `${url} was passed over for ${id}: ${failureText(why)}`;
