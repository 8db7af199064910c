import type { Instant } from './ids.ts';

/** One request and its answer as a trace keeps them: no body, no secret. Names of headers in lower case. */
export type TracedExchange = {
  readonly startedAt: Instant;
  /** milliseconds until the head came, or until the end where none came */
  readonly waitMs: number;
  /** milliseconds from the head to the end */
  readonly receiveMs: number;
  readonly url: string;
  readonly requestHeaders: readonly TracedHeader[];
  /** null: no answer came */
  readonly response: { readonly status: number; readonly headers: readonly TracedHeader[]; readonly redirectUrl: string } | null;
  /** of the body, as received */
  readonly bytes: number;
  readonly error: { readonly kind: string; readonly detail: string } | null;
  /** the proxy that it went through, without secrets */
  readonly proxy: string | null;
};

export type TracedHeader = { readonly name: string; readonly value: string };

/** What was recorded of one run; `left` counts the exchanges beyond the limit. */
export type TraceRecord = { readonly exchanges: readonly TracedExchange[]; readonly left: number };
