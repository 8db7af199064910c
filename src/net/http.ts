import type { LookupFunction } from 'node:net';
import { failed, type Http, type HttpFailure, type HttpHead, type HttpRequest, type HttpSink, type Outcome, type Ports } from '../model/index.ts';
import { documentBy, draining } from './body.ts';
import { exchange, type Trouble } from './exchange.ts';
import { HopError, proxyTrouble } from './hop-error.ts';
import { issuerOf } from './issuer.ts';
import { headersFor, MAX_REDIRECTS, nextHop } from './redirects.ts';
import type { Router } from './router.ts';
import { tlsOptions } from './tls.ts';
import type { Trace } from './trace.ts';
import { type Chosen, openWays } from './ways.ts';

/** What `createHttp` needs beside the ports. `connectTimeoutMs` is 10 s, and `lookup` the system's, for everybody but tests. */
export type HttpOptions = {
  readonly tls: { readonly ca?: Uint8Array; readonly cert?: Uint8Array; readonly key?: Uint8Array };
  readonly agentVersion: string;
  /** none: every server is reached directly */
  readonly router?: Router;
  /** records every exchange */
  readonly trace?: Trace;
  readonly connectTimeoutMs?: number;
  readonly lookup?: LookupFunction;
};

const CONNECT_TIMEOUT_MS = 10_000;
type Follow = (request: HttpRequest, sink: HttpSink) => Promise<Outcome<HttpHead, HttpFailure>>;

function startOf(request: HttpRequest): URL | undefined {
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  return url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' ? url : undefined;
}

/** A refused certificate is named by its issuer: a captive portal or an inspecting proxy shows itself there. */
async function issuerBehind(trouble: Trouble, chosen: Chosen, timeoutMs: number): Promise<string | undefined> {
  const { error, kind } = trouble;
  if (error instanceof HopError) return error.at === 'tls' ? issuerOf(new URL(error.trouble.address), timeoutMs) : undefined;
  if (kind !== 'tls' || error === undefined) return undefined;
  const url = new URL(trouble.url);
  if (chosen.tunnel === undefined) return issuerOf(url, timeoutMs);
  const through = await chosen.tunnel(url);
  return through === undefined ? undefined : issuerOf(url, timeoutMs, through);
}

/** The failure with all that can be found out about it: the issuer of a refused certificate, the proxy on the way. */
async function explained(trouble: Trouble, chosen: Chosen, timeoutMs: number): Promise<HttpFailure> {
  const issuer = await issuerBehind(trouble, chosen, timeoutMs);
  const evidence = issuer === undefined ? '' : ` (certificate issued by ${issuer})`;
  const { error: _, ...failure } = trouble;
  if (failure.proxy !== undefined) return proxyTrouble(failure.url, { ...failure.proxy, problem: `${failure.proxy.problem}${evidence}` });
  const by = chosen.hop === undefined || failure.kind === 'interrupted' ? '' : `, through the proxy ${chosen.hop.address}`;
  return { ...failure, detail: `${failure.detail}${evidence}${by}` };
}

/** The `Http` port. Redirects are followed here, by hand, so that no secret leaves its origin. */
export async function createHttp(ports: Pick<Ports, 'clock' | 'log'>, options: HttpOptions): Promise<Http> {
  const connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const agent = `glued/${options.agentVersion}`;
  const { router, lookup } = options;
  const ways = openWays({ router, lookup, tls: await tlsOptions(options.tls), clock: ports.clock, connectTimeoutMs, agent });
  const own = { 'user-agent': agent, 'accept-encoding': 'identity' };

  const hop = async (request: HttpRequest, url: URL, origin: string, sink: HttpSink): Promise<Outcome<HttpHead, HttpFailure>> => {
    const began = ports.clock.monotonic();
    const way = await ways.to(url);
    if (!way.ok) return failed(proxyTrouble(url.href, way.failure));
    const { wire, hop: proxy } = way.value;
    const headers = { ...own, ...headersFor(url, origin, request.headers) };
    const reader = proxy === undefined || url.protocol === 'https:' ? {} : { reader: proxy };
    const { idleTimeoutMs, totalTimeoutMs, signal } = request;
    const end = await exchange(wire, ports.clock, { url, headers, idleTimeoutMs, totalTimeoutMs, signal, ...reader }, sink);
    const ms = Math.round(ports.clock.monotonic() - began);
    const by = proxy === undefined ? {} : { proxy: proxy.address };
    ports.log.write('debug', 'http', { url: url.href, ms, ...by, ...(end.ok ? { status: end.value.status } : { failure: end.failure.kind }) });
    return end.ok ? end : failed(await explained(end.failure, way.value, connectTimeoutMs));
  };

  const send = options.trace?.around(hop, { own, router: options.router }) ?? hop;

  const follow: Follow = async (request, sink) => {
    let url = startOf(request);
    if (url === undefined) return failed({ kind: 'protocol', url: request.url, detail: 'no http or https address' });
    const { origin } = url;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      const guarded = draining(sink);
      const end = await send(request, url, origin, guarded.sink);
      const moved = guarded.redirect();
      if (moved === undefined) return end;
      if (!end.ok && end.failure.kind !== 'stopped') return end;
      const next = nextHop(url, moved, request.redirects);
      if (!next.ok) return failed({ kind: 'redirect', url: url.href, detail: `redirect refused: ${next.failure}` });
      url = next.value;
    }
    return failed({ kind: 'redirect', url: url.href, detail: `more than ${MAX_REDIRECTS} redirects` });
  };

  return { document: (request) => documentBy(follow, request), stream: follow, close: () => ways.close() };
}

