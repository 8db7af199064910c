import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HttpFailureKind } from '../../src/model/index.ts';
import { causeOf, messageOf } from '../../src/net/causes.ts';

const test = suite('causes');
const error = (message: string, more: object = {}): Error => Object.assign(new Error(message), more);

/** Errors as Node, Deno, OpenSSL, and rustls make them. */
const CASES: readonly (readonly [string, Error, 'asked' | 'begun', HttpFailureKind])[] = [
  ['a name that nobody knows', error('getaddrinfo ENOTFOUND a.invalid', { code: 'ENOTFOUND' }), 'asked', 'unresolvable'],
  ['a resolver that does not answer', error('getaddrinfo EAI_AGAIN a.test', { code: 'EAI_AGAIN' }), 'asked', 'unresolvable'],
  ['a lookup that failed in Deno', error('failed to lookup address information: Name or service not known'), 'asked', 'unresolvable'],
  ['a closed port', error('connect ECONNREFUSED', { code: 'ECONNREFUSED' }), 'asked', 'refused'],
  ['a closed port at each address', new AggregateError([error('connect ECONNREFUSED ::1:1', { code: 'ECONNREFUSED' })], ''), 'asked', 'refused'],
  ['no route', error('connect EHOSTUNREACH', { code: 'EHOSTUNREACH' }), 'asked', 'unreachable'],
  ['a firewall on this machine', error('connect EACCES', { code: 'EACCES' }), 'asked', 'unreachable'],
  ['a permission that Deno lacks', error('Requires net access to "a.test:80"', { name: 'NotCapable' }), 'asked', 'unreachable'],
  ['no connection in time', error('given up after 10 s', { code: 'ETIMEDOUT' }), 'asked', 'connect-timeout'],
  ['a connection that the system gave up', error('read ETIMEDOUT', { code: 'ETIMEDOUT' }), 'begun', 'stalled'],
  ['a reset while connecting', error('read ECONNRESET', { code: 'ECONNRESET' }), 'asked', 'reset'],
  ['a reset while reading', error('read ECONNRESET', { code: 'ECONNRESET' }), 'begun', 'reset'],
  ['an orderly end before the answer', error('socket hang up', { code: 'ECONNRESET' }), 'asked', 'reset'],
  ['an orderly end within the body', error('aborted', { code: 'ECONNRESET' }), 'begun', 'short'],
  ['a reset within the TLS handshake', error('Client network socket disconnected before secure TLS connection was established', { code: 'ECONNRESET' }), 'asked', 'tls'],
  ['an unknown issuer in OpenSSL', error('unable to get local issuer certificate', { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }), 'asked', 'tls'],
  ['a certificate of its own', error('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'asked', 'tls'],
  ['an expired certificate', error('certificate has expired', { code: 'CERT_HAS_EXPIRED' }), 'asked', 'tls'],
  ['a certificate of another name', error('Hostname/IP does not match', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'asked', 'tls'],
  ['an unknown issuer in rustls', error('invalid peer certificate: UnknownIssuer'), 'asked', 'tls'],
  ['an alert in rustls', error('received fatal alert: CertificateRequired'), 'begun', 'tls'],
  ['what is no HTTP', error('Response does not match the HTTP/1.1 protocol (Expected HTTP/)', { code: 'HPE_INVALID_CONSTANT' }), 'asked', 'protocol'],
  ['a head that is too large', error('Parse Error: Header overflow', { code: 'HPE_HEADER_OVERFLOW' }), 'asked', 'protocol'],
  ['a cause below', new Error('request failed', { cause: error('x', { code: 'ECONNREFUSED' }) }), 'asked', 'refused'],
];
for (const [what, thrown, progress, kind] of CASES) {
  test(`${what} is ${kind} (${progress})`, () => assert.is(causeOf(thrown, progress), kind));
}

test('an error of several addresses tells each of them, and one without a message its code', () => {
  assert.is(messageOf(new AggregateError([error('a refused'), error('b refused')], '')), 'a refused; b refused');
  assert.is(messageOf(error('', { code: 'ECONNRESET' })), 'ECONNRESET');
  const openssl = 'write EPROTO 40234877987F0000:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/openssl/openssl/ssl/record/methods/tlsany_meth.c:78:\\n';
  assert.is(messageOf(error(openssl, { code: 'EPROTO' })), 'write EPROTO what answers at this port speaks no TLS');
});

test.run();
