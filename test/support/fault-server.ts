import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** One scripted answer. Faults act on the body's bytes as they are written to the socket. */
export type Answer = {
  readonly status?: number;
  /** pairs, so that a header can come twice */
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: Uint8Array;
  /** a file that answers Range and If-Range as RFC 9110 says */
  readonly ranges?: { readonly etag?: string; readonly lastModified?: string };
  /** goes on although its file is another one */
  readonly ignoresIfRange?: boolean;
  readonly delayMs?: number;
  /** RST after so many bytes of the body */
  readonly resetAt?: number;
  /** FIN after so many bytes of the body, whatever Content-Length said */
  readonly endAt?: number;
  /** nothing more after so many bytes, the connection stays open */
  readonly hangAt?: number;
  /** the body again and again, without Content-Length */
  readonly endless?: boolean;
  readonly trickle?: { readonly bytes: number; readonly everyMs: number };
  readonly framing?: 'length' | 'chunked' | 'close';
  /** these bytes in place of any HTTP */
  readonly garbage?: string;
  /** replaces the right Content-Range */
  readonly contentRange?: string;
};
export type Seen = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** the request's own bytes */
  readonly head: string;
  readonly connection: number;
  /** bytes of body handed to the socket */
  sent: number;
  status: number;
};
export type FaultServer = {
  readonly url: string;
  readonly port: number;
  readonly seen: Seen[];
  close(): Promise<void>;
};

const running = new Set<FaultServer>();

/** Ends the servers that a test left running: one that failed before its last line must not keep the process. */
export async function closeFaultServers(): Promise<void> {
  await Promise.all([...running].map((server) => server.close()));
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function requestOf(head: string, connection: number): Seen {
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.filter((l) => l !== '').map((l) => [l.slice(0, l.indexOf(':')).toLowerCase(), l.slice(l.indexOf(':') + 1).trim()]);
  return { path: first.split(' ')[1] ?? '', headers: Object.fromEntries(headers), head, connection, sent: 0, status: 0 };
}

type Part = { readonly status: number; readonly body: Uint8Array; readonly headers: readonly (readonly [string, string])[] };

function rangeOf(answer: Answer, request: Seen): Part {
  const body = answer.body ?? new Uint8Array();
  const etag = answer.ranges?.etag;
  const modified = answer.ranges?.lastModified;
  const base: [string, string][] = [['accept-ranges', 'bytes']];
  if (etag !== undefined) base.push(['etag', etag]);
  if (modified !== undefined) base.push(['last-modified', modified]);
  const wanted = /^bytes=(\d+)-$/.exec(request.headers['range'] ?? '');
  const condition = answer.ignoresIfRange === true ? undefined : request.headers['if-range'];
  if (wanted === null || (condition !== undefined && condition !== etag && condition !== modified)) return { status: 200, body, headers: base };
  const from = Number(wanted[1]);
  if (from >= body.length) return { status: 416, body: new Uint8Array(), headers: [...base, ['content-range', `bytes */${body.length}`]] };
  const range = answer.contentRange ?? `bytes ${from}-${body.length - 1}/${body.length}`;
  return { status: 206, body: body.subarray(from), headers: [...base, ['content-range', range]] };
}

/** How many bytes of the body go out before the fault, and which. */
function faultOf(answer: Answer, length: number): { readonly at: number; readonly kind: 'reset' | 'end' | 'hang' | 'none' } {
  if (answer.resetAt !== undefined) return { at: Math.min(answer.resetAt, length), kind: 'reset' };
  if (answer.endAt !== undefined) return { at: Math.min(answer.endAt, length), kind: 'end' };
  if (answer.hangAt !== undefined) return { at: Math.min(answer.hangAt, length), kind: 'hang' };
  return { at: length, kind: 'none' };
}

function write(socket: Socket, bytes: Uint8Array | string): Promise<boolean> {
  return new Promise((done) => {
    if (socket.destroyed) return done(false);
    socket.write(bytes, (error) => done(error === undefined || error === null));
  });
}

async function sendBody(socket: Socket, answer: Answer, request: Seen, body: Uint8Array): Promise<void> {
  const step = answer.trickle?.bytes ?? 64 * 1024;
  for (let at = 0; at < body.length; at += step) {
    const piece = body.subarray(at, at + step);
    if (answer.framing === 'chunked') await write(socket, `${piece.length.toString(16)}\r\n`);
    if (!(await write(socket, piece))) return;
    if (answer.framing === 'chunked') await write(socket, '\r\n');
    request.sent += piece.length;
    if (answer.trickle !== undefined) await pause(answer.trickle.everyMs);
  }
}

async function respond(socket: Socket, answer: Answer, request: Seen): Promise<'keep' | 'done'> {
  if (answer.delayMs !== undefined) await pause(answer.delayMs);
  if (answer.garbage !== undefined) {
    await write(socket, answer.garbage);
    socket.end();
    return 'done';
  }
  const plain: Part = { status: answer.status ?? 200, body: answer.body ?? new Uint8Array(), headers: [] };
  const part = answer.ranges === undefined || plain.status !== 200 ? plain : rangeOf(answer, request);
  request.status = part.status;
  const framing = answer.endless === true ? 'close' : (answer.framing ?? 'length');
  const given = answer.headers ?? [];
  const lines = [...part.headers, ...given].map(([name, value]) => `${name}: ${value}\r\n`);
  if (framing === 'length' && part.status !== 304 && !given.some(([name]) => name === 'content-length')) lines.push(`content-length: ${part.body.length}\r\n`);
  if (framing === 'chunked') lines.push('transfer-encoding: chunked\r\n');
  if (framing === 'close') lines.push('connection: close\r\n');
  await write(socket, `HTTP/1.1 ${part.status} X\r\n${lines.join('')}\r\n`);
  const fault = faultOf(answer, part.body.length);
  await sendBody(socket, answer, request, part.body.subarray(0, fault.at));
  while (answer.endless === true && !socket.destroyed) await sendBody(socket, answer, request, part.body);
  if (fault.kind === 'hang') return 'done';
  if (fault.kind === 'reset') {
    socket.resetAndDestroy();
    return 'done';
  }
  if (framing === 'chunked' && fault.kind === 'none') await write(socket, '0\r\n\r\n');
  if (fault.kind === 'end' || framing === 'close') {
    socket.end();
    return 'done';
  }
  return 'keep';
}

/**
 * A web server on a raw socket that does what its script says. A path's list of answers is used up one a request, the last for ever;
 * paths that are not in the script are 404. It logs every request and how many bytes of body it gave.
 */
export async function faultServer(script: Readonly<Record<string, Answer | readonly Answer[]>>, tls?: TlsOptions): Promise<FaultServer> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  const used = new Map<string, number>();
  let connections = 0;
  const answerTo = (path: string): Answer => {
    const found = script[path];
    if (found === undefined) return { status: 404, body: new TextEncoder().encode('none') };
    const list: readonly Answer[] = Array.isArray(found) ? found : [found];
    const n = used.get(path) ?? 0;
    used.set(path, n + 1);
    return list[Math.min(n, list.length - 1)] ?? {};
  };
  const serve = (socket: Socket): void => {
    const connection = ++connections;
    let text = '';
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Uint8Array) => {
      text += new TextDecoder('latin1').decode(bytes);
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const request = requestOf(text.slice(0, end), connection);
      text = text.slice(end + 4);
      seen.push(request);
      void respond(socket, answerTo(request.path), request);
    });
  };
  const server: Server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  server.on('tlsClientError', () => undefined);
  // also those whose handshake never came to an end
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const made: FaultServer = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/`,
    port,
    seen,
    close: async () => {
      running.delete(made);
      for (const socket of sockets) socket.destroy();
      // Deno keeps a server open for a handshake that failed: it is not waited for
      await Promise.race([new Promise<void>((done) => server.close(() => done())), pause(200)]);
    },
  };
  running.add(made);
  return made;
}
