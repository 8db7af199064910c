import { rfc3339, type TracedExchange, type TracedHeader, type TraceRecord } from '../model/index.ts';

/** HAR 1.2 (softwareishard.com/blog/har-12-spec): the required fields, and ours with a `_` before them. */
export type Har = { readonly log: HarLog };
export type HarLog = {
  readonly version: '1.2';
  readonly creator: { readonly name: 'glued'; readonly version: string };
  readonly entries: readonly HarEntry[];
  readonly comment?: string;
};
export type HarEntry = {
  readonly startedDateTime: string;
  readonly time: number;
  readonly request: {
    readonly method: 'GET';
    readonly url: string;
    readonly httpVersion: string;
    readonly cookies: readonly [];
    readonly headers: readonly TracedHeader[];
    readonly queryString: readonly TracedHeader[];
    readonly headersSize: -1;
    readonly bodySize: 0;
  };
  readonly response: {
    readonly status: number;
    readonly statusText: '';
    readonly httpVersion: string;
    readonly cookies: readonly [];
    readonly headers: readonly TracedHeader[];
    readonly content: { readonly size: number; readonly mimeType: string; readonly comment?: string };
    readonly redirectURL: string;
    readonly headersSize: -1;
    readonly bodySize: number;
  };
  readonly cache: Readonly<Record<string, never>>;
  readonly timings: { readonly send: 0; readonly wait: number; readonly receive: number };
  readonly _error?: { readonly kind: string; readonly detail: string };
  readonly _proxy?: string;
};

const HTTP_VERSION = 'HTTP/1.1';
const NO_BODY = 'Bodies are never in a trace.';

/** A run's exchanges as one HAR document. */
export function harDocument(record: TraceRecord, agentVersion: string): Har {
  const { exchanges, left } = record;
  return {
    log: {
      version: '1.2',
      creator: { name: 'glued', version: agentVersion },
      entries: exchanges.map(entryOf),
      ...(left === 0 ? {} : { comment: `Only the first ${exchanges.length} exchanges are here; ${left} more were made.` }),
    },
  };
}

const milliseconds = (ms: number): number => Math.max(0, Math.round(ms * 1000) / 1000);

function entryOf(one: TracedExchange): HarEntry {
  const { response, bytes } = one;
  const wait = milliseconds(one.waitMs);
  const receive = milliseconds(one.receiveMs);
  const headers = response?.headers ?? [];
  return {
    startedDateTime: rfc3339(one.startedAt),
    time: milliseconds(wait + receive),
    request: {
      method: 'GET',
      url: one.url,
      httpVersion: HTTP_VERSION,
      cookies: [],
      headers: one.requestHeaders,
      queryString: queryOf(one.url),
      headersSize: -1,
      bodySize: 0,
    },
    response: {
      status: response?.status ?? 0,
      statusText: '',
      httpVersion: response === null ? '' : HTTP_VERSION,
      cookies: [],
      headers,
      content: {
        size: bytes,
        mimeType: headers.find((h) => h.name === 'content-type')?.value ?? 'application/octet-stream',
        ...(bytes === 0 ? {} : { comment: NO_BODY }),
      },
      redirectURL: response?.redirectUrl ?? '',
      headersSize: -1,
      bodySize: response === null ? -1 : bytes,
    },
    cache: {},
    timings: { send: 0, wait, receive },
    ...(one.error === null ? {} : { _error: one.error }),
    ...(one.proxy === null ? {} : { _proxy: one.proxy }),
  };
}

function queryOf(url: string): readonly TracedHeader[] {
  return URL.canParse(url) ? [...new URL(url).searchParams].map(([name, value]) => ({ name, value })) : [];
}
