// runtimes: node, deno
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Attempt, triedOf, whyNoCatalog, whyNone } from '../../src/catalog/attempts.ts';
import { failure, type Failure, failureCode, failureText } from '../../src/model/index.ts';
import { isForeignIssuer } from '../../src/net/index.ts';

const EARLY = '2026-11-25T08:05:00.000Z';
const LATE = '2026-11-25T09:00:00.000Z';
const url = (n: number): string => `http://${n}.example/`;
const busy = (until: string): Failure => failure('server-cooling-down', { server: url(1), until });
const page = failure('server-html', { url: url(2) });
const redirect = failure('server-redirect', { url: url(2), cause: 'to a login' });
const issuer = failure('server-issuer', { url: url(3), cause: 'self-signed certificate (certificate issued by O=Hotel)' });
const missing = failure('server-status', { url: url(4), status: 404 });
const expired = failure('metadata-expired', { from: url(5), role: 'timestamp', at: EARLY, now: LATE });

/** What the servers said, and what the run says. */
const RUNS: readonly (readonly [string, readonly Failure[], string, string, RegExp])[] = [
  ['all cool down', [busy(LATE), busy(EARLY)], 'cooling-down', 'cooling-down', /\(2\).*again at 2026-11-25 08:05:00 UTC/],
  ['the only one cools down', [busy(EARLY)], 'cooling-down', 'cooling-down', /08:05/],
  ['one cools down, one is broken', [busy(EARLY), missing], 'no-valid-host', 'no-server', /08:05.*404/],
  ['one cools down, one is a portal', [busy(EARLY), page], 'no-valid-host', 'no-server', /08:05.*web page/],
  ['one cools down, one is stale', [busy(EARLY), expired], 'catalog-stale', 'metadata-expired', /expired/],
  ['a page, a redirect and a foreign issuer', [page, redirect, issuer], 'no-valid-host', 'captive-portal', /O=Hotel/],
  ['a foreign issuer alone', [issuer], 'no-valid-host', 'server-issuer', /O=Hotel.*Probably a captive portal, or TLS inspection/],
  ['foreign issuers only', [issuer, issuer], 'no-valid-host', 'no-server', /O=Hotel/],
];
for (const [what, failures, code, why, text] of RUNS) {
  test(`${what}: ${why}`, () => {
    const found = whyNone(failures.map((f, n): Attempt => ({ url: url(n), failure: f })));
    assert.equal([failureCode(found), found.why], [code, why]);
    assert.match(failureText(found), text);
    assert.not.match(failureText(found), /[{}]/);
  });
}

test('a server that was being asked when the run was stopped was of no less use than before', () => {
  const stopped = failure('interrupted', { signal: 'a request to stop' });
  assert.equal(triedOf([{ url: url(4), failure: missing }, { url: url(5), failure: stopped }]).map((one) => one.url), [url(4)]);
});

test('a component is cooling down only where no server failed it otherwise', () => {
  const at = (f: Failure): Attempt => ({ url: url(1), failure: f });
  assert.is(whyNoCatalog([at(busy(EARLY))], []).why, 'cooling-down');
  assert.is(whyNoCatalog([at(busy(EARLY))], [at(busy(LATE))]).data['until'], EARLY);
  assert.is(whyNoCatalog([at(busy(EARLY)), at(missing)], []).why, 'server-status');
  assert.is(whyNoCatalog([at(busy(EARLY))], [at(missing)]).why, 'no-server');
});

test('an unknown issuer is told from a certificate that is only old, or of another name', () => {
  const tls = (detail: string) => isForeignIssuer({ kind: 'tls', url: url(1), detail });
  for (const detail of ['self-signed certificate in certificate chain', 'unable to verify the first certificate', 'unable to get local issuer certificate', 'invalid peer certificate: UnknownIssuer']) assert.ok(tls(detail), detail);
  for (const detail of ['certificate has expired (certificate issued by O=Us)', "Hostname/IP does not match certificate's altnames", 'invalid peer certificate: Expired']) assert.not.ok(tls(detail), detail);
  assert.not.ok(isForeignIssuer({ kind: 'reset', url: url(1), detail: 'self-signed' }));
});

test.run();
