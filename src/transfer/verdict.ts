import { unreachable } from '../model/index.ts';
import { describeHttpFailure } from '../net/index.ts';
import type { Verdict } from './attempt.ts';

/** Answers of a server that may be better in a moment. */
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 425, 500, 502, 504]);
const PORTAL = '; it is an HTML page, perhaps of a captive portal or a login';

/** What follows: `again` the same server, `anew` the same server from the first byte, `next` the next server, `end` nothing more. */
export type Follow = 'again' | 'anew' | 'next' | 'end';

/** The table of what follows a failed request. Only what passes by itself is tried again at the same server. */
export function followUp(verdict: Exclude<Verdict, { readonly kind: 'whole' }>): Follow {
  switch (verdict.kind) {
    case 'io':
      return 'end';
    case 'http':
      if (verdict.failure.kind === 'interrupted') return 'end';
      return verdict.failure.kind === 'reset' || verdict.failure.kind === 'short' ? 'again' : 'next';
    case 'short':
      return 'again';
    case 'status':
      return PASSING_STATUS.has(verdict.status) ? 'again' : 'next';
    case 'range':
      return 'anew';
    case 'hash':
      // the wrong bytes may be those of an earlier server: this one gets a chance of its own
      return verdict.begun === 'elsewhere' ? 'anew' : 'next';
    case 'size':
    case 'endless':
      return 'next';
    default:
      return unreachable(verdict);
  }
}

/** One line for people. */
export function describeVerdict(verdict: Exclude<Verdict, { readonly kind: 'whole' }>, size: number): string {
  switch (verdict.kind) {
    case 'io':
      return `writing failed: ${verdict.failure.detail}`;
    case 'http':
      return describeHttpFailure(verdict.failure);
    case 'short':
      return 'the answer ended too early';
    case 'status':
      return `status ${verdict.status}`;
    case 'range':
      return `it does not go on where we stopped (${verdict.found})`;
    case 'hash':
      return `wrong bytes, their SHA-256 is ${verdict.found}${verdict.html === 'html' ? PORTAL : ''}`;
    case 'size':
      return `${verdict.found} bytes in place of ${size}${verdict.html === 'html' ? PORTAL : ''}`;
    case 'endless':
      return `more than the ${size} bytes that were signed`;
    default:
      return unreachable(verdict);
  }
}
