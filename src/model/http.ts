import type { Instant } from './ids.ts';
import type { Outcome } from './outcome.ts';

export type HttpFailureKind =
  | 'unresolvable'
  | 'refused'
  | 'unreachable'
  | 'tls'
  | 'connect-timeout'
  | 'stalled'
  | 'reset'
  | 'short'
  | 'too-long'
  | 'redirect'
  | 'encoding'
  | 'protocol'
  | 'stopped'
  | 'proxy'
  | 'cooling-down'
  | 'interrupted';
/**
 * `proxy`: the hop before the server failed; the detail names it. `cooling-down`: the server asked us to wait until `until`, and was not
 * asked again.
 */
export type HttpFailure = {
  readonly kind: HttpFailureKind;
  readonly url: string;
  readonly detail: string;
  readonly until?: Instant;
  /** with kind `proxy` */
  readonly proxy?: ProxyTrouble;
};
/** A proxy: `address` is scheme://host:port, never with a secret; `source` is what named it: a policy key, a variable, a system's settings. */
export type ProxyHop = { readonly address: string; readonly source: string };
/**
 * What is wrong with a hop. `unusable`: it cannot even be asked (no address, SOCKS, an automatic configuration). `wants-credentials`: 407,
 * and none are given. `refused-credentials`: 407 in spite of them. `problem` says it in words.
 */
export type ProxyTrouble = ProxyHop & {
  readonly kind: 'unusable' | 'wants-credentials' | 'refused-credentials' | 'failed';
  readonly problem: string;
};
/** The machine's own settings. Addresses are as they were found; `pac` is the automatic configuration that is to be asked, or 'search'. */
export type ProxySettings = {
  /** for messages: whose settings, and the command that reads them */
  readonly source: string;
  readonly http?: string;
  readonly https?: string;
  readonly socks?: string;
  readonly pac?: string;
  readonly noProxy: readonly string[];
};
export type HttpHead = {
  readonly status: number;
  /** names in lower case; a header that came twice is joined by ', ' */
  readonly headers: Readonly<Record<string, string>>;
  /** where it came from, after redirects */
  readonly url: string;
  /** the proxy that handed the answer on and could read it: an error may be its own */
  readonly proxy?: ProxyHop;
};
export type HttpRequest = {
  readonly url: string;
  /** sent to the request's own origin only */
  readonly headers: Readonly<Record<string, string>>;
  /** time without a byte */
  readonly idleTimeoutMs: number;
  /** time for one answer, all of it; a sink that holds it back on purpose stops this clock. Absent: no limit */
  readonly totalTimeoutMs?: number;
  readonly redirects: 'same-origin' | 'any-origin-without-secrets';
  readonly signal: AbortSignal;
};
export interface HttpSink {
  /** called once, before any byte; 'stop' ends the transfer as `stopped` */
  head(head: HttpHead): 'go' | 'stop';
  /** a promise holds the transfer back until it is kept: a reader that is slow on purpose */
  chunk(bytes: Uint8Array): 'go' | 'stop' | Promise<'go' | 'stop'>;
}
/**
 * HTTP without opinions: any status is an answer. Never compresses, never sends a cookie, never asks again, but once where a connection
 * that was kept alive turns out to be gone.
 */
export interface Http {
  document(request: HttpRequest & { readonly maxBytes: number }): Promise<Outcome<HttpHead & { readonly body: Uint8Array }, HttpFailure>>;
  stream(request: HttpRequest, sink: HttpSink): Promise<Outcome<HttpHead, HttpFailure>>;
  /** ends idle connections, so that the process can end */
  close(): Promise<void>;
}

/** One request, as it came: nothing decoded. Header names in lower case. */
export type WebRequest = { readonly method: string; readonly target: string; readonly headers: Readonly<Record<string, string | undefined>> };

/** One answer; with a body, Content-Length is given. `body` is read as the client takes it, and its `return` is called when the client is gone. */
export type WebReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Iterator<Uint8Array, void>;
};

export type ListenFailure = { readonly kind: 'in-use' | 'denied' | 'unknown-host' | 'io'; readonly detail: string };
export type Listening = {
  /** the port that was really taken */
  readonly port: number;
  /** resolves when the signal was aborted and every connection is closed */
  readonly closed: Promise<void>;
};
export type ListenRequest = {
  readonly host: string;
  /** 0 takes any free one */
  readonly port: number;
  readonly handle: (request: WebRequest) => WebReply;
  readonly signal: AbortSignal;
};

/** An HTTP/1.1 server. It adds the Date header and the framing, nothing else. */
export interface Listener {
  listen(request: ListenRequest): Promise<Outcome<Listening, ListenFailure>>;
}

/** A content server ready to be asked: its base address (ends in '/') and the headers that go to its origin only (secrets were read). */
export type ServerAccess = { readonly url: string; readonly headers: Readonly<Record<string, string>> };
