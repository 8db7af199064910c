import type { Socket } from 'node:net';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { failed, ok, type Outcome, type ProbeFailure, type ProbeLimits, type ProbeTunnel, type SeenCertificate, type SeenTls, type TlsProbe } from '../model/index.ts';
import { limited, problemOf } from './probe-limits.ts';

/** A chain is not longer; a ring ends. */
const MAX_CHAIN = 10;
/** bytes of a proxy's answer to CONNECT */
const MAX_HEAD_BYTES = 16 * 1024;

/**
 * A handshake whose certificate is looked at and not believed: nothing is sent on it. The verdict is that of the same authorities that a
 * download would use.
 */
export function tls(what: TlsProbe, limits: ProbeLimits): Promise<Outcome<SeenTls, ProbeFailure>> {
  return limited(limits, `no TLS with ${what.host} port ${what.port}`, async (over) => {
    try {
      const carrier = what.tunnel === undefined ? undefined : await tunnel(what.tunnel, `${bracketed(what.host)}:${what.port}`, what.ca, over);
      if (carrier?.ok === false) return carrier;
      return ok(await handshake(what, carrier?.value, over));
    } catch (error) {
      return failed(problemOf(error));
    }
  });
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

function handshake(what: TlsProbe, carrier: Socket | undefined, over: AbortSignal): Promise<SeenTls> {
  const { host, port, ca, cert, key } = what;
  return new Promise((resolve, reject) => {
    const socket = process.getBuiltinModule('node:tls').connect({
      ...(carrier === undefined ? { host, port } : { socket: carrier, host }),
      ...serverName(host),
      ...(ca === undefined ? {} : { ca: [...ca] }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: false,
    });
    over.addEventListener('abort', () => socket.destroy(), { once: true });
    socket.once('secureConnect', () => {
      const seen = seenOn(socket);
      socket.destroy();
      resolve(seen);
    });
    socket.on('error', reject);
    socket.once('close', () => reject(Object.assign(new Error('the connection was closed during the handshake'), { code: 'ECONNRESET' })));
  });
}

/** RFC 6066 3: no literal addresses. */
function serverName(host: string): { readonly servername?: string } {
  return process.getBuiltinModule('node:net').isIP(host) === 0 ? { servername: host } : {};
}

function seenOn(socket: TLSSocket): SeenTls {
  const chain: SeenCertificate[] = [];
  const known = new Set<string>();
  let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (at !== undefined && chain.length < MAX_CHAIN && typeof at.fingerprint256 === 'string' && !known.has(at.fingerprint256)) {
    known.add(at.fingerprint256);
    chain.push(certificateOf(at));
    at = at.issuerCertificate;
  }
  const why: unknown = socket.authorizationError;
  return { protocol: socket.getProtocol() ?? 'unknown', chain, trust: socket.authorized ? null : trustProblem(why) };
}

function trustProblem(why: unknown): { readonly code: string; readonly detail: string } {
  if (!(why instanceof Error)) return { code: String(why ?? 'UNKNOWN'), detail: String(why ?? 'the certificate is not believed') };
  const code: unknown = 'code' in why ? why.code : undefined;
  return { code: typeof code === 'string' ? code : why.message, detail: why.message };
}

function certificateOf(seen: DetailedPeerCertificate): SeenCertificate {
  const day = (text: string): number => {
    const at = Date.parse(text);
    return Number.isNaN(at) ? 0 : at;
  };
  return {
    subject: nameOf(seen.subject),
    issuer: nameOf(seen.issuer),
    validFrom: day(seen.valid_from),
    validTo: day(seen.valid_to),
    sha256: seen.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

/** `O=Example, CN=server`; what else a name holds does not help. */
function nameOf(name: unknown): string {
  if (typeof name !== 'object' || name === null) return '';
  const parts = Object.entries(name).filter(([key]) => key === 'O' || key === 'OU' || key === 'CN');
  return parts.map(([key, value]) => `${key}=${String(value)}`).join(', ');
}

/** A connection to the proxy, with a tunnel through it (RFC 9110 9.3.6). The answer is read a byte at a time: the rest is for TLS. */
async function tunnel(proxy: ProbeTunnel, authority: string, ca: readonly string[] | undefined, over: AbortSignal): Promise<Outcome<Socket, ProbeFailure>> {
  const socket = await proxySocket(proxy, ca, over);
  const lines = [`CONNECT ${authority} HTTP/1.1`, `host: ${authority}`];
  if (proxy.authorization !== undefined) lines.push(`proxy-authorization: ${proxy.authorization}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const head = await headOf(socket);
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  if (status?.startsWith('2') === true) return ok(socket);
  socket.destroy();
  return failed({ kind: 'proxy', code: status ?? '', detail: status === undefined ? 'its answer to CONNECT is no HTTP' : `it answered CONNECT ${authority} with status ${status}` });
}

function proxySocket({ protocol, host, port }: ProbeTunnel, ca: readonly string[] | undefined, over: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket =
      protocol === 'https:'
        ? process.getBuiltinModule('node:tls').connect({ host, port, ...serverName(host), ...(ca === undefined ? {} : { ca: [...ca] }) })
        : process.getBuiltinModule('node:net').connect({ host, port });
    over.addEventListener('abort', () => socket.destroy(), { once: true });
    socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => resolve(socket));
    socket.on('error', reject);
  });
}

function headOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const end = (): void => {
      socket.off('readable', read);
      resolve(text);
    };
    const read = (): void => {
      for (let part: unknown = socket.read(1); part instanceof Uint8Array; part = socket.read(1)) {
        text += String.fromCharCode(part[0] ?? 0);
        if (text.endsWith('\r\n\r\n') || text.length > MAX_HEAD_BYTES) return end();
      }
    };
    socket.on('readable', read);
    socket.once('end', end);
    socket.once('error', reject);
  });
}
