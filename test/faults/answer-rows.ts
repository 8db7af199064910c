import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Answer } from '../support/fault-server.ts';
import type { ObjectKind } from '../support/faulty-repository.ts';
import { acts, answer, borne, bytes, change, type Fault, head, refused, type Row, THREE_TRIES, UPTO } from './row.ts';

const PAGE = bytes('<!DOCTYPE html><html><head><title>Hotel</title></head><body>Please sign in</body></html>');
const page = (status = 200, type = 'text/html; charset=utf-8'): Fault => answer({ status, body: PAGE, headers: [['content-type', type]] });
const status = (code: number, ...headers: readonly (readonly [string, string])[]): Fault => answer({ status: code, headers, body: bytes('no') });
const redirect = (code: number, to: string | undefined, body = bytes('moved')): Fault => (_good, given) =>
  ({ status: code, headers: to === undefined ? [] : [['location', to.replace('ELSEWHERE/', given.elsewhere)]], body });
/** to the same path at the other origin */
const away: Fault = (_good, given, { path }) => ({ status: 302, headers: [['location', `${given.elsewhere}${path.slice(1)}`]], body: bytes('moved') });

/** Statuses that the next server is asked for: of metadata at once, of packages after three tries where they pass by themselves. */
const METADATA_STATUS = [401, 403, 404, 407, 421, 500, 503] as const;
const PACKAGE_STATUS = [403, 404, 407, 416] as const;
const PASSING = [408, 502, 504] as const;
const STATUS: readonly Row[] = [
  ...METADATA_STATUS.map((code) => refused('timestamp', `status ${code} for the timestamp`, status(code), 4, new RegExp(`status ${code}\\b`))),
  ...PACKAGE_STATUS.map((code) => refused('package', `status ${code} for the package`, status(code), 9, new RegExp(`status ${code}\\b`))),
  ...PASSING.map((code) =>
    refused('package', `status ${code} for the package, each time`, status(code), 9, new RegExp(`status ${code}, tried 3 times`), {
      alone: { code: 9, says: new RegExp(`status ${code}, tried 3 times`), requests: THREE_TRIES },
    }),
  ),
  borne('package', 'status 500 for the package, once', status(500), { only: [1], alone: { code: 0, requests: UPTO.package + 1 } }),
  refused('root', 'status 500 for the next root', status(500), 4, /2\.root\.json answered with status 500/),
  borne('root', 'status 403 for the next root, as a bucket says it', status(403)),
  refused('catalog', 'status 404 for the catalog', status(404), 4, /catalog.* answered with status 404/),
  refused('role', "status 503 for the component's role", status(503), 4, /demo\.json answered with status 503/),
  refused('timestamp', 'status 204, no content', answer({ status: 204 }), 4, /status 204/),
  refused('timestamp', 'status 206 that was not asked for', (good) => ({ ...good, status: 206, headers: [['content-range', 'bytes 0-9/10']] }), 4, /status 206/),
  refused('package', 'status 206 for the package that was not asked for', (good) => ({ ...good, status: 206 }), 9, /status 206/),
  refused('timestamp', 'an empty 200', answer({}), 8, /timestamp cannot be used/),
];

const REDIRECTS: readonly Row[] = [
  refused('timestamp', 'a redirect to itself without end', redirect(301, '/metadata/timestamp.json'), 4, /more than 5 redirects/, { alone: { code: 4, says: /more than 5 redirects/, requests: UPTO.timestamp + 5 } }),
  refused('package', 'a redirect of the package to itself without end', (_g, _e, { path }) => ({ status: 302, headers: [['location', path]] }), 9, /more than 5 redirects/, { alone: { code: 9, says: /more than 5 redirects/, requests: UPTO.package + 5 } }),
  refused('timestamp', 'metadata sent to another origin', away, 4, /redirects elsewhere.*another origin/),
  borne('package', 'a package sent to another origin', away),
  refused('package', 'a redirect of the package to file:', redirect(302, 'file:///etc/passwd'), 9, /it leads to file:/),
  refused('package', 'a redirect to a link-local address', redirect(307, 'http://169.254.169.254/latest/meta-data/'), 9, /link-local address 169\.254\.169\.254/),
  refused('package', 'a redirect with a user name', redirect(302, 'http://user:word@127.0.0.1:9/'), 9, /holds a user name/),
  refused('timestamp', 'a redirect without Location', redirect(303, undefined), 4, /status 303/),
  refused('timestamp', 'a redirect to what is no address', redirect(302, 'http://[::1'), 4, /Location is no address/),
  refused('timestamp', 'a redirect that bears a body without end', answer({ status: 302, headers: [['location', '/x']], body: new Uint8Array(65_536), endless: true }), 4, /./, { maxSent: 8_000_000, alone: { code: 4, says: /./, requests: UPTO.timestamp + 1 } }),
];

const PORTAL = /captive portal/;
const PAGES: readonly Row[] = [
  refused('root', 'a web page in place of all', page(), 4, PORTAL),
  refused('timestamp', 'a web page in place of the timestamp', page(), 4, PORTAL),
  refused('timestamp', 'a web page that says to be text', page(200, 'text/plain'), 4, PORTAL),
  refused('timestamp', 'status 511 with its page', page(511), 4, PORTAL),
  refused('role', "a web page in place of a component's role", page(), 4, PORTAL),
  refused('package', 'a web page in place of the package', page(), 4, PORTAL),
  refused('timestamp', 'a portal that redirects to its login', redirect(302, 'http://portal.invalid/login'), 4, PORTAL),
];

const encoded = (name: string, encode: (body: Uint8Array) => Uint8Array): Fault => (good: Answer) => ({ ...good, headers: [['content-encoding', name]], body: encode(good.body ?? new Uint8Array()) });
const bomb = gzipSync(new Uint8Array(64 * 1024 * 1024));
const squeezed: readonly (readonly [ObjectKind, number])[] = [['snapshot', 8], ['package', 9]];
const ENCODINGS: readonly Row[] = [
  ...squeezed.map(([on, code]) => refused(on, `a ${on} that comes as gzip`, encoded('gzip', gzipSync), code, /compress/)),
  ...squeezed.map(([on, code]) => refused(on, `a gzip bomb in place of the ${on}`, encoded('gzip', () => bomb), code, /compress/, { maxSent: 4_000_000 })),
  refused('timestamp', 'an encoding that nobody asked for', encoded('br', brotliCompressSync), 8, /compress/),
  refused('timestamp', 'gzip that does not say so', (good) => ({ ...good, body: gzipSync(good.body ?? '') }), 8, /timestamp cannot be used/),
  borne('timestamp', 'Content-Encoding: identity', encoded('identity', (body) => body)),
];

const DAY_MS = 86_400_000;
const dated = (days: number): Fault => (good) => ({ ...good, headers: [...(good.headers ?? []), ['date', new Date(Date.now() + days * DAY_MS).toUTCString()]] });
/** 429 and 503 that say, or do not say, when to come back: not asked again in this run, nor before. */
function waits(on: ObjectKind, name: string, code: number, retryAfter?: string): Row {
  const alone = { code: 25, says: /no request before|asked us to wait/, requests: UPTO[on], action: 'deferred' } as const;
  return refused(on, name, status(code, ...(retryAfter === undefined ? [] : [['retry-after', retryAfter] as const])), 25, alone.says, { alone, requestsWithSecond: UPTO[on] });
}
const WAITS: readonly Row[] = [
  waits('timestamp', '429 without Retry-After', 429),
  waits('timestamp', '429 with Retry-After in seconds', 429, '120'),
  waits('timestamp', '429 with Retry-After as a date', 429, new Date(Date.now() + 3_600_000).toUTCString()),
  waits('timestamp', '429 with Retry-After of a hundred years', 429, '3153600000'),
  waits('root', '429 with a Retry-After that is none', 429, 'soon'),
  waits('timestamp', '429 with Retry-After below zero', 429, '-5'),
  waits('timestamp', '503 with Retry-After', 503, '60'),
  waits('catalog', '429 for the catalog', 429, '60'),
  waits('package', '429 for the package', 429, '60'),
  waits('package', '503 with Retry-After for the package', 503, '60'),
];

const HEADERS: readonly Row[] = [
  refused('timestamp', 'a 304 to a request without a tag', answer({ status: 304 }), 4, /status 304/),
  borne('timestamp', 'a 304 although there is something new', answer({ status: 304 }), { warm: 'older', after: '1.0', alone: { code: 0, requests: UPTO.timestamp } }),
  borne('timestamp', 'a 304 with a body behind it', acts({ write: `${head('304 Not Modified', ['content-length: 9', 'etag: "x"'])}not empty` }), { warm: 'older', after: '1.0', alone: { code: 4, says: /this is no HTTP/, requests: UPTO.timestamp } }),
  borne('timestamp', 'a tag that is not the one of its bytes', (good) => ({ ...good, headers: [['etag', '"another"']] })),
  borne('package', 'a package whose tag changes, and that is broken off', (good, _g, _r, n) => ({ ...good, headers: [['etag', `"tag-${n}"`]], ranges: { etag: `"tag-${n}"` }, ...(n === 1 ? { resetAt: 700 } : {}) }), { only: [1, 2], alone: { code: 0, requests: UPTO.package + 1 } }),
  refused('root', 'a server whose clock is ten days late', dated(-10), 7, /clock.*or that of the server/),
  refused('timestamp', 'a server whose clock is ten years ahead', dated(3650), 7, /clock.*or that of the server/),
  borne('timestamp', 'a server whose clock is an hour late', dated(-1 / 24)),
  borne('timestamp', 'a Date that is none', change({ headers: [['date', 'yesterday']] })),
  borne('timestamp', 'headers of all kinds, twice and three times', change({ headers: [['server', 'a'], ['server', 'b'], ['set-cookie', 'a=b'], ['set-cookie', 'c=d'], ['content-type', 'text/plain'], ['content-type', 'image/png'], ['x', '']] })),
  borne('timestamp', 'a head of eight thousand bytes', change({ headers: Array.from({ length: 80 }, (_, i) => [`x-${i}`, 'y'.repeat(90)] as const) })),
];

export const ANSWER_ROWS: readonly Row[] = [...STATUS, ...REDIRECTS, ...PAGES, ...ENCODINGS, ...WAITS, ...HEADERS];
