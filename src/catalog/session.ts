import { fail, failed, type Failure, type Http, type HttpFailure, type Instant, ok, type Outcome, rfc3339 } from '../model/index.ts';
import { describeHttpFailure, isForeignIssuer, looksLikeHtml, proxyFailure, serverTime } from '../net/index.ts';
import { MAX_DOCUMENT_MS } from './limits.ts';
import type { Vault } from './vault.ts';

/** One repository being asked: where it is, what is known already, and the run's limits. */
export type Session = {
  readonly http: Pick<Http, 'document'>;
  /** ends in '/' */
  readonly metadataUrl: string;
  /** ends in '/' */
  readonly targetsUrl: string;
  /** under which the store keeps this repository's ETags */
  readonly tagUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly vault: Vault;
  readonly now: Instant;
  readonly signal: AbortSignal;
  readonly idleTimeoutMs: number;
  /** is called with each answer's own time; what it returns ends the session */
  readonly clockCheck: (serverTime: Instant) => Outcome<undefined, Failure>;
};

/** An answer: `absent` for a status that was foreseen as such, `same` for 304. */
export type Fetched =
  | { readonly kind: 'body'; readonly url: string; readonly bytes: Uint8Array; readonly tag?: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'same' };

type Ask = {
  readonly url: string;
  /** for messages */
  readonly role: string;
  readonly maxBytes: number;
  readonly absent?: readonly number[];
  readonly tag?: string | undefined;
};

/**
 * Asks once, never again; redirects stay within the origin. A captive portal answers 200, or 511 (RFC 6585, 6), with a page of its own,
 * whatever is asked. Fails with 4, with 25 where the server wants to be left alone, with 8 where the answer is too long or compressed.
 */
export async function ask(session: Session, what: Ask): Promise<Outcome<Fetched, Failure>> {
  const answer = await session.http.document({
    url: what.url,
    headers: what.tag === undefined ? session.headers : { ...session.headers, 'if-none-match': what.tag },
    idleTimeoutMs: session.idleTimeoutMs,
    totalTimeoutMs: MAX_DOCUMENT_MS,
    redirects: 'same-origin',
    signal: session.signal,
    maxBytes: what.maxBytes,
  });
  if (!answer.ok) return transportFailure(session, what, answer.failure);
  const { status, headers, body } = answer.value;
  if (status === 511 || (status === 200 && looksLikeHtml(body, headers['content-type'] ?? ''))) return fail('server-html', { url: what.url });
  const time = serverTime(headers);
  const clock = time === undefined ? ok() : session.clockCheck(time);
  if (!clock.ok) return clock;
  if (status === 304 && what.tag !== undefined) return ok({ kind: 'same' });
  if (what.absent?.includes(status) === true) return ok({ kind: 'absent' });
  // an error that a proxy handed on may be its own
  const { proxy } = answer.value;
  if (status !== 200) return fail('server-status', { url: proxy === undefined ? what.url : `${what.url}, asked through the proxy ${proxy.address},`, status });
  const tag = headers['etag'];
  return ok({ kind: 'body', url: what.url, bytes: body, ...(tag === undefined ? {} : { tag }) });
}

/** How a failure to get an answer is told; the kinds that remain are the network's. */
function transportFailure(session: Session, what: Ask, failure: HttpFailure): Outcome<never, Failure> {
  const { url, detail } = failure;
  switch (failure.kind) {
    case 'too-long':
      return fail('metadata-oversized', { from: what.url, role: what.role, limit: what.maxBytes }, detail);
    case 'encoding':
      return fail('metadata-malformed', { from: what.url, role: what.role, problem: 'it came compressed' }, detail);
    case 'redirect':
      return fail('server-redirect', { url: what.url, cause: detail });
    case 'interrupted':
      return fail('interrupted', { signal: 'a request to stop' }, detail);
    case 'proxy':
      return failed(proxyFailure(failure));
    case 'cooling-down':
      return fail('server-cooling-down', { server: session.tagUrl, until: rfc3339(failure.until ?? session.now) });
    default:
      return isForeignIssuer(failure) ? fail('server-issuer', { url, cause: detail }) : fail('server-unreachable', { url, cause: describeHttpFailure(failure) });
  }
}
