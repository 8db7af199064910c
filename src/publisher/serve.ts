import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Failure, fail, type FileHandle, type Listener, ok, type Outcome, type Ports, type WebReply, type WebRequest } from '../model/index.ts';
import { parseRange, type Range } from './range.ts';
import { readSettings } from './settings.ts';

type ServePorts = Pick<Ports, 'files'> & { readonly listener: Listener };
export type ServeOptions = { readonly dir: string; readonly host?: string; readonly port?: number; readonly signal: AbortSignal };
export type Serving = { readonly url: string; readonly ended: Promise<void> };

const DEFAULTS = { host: '127.0.0.1', port: 8080 } as const;
const MAX_PORT = 65_535;
const CHUNK = 256 * 1024;
const MUTABLE = 'no-cache';
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Everything that is served: names are matched whole, so no path is ever decoded, joined with "..", or led to a dotfile. */
const SERVED = [
  { match: /^\/(?:metadata\/timestamp\.json|root\.json)$/, cache: MUTABLE, type: 'application/json' },
  { match: /^\/metadata\/[1-9][0-9]*\.[a-z][a-z0-9._-]*\.json$/, cache: IMMUTABLE, type: 'application/json' },
  { match: /^\/targets\/catalog\/[0-9a-f]{64}\.[a-z][a-z0-9._-]*\.json$/, cache: IMMUTABLE, type: 'application/json' },
  { match: /^\/packages\/[0-9a-f]{2}\/[0-9a-f]{64}$/, cache: IMMUTABLE, type: 'application/octet-stream' },
] as const;

/** Serves a repository until the signal is aborted. For trying out and for small sites: any web server does as well. */
export async function serve(ports: ServePorts, options: ServeOptions): Promise<Outcome<Serving, Failure>> {
  const settings = readSettings(ports, options.dir);
  if (!settings.ok) return settings;
  const host = options.host ?? DEFAULTS.host;
  const port = options.port ?? DEFAULTS.port;
  if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) return fail('repo-option', { option: '--port', problem: `${port} is no port from 0 to ${MAX_PORT}` });
  const address = `${host.includes(':') ? `[${host}]` : host}:`;
  const listening = await ports.listener.listen({ host, port, signal: options.signal, handle: (request) => respond(ports, options.dir, request) });
  if (listening.ok) return ok({ url: `http://${address}${listening.value.port}/`, ended: listening.value.closed });
  const { kind, detail } = listening.failure;
  const problem = kind === 'in-use' ? 'another program listens there' : kind === 'denied' ? 'this user may not' : detail;
  return fail('repo-listen', { address: `${address}${port}`, problem }, detail);
}

/** One answer (RFC 9110): 200, 206, 304, 404, 405 or 416. */
export function respond({ files }: Pick<Ports, 'files'>, dir: string, request: WebRequest): WebReply {
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, headers: { Allow: 'GET, HEAD', 'Content-Length': '0' } };
  const path = request.target.split('?', 1)[0] ?? '';
  const row = SERVED.find((s) => s.match.test(path));
  const opened = row === undefined ? undefined : files.open(join(dir, path));
  if (row === undefined || opened?.ok !== true) return { status: 404, headers: { 'Content-Length': '0' } };
  const handle = opened.value;
  const seen = handle.stat();
  if (!seen.ok || seen.value.type !== 'file') {
    handle.close();
    return { status: 404, headers: { 'Content-Length': '0' } };
  }
  const { size } = seen.value;
  const tag = entityTag(path, handle, size);
  const common = { ETag: tag, 'Cache-Control': row.cache };
  if (matches(request.headers['if-none-match'], tag)) {
    handle.close();
    return { status: 304, headers: common };
  }
  return whole(request, handle, size, { ...common, 'Content-Type': row.type });
}

function whole(request: WebRequest, handle: FileHandle, size: number, headers: Readonly<Record<string, string>>): WebReply {
  const condition = request.headers['if-range'];
  const asked = condition === undefined || condition === headers['ETag'] ? request.headers['range'] : undefined;
  const range = request.method === 'GET' ? parseRange(asked, size) : 'all';
  if (range === 'unsatisfiable') {
    handle.close();
    return { status: 416, headers: { 'Content-Range': `bytes */${size}`, 'Content-Length': '0' } };
  }
  const { from, to }: Range = range === 'all' ? { from: 0, to: size - 1 } : range;
  const partial = range === 'all' ? {} : { 'Content-Range': `bytes ${from}-${to}/${size}` };
  const all = { ...headers, 'Accept-Ranges': 'bytes', 'Content-Length': String(to - from + 1), ...partial };
  const status = range === 'all' ? 200 : 206;
  if (request.method === 'GET' && size > 0) return { status, headers: all, body: bytes(handle, from, to) };
  handle.close();
  return { status, headers: all };
}

/** From one descriptor: a file that is replaced meanwhile does not change what this client gets. A read error ends it short. */
function bytes(handle: FileHandle, from: number, to: number): Iterator<Uint8Array, void> {
  let at = from;
  const end = (): { done: true; value: undefined } => {
    handle.close();
    at = to + 1;
    return { done: true, value: undefined };
  };
  return {
    next() {
      if (at > to) return end();
      // a new buffer each time: the one before may still be on its way out
      const chunk = new Uint8Array(Math.min(CHUNK, to - at + 1));
      const count = handle.read(chunk, at);
      if (!count.ok || count.value === 0) return end();
      at += count.value;
      return { done: false, value: chunk.subarray(0, count.value) };
    },
    return: end,
  };
}

/** Strong: by content. A package and a catalog bear their hash in their name; the rest is small enough to be hashed. */
function entityTag(path: string, handle: FileHandle, size: number): string {
  const named = /\/([0-9a-f]{64})(?:\.|$)/.exec(path)?.[1];
  if (named !== undefined) return `"${named.slice(0, 32)}"`;
  const content = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const count = handle.read(content.subarray(length), length);
    if (!count.ok || count.value === 0) break;
    length += count.value;
  }
  return `"${createHash('sha256').update(content.subarray(0, length)).digest('hex').slice(0, 32)}"`;
}

/** If-None-Match compares weakly (RFC 9110, 13.1.2). */
function matches(header: string | undefined, tag: string): boolean {
  return header !== undefined && (header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === tag));
}
