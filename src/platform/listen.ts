import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { failed, type ListenFailure, type Listener, type ListenRequest, type Listening, ok, type Outcome, type WebReply } from '../model/index.ts';

const REQUEST_MS = 30_000;
/** A client keeps its connection between two requests of one run. */
const IDLE_MS = 15_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** The real listener. node:http is loaded when it is first used: only `repo serve` needs it. */
export function createListener(): Listener {
  return {
    async listen(request) {
      const { createServer } = await import('node:http');
      const server = createServer({ requestTimeout: REQUEST_MS, keepAliveTimeout: IDLE_MS, maxHeaderSize: MAX_HEADER_BYTES }, (incoming, response) =>
        answer(request, incoming, response),
      );
      return start(server, request);
    },
  };
}

function start(server: Server, { host, port, signal }: ListenRequest): Promise<Outcome<Listening, ListenFailure>> {
  return new Promise((resolve) => {
    const closed = new Promise<void>((done) => server.once('close', done));
    server.once('error', (error: NodeJS.ErrnoException) => resolve(failed(listenFailure(error))));
    server.listen({ host, port }, () => {
      const stop = (): void => {
        server.close();
        server.closeAllConnections();
      };
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      const address = server.address();
      resolve(ok({ port: typeof address === 'object' && address !== null ? address.port : port, closed }));
    });
  });
}

export function listenFailure({ code, message }: NodeJS.ErrnoException): ListenFailure {
  return { kind: kindOf(code), detail: message };
}

function kindOf(code: string | undefined): ListenFailure['kind'] {
  switch (code) {
    case 'EADDRINUSE':
      return 'in-use';
    case 'EACCES':
    case 'EPERM':
      return 'denied';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EADDRNOTAVAIL':
      return 'unknown-host';
    default:
      return 'io';
  }
}

function answer(request: ListenRequest, incoming: IncomingMessage, response: ServerResponse): void {
  const reply = request.handle({ method: incoming.method ?? '', target: incoming.url ?? '', headers: headersOf(incoming) });
  incoming.resume();
  // HTTP/1.1 keeps connections by default: saying so is 51 bytes a reply for nothing
  response.removeHeader('connection');
  response.writeHead(reply.status, { ...reply.headers });
  if (reply.body === undefined) response.end();
  else send(reply.body, Number(reply.headers['Content-Length']), response);
}

export function headersOf(incoming: IncomingMessage): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]));
}

/** As fast as the client takes it: at most one chunk waits in memory. A body that ends early cuts the connection, so that it is noticed. */
function send(body: NonNullable<WebReply['body']>, length: number, response: ServerResponse): void {
  let sent = 0;
  const next = (): void => {
    for (;;) {
      if (response.destroyed) return;
      const chunk = body.next();
      if (chunk.done === true) {
        if (sent === length) response.end();
        else response.destroy();
        return;
      }
      sent += chunk.value.length;
      if (!response.write(chunk.value)) {
        response.once('drain', next);
        return;
      }
    }
  };
  response.once('close', () => body.return?.());
  next();
}
