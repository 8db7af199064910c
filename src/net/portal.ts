import type { HttpFailure } from '../model/index.ts';

/** OpenSSL's and rustls' words for an issuer that nobody here knows. */
const UNKNOWN_ISSUER = /unknown ?issuer|unable to (get|verify)|self[- ]signed|UNABLE_TO_|SELF_SIGNED/i;

/** A certificate of an issuer that is not trusted: what a captive portal, or a proxy that looks into TLS, shows in the server's place. */
export function isForeignIssuer(failure: HttpFailure): boolean {
  return failure.kind === 'tls' && UNKNOWN_ISSUER.test(failure.detail);
}

/** The beginning of a body that is a web page. */
export function looksLikeHtml(body: Uint8Array, contentType: string): boolean {
  const head = new TextDecoder().decode(body.subarray(0, 512)).trimStart();
  return head.startsWith('<') && (/\bhtml\b/i.test(contentType) || /^<(!doctype html|html|head|body|script|meta)\b/i.test(head));
}
