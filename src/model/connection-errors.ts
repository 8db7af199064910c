/** Why a connection to another machine did not come about, or ended. */
export type ConnectionTrouble = 'unresolvable' | 'refused' | 'unreachable' | 'connect-timeout' | 'reset';

/** Error codes of Node and Deno, and what they mean to an administrator. */
export const CONNECTION_ERRORS: Readonly<Record<string, ConnectionTrouble>> = {
  ENOTFOUND: 'unresolvable',
  EAI_AGAIN: 'unresolvable',
  EAI_NODATA: 'unresolvable',
  EAI_NONAME: 'unresolvable',
  EAI_FAIL: 'unresolvable',
  ECONNREFUSED: 'refused',
  ENETUNREACH: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  EHOSTDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EACCES: 'unreachable',
  EPERM: 'unreachable',
  ETIMEDOUT: 'connect-timeout',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
};

/** What the resolver says where its error has no code (Deno). */
export const DNS_WORDS = /failed to lookup address|name or service not known|no such host/i;
