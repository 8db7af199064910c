/**
 * net: HTTP to content servers. In go the policy's servers, secrets and certificates, out come the `Http` port and servers ready to be
 * asked. It has no opinion on what is fetched: every status is an answer. It asks again only where a kept connection was gone, never
 * compresses, never sends a cookie, never follows a redirect that would carry a secret to another origin. Where the policy names a proxy
 * it goes through it, and never around it; the proxy's password goes to the proxy alone.
 */
export { serverAccess, serverName } from './access.ts';
export { type Cooling, withCooldown } from './cooldown.ts';
export { withServerMemory } from './dead-servers.ts';
export { describeHttpFailure } from './describe.ts';
export { withPace } from './pace.ts';
export { withParallel } from './parallel.ts';
export { isForeignIssuer, looksLikeHtml } from './portal.ts';
export { proxyFailure } from './proxy-failure.ts';
export { KeptHttp } from './kept-http.ts';
export { createHttp, type HttpOptions } from './http.ts';
export { proxyRouter, type Router, type RouterWorld } from './router.ts';
export { redactor, secretsOfHeaders, withoutUrlSecrets } from './redact.ts';
export { readNamed, readSecretText } from './secret.ts';
export { serverTime } from './server-time.ts';
export { tlsOptions } from './tls.ts';
export { tlsMaterial } from './tls-files.ts';
export { createTrace, type Trace } from './trace.ts';
