import {
  type Http, type HttpFailure, type HttpHead, type HttpSink, type IoFailure, MIN_BYTES_PER_SECOND, type Package, type PackageStore, type ServerAccess,
} from '../model/index.ts';
import { looksLikeHtml } from '../net/index.ts';
import { extend, type Partial, startOver } from './partial.ts';
import { packageUrl, rangeFits, rangeHeaders, totalOf, type Validator, validatorOf, validatorText } from './sources.ts';

/** How one request for a package ended. What was received stays in the partial file, whatever the end. */
export type Verdict =
  | { readonly kind: 'whole' }
  | { readonly kind: 'http'; readonly failure: HttpFailure }
  | { readonly kind: 'status'; readonly status: number; readonly proxy?: string }
  /** the server's file has another size than the signed one */
  | { readonly kind: 'size'; readonly found: number; readonly html: 'html' | 'other'; readonly url: string }
  /** a web page, whose size nobody announced */
  | { readonly kind: 'page'; readonly url: string }
  | { readonly kind: 'endless' }
  /** the end came without an error, before the last byte */
  | { readonly kind: 'short' }
  | { readonly kind: 'hash'; readonly found: string; readonly begun: 'here' | 'elsewhere'; readonly html: 'html' | 'other' }
  /** the answer is no continuation of what we have */
  | { readonly kind: 'range'; readonly found: string }
  | { readonly kind: 'io'; readonly failure: IoFailure };

export type Order = {
  /** a package or a delta: what counts is its hash, and how many bytes it is */
  readonly package: Pick<Package, 'sha256' | 'size'>;
  readonly store: PackageStore;
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
  readonly progress?: (done: number, total: number) => void;
};

const htmlOf = (head: HttpHead): 'html' | 'other' => (/^(text\/html|application\/xhtml)/i.test(head.headers['content-type'] ?? '') ? 'html' : 'other');

/** A stranger to the bytes that we have: another size than the signed one, or no continuation of them. */
function judgeRange(head: HttpHead, server: ServerAccess, { length: have, validator }: Pick<Partial, 'length' | 'validator'>, size: number): Verdict | 'go' {
  const range = head.headers['content-range'];
  const found = `${head.status === 416 ? 'status 416, ' : ''}Content-Range ${JSON.stringify(range ?? '')}`;
  const total = totalOf(range);
  // what we have may well be right, and the next server goes on from there
  if (total !== undefined && total !== size) return { kind: 'size', found: total, html: htmlOf(head), url: head.url };
  if (head.status === 416 || !rangeFits(range, have, size)) return { kind: 'range', found };
  return isOther(head, server, validator) ? { kind: 'range', found: 'its file has changed' } : 'go';
}

/** Did the server that gave the beginning change the file since? One that ignores If-Range says it in its ETag (RFC 9110, 15.3.7.3). */
function isOther(head: HttpHead, server: ServerAccess, known: Validator | undefined): boolean {
  const etag = head.headers['etag'];
  return known?.server === server.url && known.value.startsWith('"') && etag !== undefined && etag.startsWith('"') && etag !== known.value;
}

/** What the head says: 'go', or why its body is not wanted. */
function judge(head: HttpHead, server: ServerAccess, partial: Pick<Partial, 'length' | 'validator'>, size: number): Verdict | 'go' {
  const announced = Number(head.headers['content-length'] ?? Number.NaN);
  if ((head.status === 206 || head.status === 416) && partial.length > 0) return judgeRange(head, server, partial, size);
  if (head.status === 511) return { kind: 'page', url: head.url };
  if (head.status !== 200) return { kind: 'status', status: head.status, ...(head.proxy === undefined ? {} : { proxy: head.proxy.address }) };
  return Number.isNaN(announced) || announced === size ? 'go' : { kind: 'size', found: announced, html: htmlOf(head), url: head.url };
}

/** Time without a byte costs this much more than the least rate would: a server may be slow to begin. */
const SLACK_MS = 60_000;

/** How long one request for so many bytes may take: as long as the least rate needs (attacks: slow retrieval). */
export const totalTimeoutMs = (bytes: number): number => SLACK_MS + Math.ceil((bytes * 1000) / MIN_BYTES_PER_SECOND);

/** Writes and hashes what comes; remembers why it stopped. */
class PackageSink implements HttpSink {
  stopped: Verdict | undefined;
  html: 'html' | 'other' = 'other';
  downloaded = 0;
  private url = '';
  private readonly order: Order;
  private readonly server: ServerAccess;
  private readonly partial: Partial;

  constructor(order: Order, server: ServerAccess, partial: Partial) {
    this.order = order;
    this.server = server;
    this.partial = partial;
  }

  head(head: HttpHead): 'go' | 'stop' {
    const { sha256, size } = this.order.package;
    const verdict = judge(head, this.server, this.partial, size);
    if (verdict !== 'go') return this.stop(verdict);
    this.html = htmlOf(head);
    this.url = head.url;
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

  chunk(bytes: Uint8Array): 'go' | 'stop' {
    const { size } = this.order.package;
    if (this.html === 'html' && this.partial.length === 0 && looksLikeHtml(bytes, 'text/html')) return this.stop({ kind: 'page', url: this.url });
    if (this.partial.length + bytes.length > size) return this.stop({ kind: 'endless' });
    const done = extend(this.partial, bytes);
    if (!done.ok) return this.stop({ kind: 'io', failure: done.failure });
    this.downloaded += bytes.length;
    this.order.progress?.(this.partial.length, size);
    return 'go';
  }

  private stop(verdict: Verdict): 'stop' {
    this.stopped = verdict;
    return 'stop';
  }
}

/** Asks one server once for what is still missing. */
export async function attempt(
  ports: { readonly http: Http },
  order: Order,
  server: ServerAccess,
  partial: Partial,
): Promise<{ readonly verdict: Verdict; readonly downloaded: number }> {
  partial.inherited = partial.length;
  const sink = new PackageSink(order, server, partial);
  const end = await ports.http.stream(
    {
      url: packageUrl(server, order.package.sha256),
      headers: { ...server.headers, ...rangeHeaders(partial.length, server, partial.validator) },
      idleTimeoutMs: order.idleTimeoutMs,
      totalTimeoutMs: totalTimeoutMs(order.package.size - partial.length),
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
