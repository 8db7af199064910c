import type { Socket } from 'node:net';
import { type Clock, failed, ok, type Outcome } from '../model/index.ts';
import { hopFailed, type HopError, hopUnreached, hopWantsCredentials } from './hop-error.ts';
import type { Hop } from './hop.ts';

/** bytes of the answer's head; more is no answer */
const MAX_HEAD_BYTES = 16 * 1024;
const REASONS: Readonly<Record<number, string>> = {
  403: 'it does not allow this address',
  405: 'it does not allow CONNECT',
  502: 'it could not reach the server',
  503: 'it could not reach the server, or is overloaded',
  504: 'it got no connection to the server in time',
};

/** A request for a tunnel. Nothing of what is meant for the server is in it. */
function connectRequest(hop: Hop, authority: string, agent: string): string {
  const lines = [`CONNECT ${authority} HTTP/1.1`, `host: ${authority}`, `user-agent: ${agent}`];
  if (hop.authorization !== undefined) lines.push(`proxy-authorization: ${hop.authorization}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** What the proxy's answer says: undefined where the tunnel stands. RFC 9110 9.3.6: any 2xx, whatever its headers say of a body. */
function verdictOf(hop: Hop, authority: string, head: string): HopError | undefined {
  const [first = '', ...lines] = head.split(/\r?\n/);
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) return hopFailed(hop, 'its answer to CONNECT is no HTTP');
  if (status.startsWith('2')) return undefined;
  // tinyproxy refuses a wrong password with 401
  if (status === '407' || status === '401') {
    const challenges = lines.filter((l) => /^proxy-authenticate:/i.test(l)).map((l) => l.slice(l.indexOf(':') + 1).trim());
    return hopWantsCredentials(hop, Number(status), challenges.join(', '));
  }
  const reason = REASONS[Number(status)];
  return hopFailed(hop, `status ${status} to CONNECT ${authority}${reason === undefined ? '' : `: ${reason}`}`);
}

/**
 * Asks the proxy at the other end of `socket` for a tunnel to `authority`. Read by hand, a piece at a time: what comes after the answer's
 * head belongs to TLS, and a socket that once flowed cannot be handed on.
 */
export function askTunnel(
  socket: Socket,
  hop: Hop,
  authority: string,
  limits: { readonly agent: string; readonly clock: Pick<Clock, 'sleep'>; readonly timeoutMs: number },
): Promise<Outcome<undefined, HopError>> {
  const settled = new AbortController();
  return new Promise((resolve) => {
    let text = '';
    const done = (trouble: HopError | undefined): void => {
      if (settled.signal.aborted) return;
      settled.abort();
      socket.off('readable', read);
      socket.off('close', closed);
      socket.off('end', closed);
      socket.off('error', broken);
      if (trouble !== undefined) socket.destroy();
      resolve(trouble === undefined ? ok() : failed(trouble));
    };
    const closed = (): void => done(hopFailed(hop, `it closed the connection without an answer to CONNECT ${authority}`));
    const broken = (error: Error): void => done(hopUnreached(hop, error));
    const read = (): void => {
      for (let part: unknown = socket.read(); part instanceof Uint8Array; part = socket.read()) text += new TextDecoder('latin1').decode(part);
      const end = /\r?\n\r?\n/.exec(text);
      if (end === null) {
        if (text.length > MAX_HEAD_BYTES || /^(?!H|$)/.test(text)) done(hopFailed(hop, 'its answer to CONNECT is no HTTP'));
        return;
      }
      const trouble = verdictOf(hop, authority, text.slice(0, end.index));
      const rest = text.length - end.index - end[0].length;
      // in TLS it is we who speak first
      done(trouble ?? (rest > 0 ? hopFailed(hop, `it sent ${rest} bytes into the tunnel by itself`) : undefined));
    };
    socket.on('readable', read);
    socket.on('close', closed);
    socket.on('end', closed);
    socket.on('error', broken);
    const timeUp = async (): Promise<void> => {
      await limits.clock.sleep(limits.timeoutMs, settled.signal);
      done(hopFailed(hop, `no answer to CONNECT ${authority} for ${Math.round(limits.timeoutMs / 100) / 10} s`));
    };
    void timeUp();
    socket.write(connectRequest(hop, authority, limits.agent));
  });
}
