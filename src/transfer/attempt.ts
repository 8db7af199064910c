import type { Clock, Http, HttpFailure, HttpHead, HttpSink, IoFailure, Package, PackageStore, ServerAccess } from '../model/index.ts';
import { pace } from './pace.ts';
import { extend, type Partial, startOver } from './partial.ts';
import { packageUrl, rangeFits, rangeHeaders, validatorOf, validatorText } from './sources.ts';

/** How one request for a package ended. What was received stays in the partial file, whatever the end. */
export type Verdict =
  | { readonly kind: 'whole' }
  | { readonly kind: 'http'; readonly failure: HttpFailure }
  | { readonly kind: 'status'; readonly status: number; readonly proxy?: string }
  /** the server's file has another size than the signed one */
  | { readonly kind: 'size'; readonly found: number; readonly html: 'html' | 'other' }
  | { readonly kind: 'endless' }
  /** the end came without an error, before the last byte */
  | { readonly kind: 'short' }
  | { readonly kind: 'hash'; readonly found: string; readonly begun: 'here' | 'elsewhere'; readonly html: 'html' | 'other' }
  /** the answer is no continuation of what we have */
  | { readonly kind: 'range'; readonly found: string }
  | { readonly kind: 'io'; readonly failure: IoFailure };

export type Order = {
  readonly package: Package;
  readonly store: PackageStore;
  readonly idleTimeoutMs: number;
  readonly maxBytesPerSecond: number;
  readonly signal: AbortSignal;
  readonly progress?: (done: number, total: number) => void;
};

const htmlOf = (head: HttpHead): 'html' | 'other' => (/^(text\/html|application\/xhtml)/i.test(head.headers['content-type'] ?? '') ? 'html' : 'other');

/** What the head says: 'go', or why its body is not wanted. */
function judge(head: HttpHead, have: number, size: number): Verdict | 'go' {
  const announced = Number(head.headers['content-length'] ?? Number.NaN);
  if (head.status === 206 && have > 0) {
    const range = head.headers['content-range'];
    return rangeFits(range, have, size) ? 'go' : { kind: 'range', found: `Content-Range ${JSON.stringify(range ?? '')}` };
  }
  if (head.status === 416 && have > 0) return { kind: 'range', found: 'status 416' };
  if (head.status !== 200) return { kind: 'status', status: head.status, ...(head.proxy === undefined ? {} : { proxy: head.proxy.address }) };
  return Number.isNaN(announced) || announced === size ? 'go' : { kind: 'size', found: announced, html: htmlOf(head) };
}

/** Writes and hashes what comes; remembers why it stopped. */
class PackageSink implements HttpSink {
  stopped: Verdict | undefined;
  html: 'html' | 'other' = 'other';
  downloaded = 0;
  private readonly order: Order;
  private readonly server: ServerAccess;
  private readonly partial: Partial;
  private readonly paced: (bytes: number) => 'go' | Promise<'go'>;

  constructor(clock: Clock, order: Order, server: ServerAccess, partial: Partial) {
    this.order = order;
    this.server = server;
    this.partial = partial;
    this.paced = pace(clock, order.maxBytesPerSecond, order.signal);
  }

  head(head: HttpHead): 'go' | 'stop' {
    const { sha256, size } = this.order.package;
    const verdict = judge(head, this.partial.length, size);
    if (verdict !== 'go') return this.stop(verdict);
    this.html = htmlOf(head);
    if (head.status === 200 && this.partial.length > 0) {
      const cut = startOver(this.order.store, sha256, this.partial);
      if (!cut.ok) return this.stop({ kind: 'io', failure: cut.failure });
    }
    if (head.status === 200) {
      const value = validatorOf(head.headers);
      this.partial.validator = value === undefined ? undefined : { server: this.server.url, value };
      this.order.store.setValidator(sha256, this.partial.validator === undefined ? undefined : validatorText(this.partial.validator));
    }
    return 'go';
  }

  chunk(bytes: Uint8Array): 'go' | 'stop' | Promise<'go' | 'stop'> {
    const { size } = this.order.package;
    if (this.partial.length + bytes.length > size) return this.stop({ kind: 'endless' });
    const done = extend(this.partial, bytes);
    if (!done.ok) return this.stop({ kind: 'io', failure: done.failure });
    this.downloaded += bytes.length;
    this.order.progress?.(this.partial.length, size);
    return this.paced(bytes.length);
  }

  private stop(verdict: Verdict): 'stop' {
    this.stopped = verdict;
    return 'stop';
  }
}

/** Asks one server once for what is still missing. */
export async function attempt(
  ports: { readonly http: Http; readonly clock: Clock },
  order: Order,
  server: ServerAccess,
  partial: Partial,
): Promise<{ readonly verdict: Verdict; readonly downloaded: number }> {
  partial.inherited = partial.length;
  const sink = new PackageSink(ports.clock, order, server, partial);
  const end = await ports.http.stream(
    {
      url: packageUrl(server, order.package.sha256),
      headers: { ...server.headers, ...rangeHeaders(partial.length, server, partial.validator) },
      idleTimeoutMs: order.idleTimeoutMs,
      redirects: 'any-origin-without-secrets',
      signal: order.signal,
    },
    sink,
  );
  return { verdict: sink.stopped ?? verdictOf(order, partial, sink, end.ok ? undefined : end.failure), downloaded: sink.downloaded };
}

/** All bytes are there: only their hash counts, however the connection ended. */
function verdictOf(order: Order, partial: Partial, sink: PackageSink, failure: HttpFailure | undefined): Verdict {
  if (partial.length === order.package.size && failure?.kind !== 'interrupted') {
    const found = partial.hash.digest('hex');
    if (found === order.package.sha256) return { kind: 'whole' };
    return { kind: 'hash', found, begun: partial.inherited > 0 ? 'elsewhere' : 'here', html: sink.html };
  }
  return failure === undefined ? { kind: 'short' } : { kind: 'http', failure };
}
