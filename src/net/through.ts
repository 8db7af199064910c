import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { bareHost, type Client, send, type Wire, type WireHandler } from './client.ts';
import { HopError, hopFailed, hopUnreached, hopWantsCredentials } from './hop-error.ts';
import type { Hop } from './hop.ts';
import { authorityOf, hopTls, openTunneller, type ThroughOptions, TunnelAgent } from './tunnels.ts';

/** The way through one proxy. `tunnel` is a bare connection to a server behind it. */
export type Through = Wire & { readonly tunnel: (target: URL) => Promise<Socket | undefined> };

/** Whatever comes before the head is the proxy's doing: it is the one that we speak with. 407 is its own answer, too. */
function blaming(hop: Hop, handler: WireHandler, abort: () => void): WireHandler {
  let begun: 'nothing' | 'connected' | 'answer' = 'nothing';
  return {
    start: () => {
      begun = 'connected';
      handler.start();
    },
    head: (status, headers) => {
      begun = 'answer';
      if (status !== 407) return handler.head(status, headers);
      handler.error(hopWantsCredentials(hop, status, headers['proxy-authenticate']));
      abort();
    },
    data: (bytes) => handler.data(bytes),
    end: () => handler.end(),
    error: (error) => {
      if (begun === 'answer' || error instanceof HopError) handler.error(error);
      else handler.error(begun === 'nothing' ? hopUnreached(hop, error) : answerless(hop, error));
    },
  };
}

/** A connection that stands has a certificate that was believed: what reads like TLS is something else then. */
function answerless(hop: Hop, error: Error): HopError {
  const trouble = hopUnreached(hop, error);
  return trouble.at === 'tls' ? hopFailed(hop, error.message) : trouble;
}

function forwarder(hop: Hop, { tls, lookup }: ThroughOptions): Client {
  const named = lookup === undefined ? {} : { lookup };
  if (hop.protocol === 'http:') return { protocol: 'http:', agent: new http.Agent({ keepAlive: true, ...named }) };
  return { protocol: 'https:', agent: new https.Agent({ keepAlive: true, ...named, ...hopTls(hop, tls) }) };
}

/**
 * HTTP through a proxy: http in absolute form (RFC 9112 3.2.2), https in a tunnel (CONNECT). Connections are kept alive both ways. The
 * client's certificate is for servers, the proxy never sees it; its own authority may be the policy's.
 */
export function openThrough(hop: Hop, options: ThroughOptions): Through {
  const { connectTimeoutMs } = options;
  const forward = forwarder(hop, options);
  const tunneller = openTunneller(hop, options);
  const tunnelled: Client = { protocol: 'https:', agent: new TunnelAgent(tunneller, options.tls) };
  const credentials = hop.authorization === undefined ? [] : ['proxy-authorization', hop.authorization];
  const { servername } = hopTls(hop, options.tls);
  return {
    get: (url, headers, handler) => {
      const path = `${url.pathname}${url.search}`;
      const lines = ['host', url.host, ...headers];
      if (url.protocol === 'https:') return send(tunnelled, { hostname: bareHost(url), port: url.port, path, lines }, connectTimeoutMs, handler);
      const order = { hostname: hop.hostname, port: hop.port, path: `${url.origin}${path}`, servername, lines: [...lines, ...credentials] };
      const request = send(forward, order, connectTimeoutMs, blaming(hop, handler, () => request.abort()));
      return request;
    },
    tunnel: async (target) => {
      const port = target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port;
      const opened = await tunneller.open(authorityOf(bareHost(target), port));
      return opened.ok ? opened.value : undefined;
    },
    close: async () => {
      forward.agent.destroy();
      tunnelled.agent.destroy();
      tunneller.close();
    },
  };
}
