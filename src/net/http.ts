import { failed, type Http, type HttpFailure, type HttpHead, type HttpRequest, type HttpSink, ok, type Outcome, type Ports } from '../model/index.ts';
import { bodyCollector, draining } from './body.ts';
import { exchange, type Trouble } from './exchange.ts';
import { issuerOf } from './issuer.ts';
import { headersFor, MAX_REDIRECTS, nextHop } from './redirects.ts';
import { tlsOptions } from './tls.ts';
import { openWire } from './undici.ts';

/** What `createHttp` needs beside the ports. `connectTimeoutMs` is 10 s for everybody but tests. */
export type HttpOptions = {
  readonly tls: { readonly ca?: Uint8Array; readonly cert?: Uint8Array; readonly key?: Uint8Array };
  readonly agentVersion: string;
  readonly connectTimeoutMs?: number;
};

const CONNECT_TIMEOUT_MS = 10_000;
type Follow = (request: HttpRequest, sink: HttpSink) => Promise<Outcome<HttpHead, HttpFailure>>;

function startOf(request: HttpRequest): URL | undefined {
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  return url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' ? url : undefined;
}

/** A refused certificate is named by its issuer: a captive portal or an inspecting proxy shows itself there. */
async function explained(trouble: Trouble, connectTimeoutMs: number): Promise<HttpFailure> {
  const { error, ...failure } = trouble;
  if (failure.kind !== 'tls' || error === undefined) return failure;
  const issuer = await issuerOf(new URL(failure.url), connectTimeoutMs);
  return issuer === undefined ? failure : { ...failure, detail: `${failure.detail} (certificate issued by ${issuer})` };
}

async function document(follow: Follow, request: HttpRequest & { readonly maxBytes: number }): ReturnType<Http['document']> {
  const body = bodyCollector(request.maxBytes);
  const end = await follow(request, body.sink);
  const { cut } = body;
  if (!end.ok) {
    const why = cut();
    if (end.failure.kind !== 'stopped' || why === undefined) return end;
    return why.kind === 'dropped' ? ok({ ...why.head, body: body.bytes() }) : failed({ ...end.failure, kind: 'too-long', detail: why.detail });
  }
  return ok({ ...end.value, body: body.bytes() });
}

/** The `Http` port on undici. Redirects are followed here, by hand, so that no secret leaves its origin. */
export async function createHttp(ports: Pick<Ports, 'clock' | 'log'>, options: HttpOptions): Promise<Http> {
  const connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const wire = await openWire(await tlsOptions(options.tls), connectTimeoutMs);
  const own = { 'user-agent': `glued/${options.agentVersion}`, 'accept-encoding': 'identity' };

  const hop = async (request: HttpRequest, url: URL, origin: string, sink: HttpSink): Promise<Outcome<HttpHead, HttpFailure>> => {
    const began = ports.clock.monotonic();
    const headers = { ...own, ...headersFor(url, origin, request.headers) };
    const end = await exchange(wire, ports.clock, { url, headers, idleTimeoutMs: request.idleTimeoutMs, signal: request.signal }, sink);
    const ms = Math.round(ports.clock.monotonic() - began);
    ports.log.write('debug', 'http', { url: url.href, ms, ...(end.ok ? { status: end.value.status } : { failure: end.failure.kind }) });
    return end.ok ? end : failed(await explained(end.failure, connectTimeoutMs));
  };

  const follow: Follow = async (request, sink) => {
    let url = startOf(request);
    if (url === undefined) return failed({ kind: 'protocol', url: request.url, detail: 'no http or https address' });
    const { origin } = url;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const guarded = draining(sink);
      const end = await hop(request, url, origin, guarded.sink);
      const moved = guarded.redirect();
      if (moved === undefined) return end;
      if (!end.ok && end.failure.kind !== 'stopped') return end;
      const next = nextHop(url, moved, request.redirects);
      if (!next.ok) return failed({ kind: 'redirect', url: url.href, detail: `redirect refused: ${next.failure}` });
      url = next.value;
    }
    return failed({ kind: 'redirect', url: url.href, detail: `more than ${MAX_REDIRECTS} redirects` });
  };

  return { document: (request) => document(follow, request), stream: follow, close: () => wire.close() };
}

