import { createHash } from 'node:crypto';
import type { Http, HttpFailureKind, HttpRequest, Instant } from '../../src/model/index.ts';

export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: Uint8Array }
  | { readonly fails: HttpFailureKind };
export type Files = ReadonlyMap<string, Uint8Array>;
/** A server: files below its address, and what it answers instead where it is asked to misbehave. */
export type FakeServer = { files: Files; answer?: (path: string, request: HttpRequest) => Answer | undefined; date?: Instant };
export type Asked = { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly maxBytes: number };

/** The `Http` port over servers in memory. Every request is remembered; ETags and 304 as a static web server has them. */
export class FakeHttp implements Pick<Http, 'document'> {
  readonly asked: Asked[] = [];
  readonly servers = new Map<string, FakeServer>();
  /** called with each request, before it is answered */
  onRequest: (url: string) => void = () => undefined;

  document(request: HttpRequest & { readonly maxBytes: number }): ReturnType<Http['document']> {
    const { url, headers, maxBytes, signal } = request;
    this.asked.push({ url, headers, maxBytes });
    this.onRequest(url);
    const failure = (kind: HttpFailureKind): Awaited<ReturnType<Http['document']>> => ({ ok: false, failure: { kind, url, detail: `simulated ${kind}` } });
    if (signal.aborted) return Promise.resolve(failure('interrupted'));
    const [base, server] = [...this.servers].find(([address]) => url.startsWith(address)) ?? [];
    if (base === undefined || server === undefined) return Promise.resolve(failure('unresolvable'));
    const path = url.slice(base.length);
    const answer = server.answer?.(path, request) ?? file(server.files.get(decodeURI(path)), headers['if-none-match']);
    if ('fails' in answer) return Promise.resolve(failure(answer.fails));
    const body = answer.body ?? new Uint8Array();
    if (body.length > maxBytes) return Promise.resolve(failure('too-long'));
    const date = server.date === undefined ? {} : { date: new Date(server.date).toUTCString() };
    return Promise.resolve({ ok: true, value: { status: answer.status, headers: { ...date, ...answer.headers }, url, body } });
  }

  /** the paths asked for since the last call, without the servers' addresses */
  take(): string[] {
    const paths = this.asked.map(({ url }) => {
      const base = [...this.servers.keys()].find((b) => url.startsWith(b)) ?? '';
      return url.slice(base.length);
    });
    this.asked.length = 0;
    return paths;
  }
}

function file(bytes: Uint8Array | undefined, tag: string | undefined): Answer {
  if (bytes === undefined) return { status: 404, headers: { 'content-type': 'text/html' }, body: new TextEncoder().encode('<html>not found</html>') };
  const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
  return etag === tag ? { status: 304, headers: { etag } } : { status: 200, headers: { etag }, body: bytes };
}
