import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** What is done to a connection, step by step, where an answer is no HTTP or half of it. */
export type Act =
  | { readonly write: string | Uint8Array }
  /** again and again, until the other side hangs up */
  | { readonly repeat: string | Uint8Array; readonly everyMs?: number }
  | { readonly pauseMs: number }
  | 'reset'
  | 'end'
  | 'hang';

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
  /** these steps in place of any HTTP */
  readonly acts?: readonly Act[];
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
  /** how many were accepted, whatever came of them */
  connections(): number;
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

/** Goes through the steps; without one that ends it, the connection stays open for the next request. Returns the bytes written. */
async function act(socket: Socket, acts: readonly Act[]): Promise<number> {
  let written = 0;
  const send = async (bytes: string | Uint8Array): Promise<boolean> => {
    const sent = await write(socket, bytes);
    if (sent) written += bytes.length;
    return sent;
  };
  for (const step of acts) {
    if (step === 'reset') socket.resetAndDestroy();
    else if (step === 'end') socket.end();
    else if (step === 'hang') return written;
    else if ('pauseMs' in step) await pause(step.pauseMs);
    else if ('write' in step) await send(step.write);
    else while (await send(step.repeat)) await pause(step.everyMs ?? 0);
  }
  return written;
}

async function respond(socket: Socket, answer: Answer, request: Seen): Promise<'keep' | 'done'> {
  if (answer.delayMs !== undefined) await pause(answer.delayMs);
  if (answer.acts !== undefined) {
    request.sent = await act(socket, answer.acts);
    return 'done';
  }
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

export type Script = Readonly<Record<string, Answer | readonly Answer[]>> | ((request: Seen) => Answer);

/** Each path's answers are used up one a request, the last for ever; other paths are 404. */
function scripted(script: Script): (request: Seen) => Answer {
  if (typeof script === 'function') return script;
  const used = new Map<string, number>();
  return ({ path }) => {
    const found = script[path];
    if (found === undefined) return { status: 404, body: new TextEncoder().encode('none') };
    const list: readonly Answer[] = Array.isArray(found) ? found : [found];
    const n = used.get(path) ?? 0;
    used.set(path, n + 1);
    return list[Math.min(n, list.length - 1)] ?? {};
  };
}

/**
 * A web server on a raw socket that does what its script says: a table of paths, or a function of the request. It logs every request
 * and how many bytes of body it gave. `accepted`: what is done to each connection as soon as it is there, in place of listening to it.
 */
export async function faultServer(script: Script, tls?: TlsOptions, accepted?: readonly Act[]): Promise<FaultServer> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const answerTo = scripted(script);
  const serve = (socket: Socket): void => {
    const connection = ++connections;
    let text = '';
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    if (accepted !== undefined) return void act(socket, accepted);
    socket.on('data', (bytes: Uint8Array) => {
      text += new TextDecoder('latin1').decode(bytes);
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const request = requestOf(text.slice(0, end), connection);
      text = text.slice(end + 4);
      seen.push(request);
      void respond(socket, answerTo(request), request);
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
    connections: () => connections,
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
