import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { TlsMaterial } from './tls.ts';

/** What a request tells its asker; after `end` or `error` nothing more comes. */
export type WireHandler = {
  /** a connection stands, and the request is on its way */
  start(): void;
  head(status: number, headers: Readonly<Record<string, string>>): void;
  data(bytes: Uint8Array): void;
  end(): void;
  error(error: Error): void;
};
/** A request on its way: it can be held back, let go on, and given up. */
export type WireRequest = { pause(): void; resume(): void; abort(): void };
/** A way to servers. */
export type Wire = {
  get(url: URL, headers: readonly string[], handler: WireHandler): WireRequest;
  close(): Promise<void>;
};

export type ConnectOptions = {
  readonly tls: TlsMaterial;
  readonly connectTimeoutMs: number;
  /** names to addresses; the system's for everybody but tests */
  readonly lookup?: LookupFunction | undefined;
};

/** The runtime's own client and its connections, for http or for https. */
export type Client = { readonly protocol: 'http:' | 'https:'; readonly agent: http.Agent };
/** What is asked of it, with the header lines in pairs. */
export type Order = {
  readonly hostname: string;
  readonly port: string;
  readonly path: string;
  /** for a certificate's check, where it is not that of the Host line */
  readonly servername?: string | undefined;
  readonly lines: readonly string[];
};

/** bytes of a response's head; more is a protocol error */
const MAX_HEADER_BYTES = 16 * 1024;

/** An error of ours, with a code that `causeOf` knows. */
class WireError extends Error {
  readonly code: 'ETIMEDOUT' | 'HPE_UPGRADE';

  constructor(code: WireError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** A connection that did not come to be in time. */
export const connectTimeout = (ms: number): Error => new WireError('ETIMEDOUT', `given up after ${Math.round(ms / 100) / 10} s`);

/** Names in lower case. A header that came twice is joined: Node's own view keeps the first of some, the last of others. */
function joined(raw: readonly string[]): Readonly<Record<string, string>> {
  const out = new Map<string, string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    const before = out.get(name);
    out.set(name, before === undefined ? (raw[i + 1] ?? '') : `${before}, ${raw[i + 1]}`);
  }
  return Object.fromEntries(out);
}

function pairs(lines: readonly string[]): Readonly<Record<string, string>> {
  const out: [string, string][] = [];
  for (let i = 0; i + 1 < lines.length; i += 2) out.push([lines[i] ?? '', lines[i + 1] ?? '']);
  return Object.fromEntries(out);
}

/** The time limit while a connection is made, and the word that the request is on its way. */
function whileConnecting(request: ClientRequest, timeoutMs: number, connected: () => void): void {
  request.once('socket', (socket) => {
    const inHandshake = 'secureConnecting' in socket && socket.secureConnecting === true;
    if (!socket.connecting && !inHandshake) return connected();
    const late = (): void => void request.destroy(connectTimeout(timeoutMs));
    socket.setTimeout(timeoutMs, late);
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
      socket.setTimeout(0);
      socket.off('timeout', late);
      connected();
    });
  });
}

function follow(message: IncomingMessage, handler: WireHandler): void {
  message.on('data', (bytes: Uint8Array) => handler.data(bytes));
  message.on('end', () => handler.end());
  message.on('error', (error) => handler.error(error));
}

const isReset = (error: Error): boolean => 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

/**
 * One GET in HTTP/1.1. A server or a proxy may close a connection that was kept alive just when the next request leaves (tinyproxy closes
 * each, unannounced): that one is sent again, once, on a new connection (RFC 9110 9.2.2).
 */
export function send(client: Client, { lines, ...order }: Order, connectTimeoutMs: number, handler: WireHandler): WireRequest {
  const options: RequestOptions = { ...order, agent: client.agent, headers: pairs(lines), maxHeaderSize: MAX_HEADER_BYTES };
  let message: IncomingMessage | undefined;
  let isOver = false;
  const begin = (turn: 'first' | 'again'): ClientRequest => {
    const going = (client.protocol === 'https:' ? https : http).request(options);
    let isKept = false;
    going.once('socket', () => {
      isKept = going.reusedSocket;
      // Deno sends a request on a kept connection again by itself, whatever ended it: also one that we gave up
      going.reusedSocket = false;
    });
    whileConnecting(going, connectTimeoutMs, () => handler.start());
    going.once('response', (answer) => {
      message = answer;
      handler.head(answer.statusCode ?? 0, joined(answer.rawHeaders));
      follow(answer, handler);
    });
    going.once('upgrade', (_, socket) => {
      socket.destroy();
      handler.error(new WireError('HPE_UPGRADE', 'the server switches to another protocol'));
    });
    going.on('error', (error) => {
      if (turn === 'first' && isKept && isReset(error) && message === undefined && !isOver) request = begin('again');
      else handler.error(error);
    });
    going.end();
    return going;
  };
  let request: ClientRequest | undefined;
  try {
    request = begin('first');
  } catch (error) {
    // a certificate or a key that TLS cannot use is told at once
    handler.error(error instanceof Error ? error : new Error(String(error)));
  }
  return {
    pause: () => void message?.pause(),
    resume: () => void message?.resume(),
    abort: () => {
      isOver = true;
      request?.destroy();
    },
  };
}

/** A host as connections and certificates name it: an IPv6 address without brackets. */
export const bareHost = (url: Pick<URL, 'hostname'>): string => url.hostname.replace(/^\[|\]$/g, '');

/** node:tls takes a list that it may change. Certificates are verified, whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
export function tlsSettings({ ca, ...own }: TlsMaterial): { readonly ca?: string[]; readonly cert?: string; readonly key?: string; readonly rejectUnauthorized: true } {
  return { ...own, rejectUnauthorized: true, ...(ca === undefined ? {} : { ca: [...ca] }) };
}

/**
 * The direct way: the runtime's own HTTP, a connection kept alive for each origin, more only while requests run side by side. It keeps no
 * time but that of connecting: whoever asks does. Of a name's addresses the runtime takes the first that answers, a fraction of a
 * second for each (RFC 8305): a dead IPv6 address does not stop who has a living IPv4 one.
 */
export function openWire({ tls, connectTimeoutMs, lookup }: ConnectOptions): Wire {
  const clients = new Map<string, Client>();
  const named = lookup === undefined ? {} : { lookup };
  const clientOf = (url: URL): Client => {
    const known = clients.get(url.protocol);
    if (known !== undefined) return known;
    const client: Client =
      url.protocol === 'https:'
        ? { protocol: 'https:', agent: new https.Agent({ keepAlive: true, ...named, ...tlsSettings(tls) }) }
        : { protocol: 'http:', agent: new http.Agent({ keepAlive: true, ...named }) };
    clients.set(url.protocol, client);
    return client;
  };
  return {
    get: (url, headers, handler) => {
      const order = { hostname: bareHost(url), port: url.port, path: `${url.pathname}${url.search}`, lines: ['host', url.host, ...headers] };
      return send(clientOf(url), order, connectTimeoutMs, handler);
    },
    close: async () => {
      for (const { agent } of clients.values()) agent.destroy();
    },
  };
}
