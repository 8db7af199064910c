import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type ControlListenRequest, type ControlReply, type ControlStream, failed, type ListenFailure, type LocalListening, ok, type Outcome } from '../model/index.ts';
import { attempt } from './io.ts';
import { headersOf, listenFailure } from './listen.ts';

/** How often the server looks for requests that take too long: a timer costs idle CPU. */
const LOOK_MS = 5000;
/** A client that is done hangs up by itself. */
const KEEP_MS = 5000;
/** The socket file is its owner's alone; its folder is private too, so that nobody comes in before this is set. */
const SOCKET_MODE = 0o600;

/** Our own event: what the handler threw. */
const BUG = 'bug';

/** Listens on a unix socket, a named pipe, or a descriptor that a service manager handed over. */
export async function listenLocally(request: ControlListenRequest): Promise<Outcome<LocalListening, ListenFailure>> {
  const { createServer } = await import('node:http');
  const { limits } = request;
  const crowd = new Crowd(limits.maxConnections);
  const options = {
    requestTimeout: limits.requestMs,
    headersTimeout: limits.requestMs,
    keepAliveTimeout: KEEP_MS,
    connectionsCheckingInterval: LOOK_MS,
    maxHeaderSize: limits.maxHeaderBytes,
  };
  const server = createServer(options, (incoming, response) => {
    if (crowd.isRefused(incoming.socket)) incoming.destroy();
    else take(request, incoming, response, (bug) => server.emit(BUG, bug));
  });
  server.on('connection', (socket: Socket) => crowd.enter(socket));
  server.on('clientError', refuse);
  return start(server, request);
}

function start(server: Server, { place, signal }: ControlListenRequest): Promise<Outcome<LocalListening, ListenFailure>> {
  return new Promise((resolve) => {
    const closed = new Promise<void>((done, broken) => {
      server.once('close', done);
      server.once(BUG, broken);
    });
    server.once('error', (error: NodeJS.ErrnoException) => resolve(failed(listenFailure(error))));
    const listening = (): void => {
      const stop = (): void => {
        server.close();
        server.closeAllConnections();
      };
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      resolve(place.kind === 'path' ? closeToOthers(place.path, server, closed) : ok({ closed }));
    };
    // Deno without its permission throws
    const begun = attempt('listen', 'the control socket', () => server.listen(place.kind === 'path' ? { path: place.path } : { fd: place.descriptor }, listening));
    if (!begun.ok) resolve(failed({ kind: 'denied', detail: begun.failure.detail }));
  });
}

function closeToOthers(path: string, server: Server, closed: Promise<void>): Outcome<LocalListening, ListenFailure> {
  if (process.platform === 'win32') return ok({ closed });
  const done = attempt('chmod', path, () => process.getBuiltinModule('node:fs').chmodSync(path, SOCKET_MODE));
  if (done.ok) return ok({ closed });
  server.close();
  return failed({ kind: 'denied', detail: done.failure.detail });
}

/** Who is connected. Beyond the limit one is told so, and hung up on. */
class Crowd {
  private readonly most: number;
  private count = 0;
  private readonly refused = new WeakSet<Socket>();

  constructor(most: number) {
    this.most = most;
  }

  enter(socket: Socket): void {
    this.count += 1;
    socket.once('close', () => (this.count -= 1));
    if (this.count <= this.most) return;
    this.refused.add(socket);
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  }

  isRefused(socket: Socket): boolean {
    return this.refused.has(socket);
  }
}

const STATUS_OF: ReadonlyMap<string, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
]);

/** Garbage, half a request that was waited for long enough, a head without end. */
function refuse(error: NodeJS.ErrnoException, socket: import('node:stream').Duplex): void {
  socket.on('error', () => undefined);
  if (!socket.writable) return void socket.destroy();
  socket.end(`HTTP/1.1 ${STATUS_OF.get(error.code ?? '') ?? '400 Bad Request'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function take(request: ControlListenRequest, incoming: IncomingMessage, response: ServerResponse, broken: (bug: unknown) => void): void {
  const parts: Uint8Array[] = [];
  let length = 0;
  incoming.on('error', () => undefined);
  response.on('error', () => undefined);
  incoming.on('data', (chunk: Uint8Array) => {
    length += chunk.length;
    if (length <= request.limits.maxBodyBytes) parts.push(chunk);
    else if (!response.headersSent) response.writeHead(413, { Connection: 'close', 'Content-Length': '0' }).end(() => incoming.destroy());
  });
  incoming.on('end', () => {
    if (length > request.limits.maxBodyBytes) return;
    const { method = '', url: target = '' } = incoming;
    try {
      reply(request, request.handle({ method, target, headers: headersOf(incoming), body: Buffer.concat(parts) }), response);
    } catch (bug) {
      response.destroy();
      broken(bug);
    }
  });
}

function reply({ limits }: ControlListenRequest, { status, headers, body }: ControlReply, response: ServerResponse): void {
  if (typeof body === 'string') {
    response.writeHead(status, { ...headers, 'Content-Length': String(Buffer.byteLength(body)) }).end(body);
    return;
  }
  response.writeHead(status, { ...headers });
  response.flushHeaders();
  body(streamOf(response, limits.maxUnreadBytes));
}

function streamOf(response: ServerResponse, maxUnreadBytes: number): ControlStream {
  return {
    send(text) {
      if (response.destroyed || response.writableEnded) return;
      response.write(text);
      if (response.writableLength > maxUnreadBytes) response.destroy();
    },
    end: () => void response.end(),
    ended: (listener) => void response.once('close', listener),
  };
}
