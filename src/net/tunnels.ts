import https, { type RequestOptions } from 'node:https';
import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { type Clock, failed, type Outcome } from '../model/index.ts';
import { connectTimeout, type ConnectOptions, tlsSettings } from './client.ts';
import { askTunnel } from './connect-head.ts';
import { hopFailed, type HopError, hopUnreached } from './hop-error.ts';
import type { Hop } from './hop.ts';

/** The time limit holds for each: the proxy's connection, its answer to CONNECT, the server's TLS. */
export type ThroughOptions = ConnectOptions & {
  readonly clock: Pick<Clock, 'sleep'>;
  /** the User-Agent of CONNECT */
  readonly agent: string;
};

/** Opens tunnels through one proxy. `authority` is `host:port`. */
export type Tunneller = {
  readonly open: (authority: string) => Promise<Outcome<Socket, HopError>>;
  /** ends whatever is still being opened */
  readonly close: () => void;
};

/** Tunnels are asked for in HTTP/1.1 on a connection of their own; to a https proxy in TLS of its own. */
export function openTunneller(hop: Hop, options: ThroughOptions): Tunneller {
  const { tls, connectTimeoutMs, clock, agent } = options;
  const opening = new Set<Socket>();
  const dial = (): Socket => {
    const to = { host: hop.hostname, port: Number(hop.port), ...(options.lookup === undefined ? {} : { lookup: options.lookup }) };
    return hop.protocol === 'http:' ? connect(to) : connectTls({ ...to, ...hopTls(hop, tls) });
  };
  return {
    open: async (authority) => {
      const socket = dial();
      opening.add(socket);
      try {
        const trouble = await connected(socket, hop, clock, connectTimeoutMs);
        if (trouble !== undefined) return failed(trouble);
        const asked = await askTunnel(socket, hop, authority, { agent, clock, timeoutMs: connectTimeoutMs });
        return asked.ok ? { ok: true, value: socket } : asked;
      } finally {
        opening.delete(socket);
      }
    },
    close: () => {
      for (const socket of opening) socket.destroy();
    },
  };
}

/** The proxy's own TLS: the policy's authority counts, the client's certificate is not for it. Its name is not the Host of what is asked. */
export function hopTls(hop: Hop, tls: ConnectOptions['tls']): ConnectionOptions {
  const isAddress = hop.hostname.includes(':') || /^[\d.]+$/.test(hop.hostname);
  return { servername: isAddress ? '' : hop.hostname, ...tlsSettings(tls.ca === undefined ? {} : { ca: tls.ca }) };
}

/** Resolves when the connection to the proxy stands, in TLS where it speaks that; with what went wrong otherwise. */
function connected(socket: Socket, hop: Hop, clock: Pick<Clock, 'sleep'>, timeoutMs: number): Promise<HopError | undefined> {
  const settled = new AbortController();
  return new Promise((resolve) => {
    const done = (trouble: HopError | undefined): void => {
      if (settled.signal.aborted) return;
      settled.abort();
      socket.off('error', broken);
      socket.off('close', closed);
      if (trouble !== undefined) {
        socket.on('error', () => undefined);
        socket.destroy();
      }
      resolve(trouble);
    };
    const broken = (error: Error): void => done(hopUnreached(hop, error));
    const closed = (): void => done(hopFailed(hop, 'it closed the connection without an answer'));
    socket.once(hop.protocol === 'https:' ? 'secureConnect' : 'connect', () => done(undefined));
    socket.on('error', broken);
    socket.on('close', closed);
    const late = (): void => done(hopUnreached(hop, connectTimeout(timeoutMs)));
    void clock.sleep(timeoutMs, settled.signal).then(late);
  });
}

type Callback = (error: Error | null, stream: Duplex) => void;

/** An agent whose connections are TLS to the server, inside tunnels. */
export class TunnelAgent extends https.Agent {
  private readonly tunneller: Tunneller;
  private readonly tls: ConnectOptions['tls'];

  constructor(tunneller: Tunneller, tls: ConnectOptions['tls']) {
    super({ keepAlive: true });
    this.tunneller = tunneller;
    this.tls = tls;
  }

  override createConnection(options: RequestOptions, callback?: Callback): undefined {
    void this.inTunnel(options, callback);
    return undefined;
  }

  private async inTunnel(options: RequestOptions, callback: Callback | undefined): Promise<void> {
    const opened = await this.tunneller.open(authorityOf(options.host ?? '', options.port ?? 443));
    if (opened.ok) callback?.(null, connectTls({ ...tlsSettings(this.tls), servername: options.servername ?? '', socket: opened.value }));
    else callback?.(opened.failure, new Socket());
  }
}

/** `host:port` as CONNECT names it. */
export function authorityOf(host: string, port: number | string): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
