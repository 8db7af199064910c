import type { HttpFailure, ProxyTrouble } from '../model/index.ts';
import { causeOf, messageOf } from './causes.ts';
import { describeHttpFailure } from './describe.ts';
import type { Hop } from './hop.ts';

/** Ways to say who one is (RFC 9110 11, IANA's registry) that proxies ask for. */
const SCHEMES = /\b(basic|digest|ntlm|negotiate|kerberos|bearer)\b/gi;

/** What the hop before the server did wrong, on its way through the runtime's client, which knows only errors. */
export class HopError extends Error {
  readonly trouble: ProxyTrouble;
  /** `tls`: the proxy's own certificate was refused; who issued it is worth asking */
  readonly at: 'tls' | 'elsewhere';

  constructor(trouble: ProxyTrouble, at: 'tls' | 'elsewhere' = 'elsewhere') {
    super(trouble.problem);
    this.trouble = trouble;
    this.at = at;
  }
}

const troubleOf = ({ address, source }: Hop, kind: ProxyTrouble['kind'], problem: string): ProxyTrouble => ({ kind, address, source, problem });

/** The hop failed, in words. */
export function hopFailed(hop: Hop, problem: string): HopError {
  return new HopError(troubleOf(hop, 'failed', problem));
}

/** The connection to the hop failed: refused, unresolvable, not in time, not trusted. */
export function hopUnreached(hop: Hop, error: Error): HopError {
  const kind = causeOf(error, 'asked');
  const detail = messageOf(error);
  if (kind === 'tls') return new HopError(troubleOf(hop, 'failed', `its certificate cannot be trusted (${detail})`), 'tls');
  if (kind === 'reset') return hopFailed(hop, `it closed the connection without an answer (${detail})`);
  return hopFailed(hop, describeHttpFailure({ kind, url: '', detail }));
}

/** 407, or 401 to CONNECT. `challenge` is its Proxy-Authenticate: a proxy that wants another scheme than Basic is told apart. */
export function hopWantsCredentials(hop: Hop, status: number, challenge: string | undefined): HopError {
  const schemes = [...new Set((challenge ?? '').replace(/"[^"]*"/g, '').match(SCHEMES))];
  const basic = schemes.length === 0 || schemes.some((s) => s.toLowerCase() === 'basic');
  const other = basic ? '' : `; it accepts ${schemes.join(', ')}, and glued can only do Basic`;
  return new HopError(troubleOf(hop, hop.authorization === undefined ? 'wants-credentials' : 'refused-credentials', `status ${status}${other}`));
}

/** A trouble as a request's failure. */
export function proxyTrouble(url: string, trouble: ProxyTrouble): HttpFailure & { readonly kind: 'proxy' } {
  const named = trouble.address === '' ? trouble.source : `${trouble.address}, named by ${trouble.source}`;
  return { kind: 'proxy', url, detail: `${named}: ${trouble.problem}`, proxy: trouble };
}
