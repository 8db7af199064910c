import { type HttpFailureKind, unreachable } from '../model/index.ts';
import { describeHttpFailure, isForeignIssuer } from '../net/index.ts';
import type { Verdict } from './attempt.ts';

const PORTAL = '; it is an HTML page, perhaps of a captive portal or a login';

/** A request that failed. */
export type Failing = Exclude<Verdict, { readonly kind: 'whole' }>;
/** What follows: `again` the same server, `anew` the same server from the first byte, `next` the next server, `end` nothing more. */
export type Follow = 'again' | 'anew' | 'next' | 'end';

/** Only what passes by itself within seconds is tried again at the same server; whoever cannot be reached or trusted now is left. */
const AFTER_HTTP = {
  unresolvable: 'next',
  refused: 'next',
  unreachable: 'next',
  tls: 'next',
  'connect-timeout': 'next',
  stalled: 'next',
  reset: 'again',
  short: 'again',
  'too-long': 'next',
  redirect: 'next',
  encoding: 'next',
  protocol: 'next',
  stopped: 'next',
  // the next server may be one that is reached without it
  proxy: 'next',
  'cooling-down': 'next',
  interrupted: 'end',
} as const satisfies Record<HttpFailureKind, Follow>;

/** Statuses that may be better in a moment (RFC 9110, RFC 8470). All others are the server's last word for now: the next one is asked. */
const AGAIN_AFTER_STATUS: ReadonlySet<number> = new Set([408, 425, 500, 502, 504]);

/**
 * The table of what follows a failed request. 503 and 429 are no reason to ask again: where they say for how long, the server is cooling
 * down already. 407 is the proxy's, and its credentials do not get better.
 */
export function followUp(verdict: Failing): Follow {
  switch (verdict.kind) {
    case 'io':
      return 'end';
    case 'http':
      return AFTER_HTTP[verdict.failure.kind];
    case 'short':
      return 'again';
    case 'status':
      return AGAIN_AFTER_STATUS.has(verdict.status) ? 'again' : 'next';
    case 'range':
      return 'anew';
    case 'hash':
      // the wrong bytes may be those of an earlier server: this one gets a chance of its own
      return verdict.begun === 'elsewhere' ? 'anew' : 'next';
    case 'size':
    case 'page':
    case 'endless':
      return 'next';
    default:
      return unreachable(verdict);
  }
}

/** One line for people. */
export function describeVerdict(verdict: Failing, size: number): string {
  switch (verdict.kind) {
    case 'io':
      return `writing failed: ${verdict.failure.detail}`;
    case 'http':
      return `${describeHttpFailure(verdict.failure)}${isForeignIssuer(verdict.failure) ? '; probably a captive portal, or TLS inspection on the way' : ''}`;
    case 'short':
      return 'the answer ended too early';
    case 'status':
      return verdict.proxy === undefined ? `status ${verdict.status}` : `status ${verdict.status} through the proxy ${verdict.proxy}`;
    case 'range':
      return `it does not go on where we stopped (${verdict.found})`;
    case 'hash':
      return `wrong bytes, their SHA-256 is ${verdict.found}${verdict.html === 'html' ? PORTAL : ''}`;
    case 'size':
      return `${verdict.found} bytes in place of ${size}${verdict.html === 'html' ? `${PORTAL}, from ${verdict.url}` : ''}`;
    case 'page':
      return `a web page in place of the package, from ${verdict.url}: probably of a captive portal or a proxy that blocks`;
    case 'endless':
      return `more than the ${size} bytes that were signed`;
    default:
      return unreachable(verdict);
  }
}
