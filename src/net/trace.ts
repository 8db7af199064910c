import type { Clock, HttpFailure, HttpHead, HttpRequest, HttpSink, Outcome, TracedExchange, TracedHeader, TraceRecord } from '../model/index.ts';
import { REDACTED, redactor, secretsOfHeaders, shownUrl, withoutUrlSecrets } from './redact.ts';
import { headersFor } from './redirects.ts';
import type { Router } from './router.ts';

/** One request to one address, without redirects. */
type Send = (request: HttpRequest, url: URL, origin: string, sink: HttpSink) => Promise<Outcome<HttpHead, HttpFailure>>;
/** What is sent with every request, and which way each goes. */
type Sender = { readonly own: Readonly<Record<string, string>>; readonly router: Router | undefined };

/** A trace holds no more exchanges: of those after it only the number is known. A run that is well makes less than a hundred. */
export const MAX_EXCHANGES = 2000;
/** characters of one header's value, one address or one detail that are kept */
const MAX_TEXT = 1000;

/** Headers whose values hold no secret. A policy can set any other: their values are not shown, whatever they are called. */
const SHOWN_REQUEST_HEADERS: ReadonlySet<string> = new Set(['user-agent', 'accept-encoding', 'range', 'if-range', 'if-none-match', 'accept']);
const SECRET_RESPONSE_HEADER = /cookie|auth|token|secret|key|session|signature|password|credential/;
/** they hold an address, which may be relative */
const ADDRESS_HEADERS: ReadonlySet<string> = new Set(['location', 'content-location']);
/** their schemes say what the other side wants; what follows may be a nonce */
const CHALLENGES: ReadonlySet<string> = new Set(['www-authenticate', 'proxy-authenticate']);

/** Records the exchanges of one run. */
export type Trace = {
  /** the same sending, recorded: redirects are followed above, so that each is an exchange of its own */
  readonly around: (inner: Send, sender: Sender) => Send;
  readonly record: () => TraceRecord;
  /** what must not be shown wherever it turns up: told by whoever knows a secret */
  readonly hide: (secret: string) => void;
};

/** An empty trace. */
export function createTrace(clock: Pick<Clock, 'now' | 'monotonic'>): Trace {
  const exchanges: TracedExchange[] = [];
  const secrets = new Set<string>();
  let left = 0;
  return {
    hide: (secret) => void secrets.add(secret),
    record: () => ({ exchanges: exchanges.map((one) => cleaned(one, redactor(secrets), redactor(secrets, 'url'))), left }),
    around: (inner, { own, router }) => async (request, url, origin, sink) => {
      const headers = { ...own, ...headersFor(url, origin, request.headers) };
      for (const secret of secretsOfHeaders(secretHeaders(headers))) secrets.add(secret);
      const startedAt = clock.now();
      const began = clock.monotonic();
      const seen = watched(sink, clock);
      const end = await inner(request, url, origin, seen.sink);
      const ended = clock.monotonic();
      if (exchanges.length >= MAX_EXCHANGES) {
        left += 1;
        return end;
      }
      const { head, headAt, bytes } = seen.state();
      exchanges.push({
        startedAt,
        waitMs: (headAt ?? ended) - began,
        receiveMs: headAt === undefined ? 0 : ended - headAt,
        url: url.href,
        requestHeaders: headersOf(headers),
        response: head === undefined ? null : { status: head.status, headers: answerHeaders(head, url.href), redirectUrl: head.headers['location'] ?? '' },
        bytes,
        error: end.ok ? null : { kind: end.failure.kind, detail: end.failure.detail },
        proxy: await proxyOf(router, url),
      });
      return end;
    },
  };
}

/** The router keeps what it found out: asking it again costs nothing. */
async function proxyOf(router: Router | undefined, url: URL): Promise<string | null> {
  const way = await router?.(url);
  return way?.ok === true ? (way.value?.address ?? null) : (way?.failure.address ?? null);
}

function watched(sink: HttpSink, clock: Pick<Clock, 'monotonic'>): {
  readonly sink: HttpSink;
  readonly state: () => { readonly head: HttpHead | undefined; readonly headAt: number | undefined; readonly bytes: number };
} {
  let head: HttpHead | undefined;
  let headAt: number | undefined;
  let bytes = 0;
  return {
    state: () => ({ head, headAt, bytes }),
    sink: {
      head: (got) => {
        head = got;
        headAt = clock.monotonic();
        return sink.head(got);
      },
      chunk: (part) => {
        bytes += part.length;
        return sink.chunk(part);
      },
    },
  };
}

function secretHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !SHOWN_REQUEST_HEADERS.has(name.toLowerCase())));
}

function headersOf(headers: Readonly<Record<string, string>>): readonly TracedHeader[] {
  return Object.entries(headers).map(([name, value]) => ({ name: name.toLowerCase(), value: SHOWN_REQUEST_HEADERS.has(name.toLowerCase()) ? value : REDACTED }));
}

function answerHeaders(head: HttpHead, url: string): readonly TracedHeader[] {
  return Object.entries(head.headers).map(([name, value]) => {
    if (ADDRESS_HEADERS.has(name)) return { name, value: shownUrl(value, url) };
    if (CHALLENGES.has(name)) return { name, value: schemesOf(value) };
    return { name, value: SECRET_RESPONSE_HEADER.test(name) ? REDACTED : value };
  });
}

function schemesOf(challenge: string): string {
  const schemes = challenge.split(/,\s*/).map((one) => one.split(' ')[0] ?? '');
  return schemes.filter((scheme) => /^[A-Za-z][A-Za-z-]*$/.test(scheme)).join(', ');
}

/** Secrets out of every text of an entry, which is cut to a length that is bounded. */
function cleaned(one: TracedExchange, hide: (text: string) => string, hideInUrl: (text: string) => string): TracedExchange {
  const address = (value: string): string => hideInUrl(value).slice(0, MAX_TEXT);
  const text = (value: string): string => hide(value).slice(0, MAX_TEXT);
  const header = ({ name, value }: TracedHeader): TracedHeader => ({ name, value: text(withoutUrlSecrets(value)) });
  return {
    ...one,
    url: address(shownUrl(one.url)),
    requestHeaders: one.requestHeaders.map(header),
    response: one.response === null ? null : {
      ...one.response,
      headers: one.response.headers.map(header),
      redirectUrl: one.response.redirectUrl === '' ? '' : address(shownUrl(one.response.redirectUrl, one.url)),
    },
    error: one.error === null ? null : { kind: one.error.kind, detail: text(withoutUrlSecrets(one.error.detail)) },
  };
}
