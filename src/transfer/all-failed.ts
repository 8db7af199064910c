import { fail, failed, type Failure, type HttpFailureKind, type Outcome, rfc3339, type Sha256 } from '../model/index.ts';
import { isForeignIssuer, proxyFailure } from '../net/index.ts';
import type { Failing } from './verdict.ts';

/** A server that is done with, and why. */
export type Failed = { readonly server: string; readonly text: string; readonly verdict: Failing };

/** Nobody was there: nothing of it is the package's fault. */
const NOBODY: ReadonlySet<HttpFailureKind> = new Set<HttpFailureKind>(['unresolvable', 'refused', 'unreachable', 'connect-timeout', 'tls']);

const httpKind = ({ verdict }: Failed): HttpFailureKind | undefined => (verdict.kind === 'http' ? verdict.failure.kind : undefined);
const isCooling = (f: Failed): boolean => httpKind(f) === 'cooling-down';
const isNobody = (f: Failed): boolean => NOBODY.has(httpKind(f) ?? 'stopped');
const isRedirect = (f: Failed): boolean => httpKind(f) === 'redirect';

/** A web page where the package should be, or a certificate that somebody between has made. */
function isPortal({ verdict }: Failed): boolean {
  if (verdict.kind === 'http') return isForeignIssuer(verdict.failure);
  return verdict.kind === 'page' || (verdict.kind === 'size' && verdict.html === 'html');
}

function earliest(failures: readonly Failed[]): string {
  const ends = failures.flatMap((f) => (f.verdict.kind === 'http' && f.verdict.failure.until !== undefined ? [f.verdict.failure.until] : []));
  return rfc3339(Math.min(...ends));
}

/**
 * Why a package came from no server. 9; but 25 where all of them asked us to wait, 4 where a portal stands before all of them, 19 where
 * the proxy failed for all.
 */
export function allFailed(sha256: Sha256, failures: readonly Failed[]): Outcome<never, Failure> {
  const last = failures.at(-1);
  const detail = failures.map((f) => `${f.server}: ${f.text}`).join('\n');
  const said = { sha256, servers: failures.length, server: last?.server ?? '', error: last?.text ?? '' };
  if (last === undefined) return fail('package-unavailable', said, detail);
  if (last.verdict.kind === 'http' && failures.every((f) => httpKind(f) === 'proxy')) return failed({ ...proxyFailure(last.verdict.failure), detail });
  const cooling = failures.filter(isCooling);
  const other = failures.findLast((f) => !isCooling(f));
  if (other === undefined) return fail('package-cooling-down', { sha256, servers: failures.length, until: earliest(failures) }, detail);
  if (cooling.length > 0) {
    const more = { cooling: cooling.length, until: earliest(cooling), server: other.server, error: other.text };
    return fail('package-some-cooling', { ...said, ...more }, detail);
  }
  if (failures.every((f) => isPortal(f) || isRedirect(f)) && failures.some(isPortal)) return fail('package-portal', said, detail);
  if (failures.every(isNobody)) return fail('package-unreachable', said, detail);
  if (last.verdict.kind === 'hash' && failures.every((f) => f.verdict.kind === 'hash')) {
    return fail('package-wrong-hash', { server: last.server, sha256, found: last.verdict.found }, detail);
  }
  return fail('package-unavailable', said, detail);
}
