import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failureExit, failureText } from '../../src/model/index.ts';
import { createListener } from '../../src/platform/listen.ts';
import { layout, serve } from '../../src/publisher/index.ts';
import { must, testRepository } from '../support/repository.ts';

const r = await testRepository('serve');
await r.add('demo');
const { release } = await r.publish('demo', { a: Buffer.from(Array.from({ length: 700_000 }, (_, i) => (i * i * 7919) >> 5)) });
const stop = new AbortController();
const ports = { ...r.ports, listener: createListener() };
const serving = must(await serve(ports, { dir: r.dir, port: 0, signal: stop.signal }));
const packagePath = `packages/${release.package.sha256.slice(0, 2)}/${release.package.sha256}`;
const packageBytes = readFileSync(layout.package(r.dir, release.package.sha256));
const get = (path: string, headers: Record<string, string> = {}, method = 'GET') => fetch(serving.url + path, { headers, method });
const body = async (response: Response) => Buffer.from(await response.arrayBuffer());

test('it listens on loopback and serves a package whole, for ever', async () => {
  assert.match(serving.url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
  const response = await get(packagePath);
  assert.is(response.status, 200);
  assert.is(response.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.is(response.headers.get('accept-ranges'), 'bytes');
  assert.ok((await body(response)).equals(packageBytes));
});

test('metadata with a version and catalogs are immutable, timestamp.json and root.json are not', async () => {
  const [catalog] = readdirSync(layout.catalogs(r.dir));
  const caches = [];
  for (const path of ['metadata/timestamp.json', 'root.json', 'metadata/1.root.json', 'metadata/2.snapshot.json', `targets/catalog/${catalog}`]) {
    const response = await get(path);
    assert.is(response.status, 200, path);
    assert.ok((await body(response)).equals(readFileSync(join(r.dir, path))), path);
    caches.push(response.headers.get('cache-control')?.split(',')[0]);
  }
  assert.equal(caches, ['no-cache', 'no-cache', 'public', 'public', 'public']);
});

const size = packageBytes.length;
const RANGES: readonly (readonly [string, number, number, number])[] = [
  ['bytes=0-0', 206, 0, 0],
  ['bytes=100-199', 206, 100, 199],
  [`bytes=${size - 1}-`, 206, size - 1, size - 1],
  ['bytes=5-', 206, 5, size - 1],
  ['bytes=-10', 206, size - 10, size - 1],
  [`bytes=10-${size + 100}`, 206, 10, size - 1],
  [`bytes=-${size + 5}`, 206, 0, size - 1],
  ['bytes=0-1,5-6', 200, 0, size - 1],
  ['bytes=9-5', 200, 0, size - 1],
  ['items=0-5', 200, 0, size - 1],
  [`bytes=${size}-`, 416, 0, -1],
  ['bytes=-0', 416, 0, -1],
];
for (const [range, status, from, to] of RANGES) {
  test(`Range: ${range} is ${status}`, async () => {
    const response = await get(packagePath, { range });
    assert.is(response.status, status);
    const bytes = await body(response);
    if (status === 416) return assert.is(response.headers.get('content-range'), `bytes */${size}`);
    assert.ok(bytes.equals(packageBytes.subarray(from, to + 1)));
    assert.is(response.headers.get('content-range'), status === 206 ? `bytes ${from}-${to}/${size}` : null);
  });
}

test('If-Range resumes only what is the same, by a strong tag', async () => {
  const tag = (await get(packagePath, {}, 'HEAD')).headers.get('etag') ?? '';
  assert.match(tag, /^"[0-9a-f]{32}"$/);
  const status = async (condition: string): Promise<number> => {
    const response = await get(packagePath, { range: 'bytes=5-', 'if-range': condition });
    await body(response);
    return response.status;
  };
  assert.equal([await status(tag), await status('"other"'), await status(`W/${tag}`)], [206, 200, 200]);
});

test('If-None-Match is 304 without a body until the timestamp changes', async () => {
  const first = await get('metadata/timestamp.json');
  await body(first);
  const tag = first.headers.get('etag') ?? '';
  for (const condition of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
    const same = await get('metadata/timestamp.json', { 'if-none-match': condition });
    assert.is(same.status, 304);
    assert.is((await body(same)).length, 0);
  }
  await r.publish('demo', { a: 'changed' });
  assert.is((await get('metadata/timestamp.json', { 'if-none-match': tag })).status, 200);
});

test('HEAD is what GET is, without the body; other methods are 405', async () => {
  const head = await get(packagePath, {}, 'HEAD');
  assert.equal([head.status, head.headers.get('content-length'), (await body(head)).length], [200, String(size), 0]);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const response = await get(packagePath, {}, method);
    assert.equal([response.status, response.headers.get('allow')], [405, 'GET, HEAD']);
  }
});

/** Sends bytes as they are, and gives all that came back until the server closes or `replies` answers are there. */
function raw(request: string, replies = 1): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(serving.url).port), '127.0.0.1', () => socket.write(request));
    let got = '';
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (bytes) => {
      got += bytes.toString('latin1');
      if (got.split('HTTP/1.1 ').length - 1 === replies && got.endsWith('\r\n\r\n')) socket.end();
    });
    socket.on('close', () => resolve(got));
    socket.on('error', reject);
  });
}

const HIDDEN = [
  '/.glued-publisher.json', '/.glued-publisher.lock', '/../keys/root-1.pem', '/metadata/../.glued-publisher.json', '/metadata/%2e%2e/.glued-publisher.json',
  '/metadata/..%2f.glued-publisher.json', '/metadata//timestamp.json', '/metadata/', '/', '/packages', '/packages/../root.json', '//etc/passwd', '/metadata/.x.tmp',
  '/metadata/1.root.json%00', '/metadata\\timestamp.json', '/metadata/1.link.json', '/metadata/1.folder.json', 'http://elsewhere/root.json',
];
test('nothing but the repository itself is served: no dotfile, no folder, no link, no way out', async () => {
  symlinkSync('/etc/passwd', join(layout.metadata(r.dir), '1.link.json'));
  mkdirSync(join(layout.metadata(r.dir), '1.folder.json'));
  writeFileSync(join(layout.metadata(r.dir), '.x.tmp'), 'secret');
  for (const target of HIDDEN) {
    const answer = await raw(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 404 /, target);
    assert.match(answer, /\r\n\r\n$/, `${target} has a body`);
  }
  rmSync(join(layout.metadata(r.dir), '1.folder.json'), { recursive: true });
});

test('a run that finds nothing new costs at most 720 bytes on one connection, with the Date that the clock is checked by', async () => {
  const tag = (await get('metadata/timestamp.json', {}, 'HEAD')).headers.get('etag') ?? '';
  const requests = `GET /metadata/2.root.json HTTP/1.1\r\nHost: x\r\n\r\nGET /metadata/timestamp.json HTTP/1.1\r\nHost: x\r\nIf-None-Match: ${tag}\r\n\r\n`;
  const answers = await raw(requests, 2);
  assert.match(answers, /^HTTP\/1\.1 404 .*\r\n\r\nHTTP\/1\.1 304 /s);
  assert.is(answers.match(/^Date: /gm)?.length, 2);
  assert.not.match(answers, /Keep-Alive|Connection/i);
  assert.is(answers.length <= 300, true, `${answers.length} bytes`);
  console.log(`no-op pair: ${answers.length} bytes received`);
});

test('a port that cannot be is told as usage, before anything listens', async () => {
  for (const port of [-1, 65_536, 99_999]) {
    const refused = await serve(ports, { dir: r.dir, port, signal: stop.signal });
    if (refused.ok) assert.unreachable(`listened at ${port}`);
    else assert.is(`${failureExit(refused.failure)} ${failureText(refused.failure)}`, `64 --port: ${port} is no port from 0 to 65535.`);
  }
});

test('a port that is taken is a failure that names the address', async () => {
  const again = await serve(ports, { dir: r.dir, port: Number(new URL(serving.url).port), signal: stop.signal });
  if (again.ok) assert.unreachable('listened twice');
  else assert.match(failureText(again.failure), /Cannot listen on 127\.0\.0\.1:\d+: another program listens there/);
  const absent = await serve(ports, { dir: r.root, port: 0, signal: stop.signal });
  assert.not(absent.ok);
});

test('the in-memory Http port of tests gives what the server gives, and counts and breaks requests', async () => {
  const http = r.http('http://repository.test/', (path) => (path === '/root.json' ? { fail: 'reset' } : undefined));
  const request = (path: string) => ({ url: `http://repository.test/${path}`, headers: {}, idleTimeoutMs: 1, redirects: 'same-origin', signal: stop.signal, maxBytes: 1e6 }) as const;
  const timestamp = must(await http.document(request('metadata/timestamp.json')));
  assert.ok(Buffer.from(timestamp.body).equals(readFileSync(layout.timestamp(r.dir))));
  assert.match(timestamp.headers['etag'] ?? '', /^"/);
  const broken = await http.document(request('root.json'));
  assert.not(broken.ok);
  assert.equal(http.requests, ['/metadata/timestamp.json', '/root.json']);
});

test('it ends when the signal is aborted, with a client still connected', async () => {
  const socket = connect(Number(new URL(serving.url).port), '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.on('error', () => {});
  stop.abort();
  await serving.ended;
  socket.destroy();
});

test.run();
