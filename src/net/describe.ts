import type { HttpFailure, HttpFailureKind } from '../model/index.ts';

const WORDS = {
  unresolvable: 'the host name cannot be resolved',
  refused: 'the connection was refused',
  unreachable: 'the host cannot be reached',
  tls: 'the server cannot be trusted',
  'connect-timeout': 'no connection in time',
  stalled: 'the transfer came to a standstill',
  reset: 'the connection was broken off',
  short: 'the answer ended too early',
  'too-long': 'the answer is too long',
  redirect: 'the server sends us where we do not go',
  encoding: 'the server compresses what it was asked not to',
  protocol: 'this is no HTTP',
  stopped: 'the answer was not wanted',
  proxy: 'the way through the proxy failed',
  'cooling-down': 'the server asked us to wait',
  interrupted: 'interrupted',
} as const satisfies Record<HttpFailureKind, string>;

/** A failure in one line for people, with its evidence: `the connection was refused (connect ECONNREFUSED 127.0.0.1:80)`. */
export function describeHttpFailure(failure: HttpFailure): string {
  const words = WORDS[failure.kind];
  return failure.detail === '' || failure.detail === words ? words : `${words} (${failure.detail})`;
}

