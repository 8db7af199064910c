import type { Row } from './row.ts';

const none = (name: string, more: Pick<Row, 'tls' | 'speak' | 'accepted' | 'timeoutSeconds'>, says: RegExp): Row => ({ name, on: 'root', alone: { code: 4, says, requests: 0 }, second: 'saves', ...more });

/** Servers that cannot be trusted, or do not speak what their address says. Nothing is asked of them. */
export const TLS_ROWS: readonly Row[] = [
  { name: 'a certificate of the authority that the policy names', on: 'root', tls: 'good', alone: { code: 0, requests: 7 }, second: 'not needed' },
  none('a certificate of an unknown issuer', { tls: 'unknown' }, /not trusted here: .*issued by O=Glued Tests, CN=Faults/),
  none('a certificate that is past its time', { tls: 'expired' }, /cannot be trusted \(.*expired/i),
  none('a certificate for another host', { tls: 'elsewhere' }, /cannot be trusted \(.*(not valid for|altnames|NotValidForName|does not match)/i),
  none('https to a port that speaks http', { speak: 'https to a plain port', accepted: [{ write: 'HTTP/1.1 400 Bad Request\r\n\r\n' }, 'end'] }, /cannot be trusted \(/),
  none('http to a port that speaks TLS', { tls: 'good', speak: 'http to a port of TLS' }, /was broken off|is no HTTP/),
  none('a handshake that never ends', { speak: 'https to a plain port', accepted: ['hang'], timeoutSeconds: 2 }, /no connection in time|standstill \(no byte for 2 s/),
  none('a handshake that is broken off', { speak: 'https to a plain port', accepted: ['reset'] }, /was broken off|cannot be trusted/),
];
