import type { Socket } from 'node:net';
import type { Connector } from 'undici/lib/dispatcher/agent.js';
import { type Clock, failed, ok, type Outcome } from '../model/index.ts';
import { causeOf } from './causes.ts';
import { askTunnel } from './connect-head.ts';
import { HopError, hopFailed, hopUnreached, hopWantsCredentials } from './hop-error.ts';
import type { Hop } from './hop.ts';
import { agentOn, type ConnectOptions, connectorOf, send, tracked, type Wire, type WireHandler, type WireRequest } from './undici.ts';

/** The time limit holds for each: the proxy's connection, its answer to CONNECT, the server's TLS. */
export type ThroughOptions = ConnectOptions & {
  readonly clock: Pick<Clock, 'sleep'>;
  /** the User-Agent of CONNECT */
  readonly agent: string;
};
/** The way through one proxy. `tunnel` is a bare connection to a server behind it. */
export type Through = Wire & { readonly tunnel: (target: URL) => Promise<Socket | undefined> };

type Dialled = Outcome<Socket, HopError>;

/** `host:port` as CONNECT names it. */
function authorityOf(hostname: string, protocol: string, port: string): string {
  const host = hostname.includes(':') ? `[${hostname.replace(/^\[|\]$/g, '')}]` : hostname;
  return `${host}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
}

type Blame = {
  readonly hop: Hop;
  /** an answer came through this proxy before: a connection may have been kept alive */
  readonly served: () => boolean;
  readonly serve: () => void;
};

/**
 * A request in absolute form. Whatever comes before the head is the proxy's doing: it is the one that we speak with; 407 is its own answer,
 * too. A proxy may close a connection that was kept alive just when the next request leaves (tinyproxy closes each, unannounced): that one
 * is sent again, once (RFC 9110 9.2.2).
 */
function inAbsoluteForm({ hop, served, serve }: Blame, ask: (handler: WireHandler) => WireRequest, handler: WireHandler): WireRequest {
  let begun = false;
  let ended = false;
  let again = served();
  let current: WireRequest | undefined;
  const failedWith = (error: Error): void => {
    if (!begun && !ended && again && causeOf(error, 'asked') === 'reset') {
      again = false;
      current = ask(once);
    } else handler.error(begun || error instanceof HopError ? error : answerless(hop, error));
  };
  const once: WireHandler = {
    start: () => handler.start(),
    head: (status, headers) => {
      begun = true;
      serve();
      if (status !== 407) return handler.head(status, headers);
      handler.error(hopWantsCredentials(hop, status, headers['proxy-authenticate']));
      current?.abort();
    },
    data: (bytes) => handler.data(bytes),
    end: () => handler.end(),
    error: failedWith,
  };
  current = ask(once);
  return {
    pause: () => current?.pause(),
    resume: () => current?.resume(),
    abort: () => {
      ended = true;
      current?.abort();
    },
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
  const toHop = tracked(await connectorOf({ ...options, tls: tls.ca === undefined ? {} : { ca: tls.ca } }));
  const toServer = tracked(await connectorOf(options));
  const host = authorityOf(hop.hostname, hop.protocol, hop.port);
  const dial = (): Promise<Dialled> =>
    new Promise((resolve) => {
      toHop.connect({ hostname: hop.hostname, host, protocol: hop.protocol, port: hop.port }, (error, socket) => {
        // with an error undici gives no second argument at all
        resolve(error === null && socket !== null ? ok(socket) : failed(hopUnreached(hop, error ?? new Error('no connection'))));
      });
    });
  const tunnelTo = async (authority: string): Promise<Dialled> => {
    const dialled = await dial();
    if (!dialled.ok) return dialled;
    const asked = await askTunnel(dialled.value, hop, authority, { agent: options.agent, clock: options.clock, timeoutMs: connectTimeoutMs });
    return asked.ok ? dialled : asked;
  };
  const byTunnel = async (...[target, callback]: Parameters<Connector>): Promise<void> => {
    const tunnel = await tunnelTo(authorityOf(target.hostname, target.protocol, target.port));
    if (tunnel.ok) toServer.connect({ ...target, httpSocket: tunnel.value }, callback);
    else callback(tunnel.failure, null);
  };
  const inTheOpen = async (callback: Parameters<Connector>[1]): Promise<void> => {
    const dialled = await dial();
    if (dialled.ok) callback(null, dialled.value);
    else callback(dialled.failure, null);
  };
  const forwards = await agentOn((_, callback) => inTheOpen(callback));
  const tunnelled = await agentOn(byTunnel);
  let anyServed = false;
  const blame: Blame = {
    hop,
    served: () => anyServed,
    serve: () => {
      anyServed = true;
    },
  };
  const credentials = hop.authorization === undefined ? [] : ['proxy-authorization', hop.authorization];
  return {
    get: (url, headers, handler) => {
      const path = `${url.pathname}${url.search}`;
      if (url.protocol === 'https:') return send(tunnelled, { origin: url.origin, path, method: 'GET', headers }, handler);
      // one server name for all targets: undici would open a connection for each
      const request = { origin: hop.address, path: `${url.origin}${path}`, method: 'GET', servername: hop.hostname } as const;
      const all = ['host', url.host, ...credentials, ...headers];
      return inAbsoluteForm(blame, (once) => send(forwards, { ...request, headers: all }, once), handler);
    },
    tunnel: async (target) => {
      const tunnel = await tunnelTo(authorityOf(target.hostname, target.protocol, target.port));
      return tunnel.ok ? tunnel.value : undefined;
    },
    close: async () => {
      const ended = Promise.all([forwards.destroy(), tunnelled.destroy()]);
      toHop.destroyAll();
      toServer.destroyAll();
      await ended;
    },
  };
}
