import type { Socket } from 'node:net';
import type { DetailedPeerCertificate, PeerCertificate } from 'node:tls';

function nameOf(certificate: PeerCertificate | DetailedPeerCertificate): string | undefined {
  // the types promise an issuer; an unfinished handshake has an empty object
  const issuer: unknown = certificate.issuer;
  if (typeof issuer !== 'object' || issuer === null) return undefined;
  const parts = Object.entries(issuer).filter(([key]) => key === 'O' || key === 'CN');
  return parts.length === 0 ? undefined : parts.map(([key, value]) => `${key}=${String(value)}`).join(', ');
}

/**
 * Who issued the certificate that a server shows. Asked in a connection of its own after a certificate was refused: nothing is sent on
 * it and nothing believed, it only tells an administrator whose machine stands in the way. `through` is a connection to
 * the server that stands already, where a proxy made it.
 */
export async function issuerOf(url: URL, timeoutMs: number, through?: Socket): Promise<string | undefined> {
  const tls = await import('node:tls');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const name = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  return new Promise((resolve) => {
    const socket = tls.connect({
      host,
      port: Number(url.port === '' ? 443 : url.port),
      ...(through === undefined ? {} : { socket: through }),
      ...name,
      rejectUnauthorized: false,
      timeout: timeoutMs,
    });
    const done = (issuer: string | undefined): void => {
      resolve(issuer);
      socket.destroy();
      through?.destroy();
    };
    socket.once('secureConnect', () => done(nameOf(socket.getPeerCertificate())));
    socket.once('timeout', () => done(undefined));
    socket.once('error', () => done(undefined));
  });
}
