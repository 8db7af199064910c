import { CONNECTION_ERRORS, DNS_WORDS, type HttpFailureKind } from '../model/index.ts';

/** Error codes of Node, Deno, OpenSSL and rustls, and what they mean to an administrator. */
const KINDS: Readonly<Record<string, HttpFailureKind>> = {
  ...CONNECTION_ERRORS,
  ERR_INVALID_CHAR: 'protocol',
  ERR_UNESCAPED_CHARACTERS: 'protocol',
  EPROTO: 'tls',
  HOSTNAME_MISMATCH: 'tls',
};
const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|CRL_)/;
/** Deno's TLS is rustls, whose errors often have no code. */
const TLS_WORDS = /certificate|fatal alert|handshake|UnknownIssuer|tls/i;
/** What Node's parser of HTTP says, and ours of a switch of protocols. */
const PROTOCOL_CODE = /^HPE_/;

/** The error's code, or that of what caused it. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code === 'string') return code;
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error.cause;
  return codeOf(inner);
}

/** OpenSSL's line without its thread, numbers and source file. */
const OPENSSL = /[0-9A-F]{8,}:error:[0-9A-F]{8}:[^:]*:[^:]*:([^:]+):[^:]*:\d+:(\\n|\s)*/g;

/** What a person can use of it: a server that answers in plain HTTP has no "version number". */
const plain = (text: string): string => text.replace(OPENSSL, '$1').replace('wrong version number', 'what answers at this port speaks no TLS');

/** The error in one line, with what caused it where its own message is empty (an AggregateError's is). */
export function messageOf(error: Error): string {
  const inner = error instanceof AggregateError ? error.errors.filter((e) => e instanceof Error).map((e) => e.message) : [];
  const text = plain([error.message, ...inner].filter((m) => m !== '').join('; '));
  return text === '' ? (codeOf(error) ?? error.name) : text;
}

/**
 * What went wrong. `begun`: the head had come; a connection that ends without an error then left the body short, before it the answer
 * never came.
 */
export function causeOf(error: Error, progress: 'asked' | 'begun'): HttpFailureKind {
  const code = codeOf(error);
  const text = messageOf(error);
  // Deno was not given leave to go there: nobody answered, and the detail says which flag
  if (error.name === 'NotCapable' || error.name === 'PermissionDenied') return 'unreachable';
  if (code !== undefined && TLS_CODE.test(code)) return 'tls';
  if (code !== undefined && PROTOCOL_CODE.test(code)) return 'protocol';
  if (progress === 'begun') {
    // the other side closed in an orderly way: short; a reset stays a reset
    if (text === 'aborted') return 'short';
    if (code === 'ETIMEDOUT') return 'stalled';
  }
  const known = code === undefined ? undefined : KINDS[code];
  if (known !== undefined && !(known === 'reset' && TLS_WORDS.test(text))) return known;
  if (DNS_WORDS.test(text)) return 'unresolvable';
  if (TLS_WORDS.test(text)) return 'tls';
  return 'reset';
}
