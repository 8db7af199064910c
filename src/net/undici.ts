import type { LookupFunction } from 'node:net';
import type { default as Agent, Connector, Controller, Request } from 'undici/lib/dispatcher/agent.js';
import type { TlsMaterial } from './tls.ts';

/** What a request tells its asker; after `end` or `error` nothing more comes. */
export type WireHandler = {
  start(): void;
  head(status: number, headers: Readonly<Record<string, string>>): void;
  data(bytes: Uint8Array): void;
  end(): void;
  error(error: Error): void;
};
/** A request on its way: it can be held back, let go on, and given up. */
export type WireRequest = { pause(): void; resume(): void; abort(): void };
/** A way to servers; this file is the one place that knows undici. */
export type Wire = {
  get(url: URL, headers: readonly string[], handler: WireHandler): WireRequest;
  close(): Promise<void>;
};

/** bytes of a response's head; more is a protocol error */
const MAX_HEADER_BYTES = 16 * 1024;

function joined(headers: Readonly<Record<string, string | readonly string[]>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), typeof value === 'string' ? value : value.join(', ')]),
  );
}

/** Sockets that are open or connecting: undici lets go of those that still connect only when they are done. */
export function tracked(connect: Connector): { readonly connect: Connector; readonly destroyAll: () => void } {
  const open = new Set<{ destroy(): void }>();
  return {
    connect: (options, callback) => {
      const socket = connect(options, callback);
      if (isSocket(socket)) {
        open.add(socket);
        socket.once('close', () => open.delete(socket));
      }
      return socket;
    },
    destroyAll: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

type Socket = { once(event: string, listener: () => void): unknown; destroy(): void };
function isSocket(value: unknown): value is Socket {
  return typeof value === 'object' && value !== null && 'once' in value && 'destroy' in value;
}

export type ConnectOptions = {
  readonly tls: TlsMaterial;
  readonly connectTimeoutMs: number;
  /** names to addresses; the system's for everybody but tests */
  readonly lookup?: LookupFunction | undefined;
};

/**
 * undici's connector, loaded when first needed: HTTP/1.1 over TCP, or TLS of this material. Of a name's addresses the runtime takes the
 * first that answers, half a second for each (RFC 8305): a dead IPv6 address does not stop who has a living IPv4 one.
 */
export async function connectorOf({ tls, connectTimeoutMs, lookup }: ConnectOptions): Promise<Connector> {
  const { default: buildConnector } = await import('undici/lib/core/connect.js');
  return buildConnector({ allowH2: false, timeout: connectTimeoutMs, ...tls, ...(lookup === undefined ? {} : { lookup }) });
}

/**
 * An agent: a connection kept alive for each origin, more only while requests run side by side. Its timeouts while a request runs are off
 * (they are half a second coarse): whoever asks keeps time.
 */
export async function agentOn(connect: Connector): Promise<Agent> {
  const { default: UndiciAgent } = await import('undici/lib/dispatcher/agent.js');
  return new UndiciAgent({ connect, allowH2: false, maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: 0, bodyTimeout: 0 });
}

/** One request on an agent. */
export function send(agent: Agent, request: Request, handler: WireHandler): WireRequest {
  let controller: Controller | undefined;
  let given: Error | undefined;
  const start = (c: Controller): void => {
    controller = c;
    if (given === undefined) handler.start();
    else c.abort(given);
  };
  agent.dispatch(request, {
    onRequestStart: start,
    onResponseStart: (_, status, raw) => {
      // 1xx: the answer itself is still to come
      if (status >= 200) handler.head(status, joined(raw));
    },
    onResponseData: (_, chunk) => handler.data(chunk),
    onResponseEnd: () => handler.end(),
    onResponseError: (_, error) => handler.error(error),
  });
  return {
    pause: () => controller?.pause(),
    resume: () => controller?.resume(),
    abort: () => {
      given = new Error('given up');
      controller?.abort(given);
    },
  };
}

/** The direct way: HTTP/1.1 on undici. Loaded here, when first needed. */
export async function openWire(options: ConnectOptions): Promise<Wire> {
  const { connect, destroyAll } = tracked(await connectorOf(options));
  const agent = await agentOn(connect);
  return {
    get: (url, headers, handler) => send(agent, { origin: url.origin, path: `${url.pathname}${url.search}`, method: 'GET', headers }, handler),
    close: async () => {
      const ended = agent.destroy();
      destroyAll();
      await ended;
    },
  };
}
