import type { Socket } from 'node:net';
import type { Connector } from 'undici/lib/dispatcher/agent.js';
import type { Clock } from '../model/index.ts';
import { askTunnel } from './connect-head.ts';
import { HopError, hopFailed, hopUnreached, hopWantsCredentials } from './hop-error.ts';
import type { Hop } from './hop.ts';
import { agentOn, type ConnectOptions, connectorOf, send, tracked, type Wire, type WireHandler } from './undici.ts';

/** The time limit holds for each: the proxy's connection, its answer to CONNECT, the server's TLS. */
export type ThroughOptions = ConnectOptions & {
  readonly clock: Pick<Clock, 'sleep'>;
  /** the User-Agent of CONNECT */
  readonly agent: string;
};
/** The way through one proxy. `tunnel` is a bare connection to a server behind it. */
export type Through = Wire & { readonly tunnel: (target: URL) => Promise<Socket | undefined> };

type Dialled = (error: HopError | null, socket: Socket | null) => void;

/** `host:port` as CONNECT names it. */
function authorityOf(hostname: string, protocol: string, port: string): string {
  const host = hostname.includes(':') ? `[${hostname.replace(/^\[|\]$/g, '')}]` : hostname;
  return `${host}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
}

/** Whatever comes before the head is the proxy's doing: it is the one that we speak with. 407 is its own answer, too. */
function blaming(hop: Hop, handler: WireHandler, abort: () => void): WireHandler {
  let begun = false;
  return {
    start: () => handler.start(),
    head: (status, headers) => {
      begun = true;
      if (status !== 407) return handler.head(status, headers);
      handler.error(hopWantsCredentials(hop, status, headers['proxy-authenticate']));
      abort();
    },
    data: (bytes) => handler.data(bytes),
    end: () => handler.end(),
    error: (error) => handler.error(begun || error instanceof HopError ? error : answerless(hop, error)),
  };
}

function answerless(hop: Hop, error: Error): HopError {
  const trouble = hopUnreached(hop, error);
  return trouble.at === 'tls' ? hopFailed(hop, error.message) : trouble;
}

/**
 * HTTP through a proxy: http in absolute form (RFC 9112 3.2.2), https in a tunnel (CONNECT). Connections are kept alive both ways. The
 * client's certificate is for servers, the proxy never sees it; its own authority may be the policy's.
 */
export async function openThrough(hop: Hop, options: ThroughOptions): Promise<Through> {
  const { tls, connectTimeoutMs } = options;
  const [toHop, toServer] = await Promise.all([
    connectorOf({ ...options, tls: tls.ca === undefined ? {} : { ca: tls.ca } }),
    connectorOf(options),
  ]);
  const host = authorityOf(hop.hostname, hop.protocol, hop.port);
  const dial = (dialled: Dialled): unknown =>
    toHop({ hostname: hop.hostname, host, protocol: hop.protocol, port: hop.port }, (error, socket) => {
      if (error === null) dialled(null, socket);
      else dialled(hopUnreached(hop, error), null);
    });
  const tunnelTo = (authority: string, dialled: Dialled): unknown =>
    dial((error, socket) => {
      if (socket === null) return dialled(error, null);
      const limits = { agent: options.agent, clock: options.clock, timeoutMs: connectTimeoutMs };
      void askTunnel(socket, hop, authority, limits).then((asked) => (asked.ok ? dialled(null, socket) : dialled(asked.failure, null)));
    });
  const byTunnel: Connector = (target, callback) =>
    tunnelTo(authorityOf(target.hostname, target.protocol, target.port), (error, socket) => {
      if (socket === null) callback(error, null);
      else toServer({ ...target, httpSocket: socket }, callback);
    });
  const forward = tracked((_, callback) => dial(callback));
  const tunnels = tracked(byTunnel);
  const [forwards, tunnelled] = await Promise.all([agentOn(forward.connect), agentOn(tunnels.connect)]);
  const credentials = hop.authorization === undefined ? [] : ['proxy-authorization', hop.authorization];
  return {
    get: (url, headers, handler) => {
      const path = `${url.pathname}${url.search}`;
      if (url.protocol === 'https:') return send(tunnelled, { origin: url.origin, path, method: 'GET', headers }, handler);
      const request = send(
        forwards,
        // one server name for all targets: undici would open a connection for each
        { origin: hop.address, path: `${url.origin}${path}`, method: 'GET', headers: ['host', url.host, ...credentials, ...headers], servername: hop.hostname },
        blaming(hop, handler, () => request.abort()),
      );
      return request;
    },
    tunnel: (target) =>
      new Promise((resolve) => void tunnelTo(authorityOf(target.hostname, target.protocol, target.port), (_, socket) => resolve(socket ?? undefined))),
    close: async () => {
      const ended = Promise.all([forwards.destroy(), tunnelled.destroy()]);
      forward.destroyAll();
      tunnels.destroyAll();
      await ended;
    },
  };
}
