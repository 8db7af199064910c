import type { IncomingMessage } from 'node:http';
import { type ControlAnswer, type ControlAsk, failed, type Io, type IoKind, type LocalHttp, ok } from '../model/index.ts';
import { attempt } from './io.ts';
import { kindOfConnect } from './socket-talk.ts';

/** HTTP over unix sockets (named pipes on Windows). node:http is loaded when it is first used. */
export function createLocalHttp(): LocalHttp {
  return {
    listen: async (request) => (await import('./local-listen.ts')).listenLocally(request),
    ask,
  };
}

async function ask(request: ControlAsk): Promise<Io<ControlAnswer>> {
  const http = await import('node:http');
  const { socket, method, target, body, idleMs, signal } = request;
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  // Deno without its permission throws
  const begun = attempt('connect', socket, () =>
    http.request({ socketPath: socket, method, path: target, headers: { Host: 'glued', Connection: 'close', ...headers }, agent: false }),
  );
  if (!begun.ok) return begun;
  const asked = begun.value;
  return new Promise((resolve) => {
    const end = (result: Io<ControlAnswer>): void => {
      signal?.removeEventListener('abort', onAbort);
      asked.destroy();
      resolve(result);
    };
    const fail = (kind: IoKind, detail: string): void => end(failed({ kind, op: 'ask', path: socket, detail }));
    const onAbort = (): void => fail('io', 'it was stopped');
    asked.setTimeout(idleMs, () => fail('io', `no answer within ${idleMs} ms`));
    asked.on('error', (error) => fail(kindOfConnect(error), error.message));
    asked.on('response', (response) => read(request, response, end, fail));
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    else asked.end(body);
  });
}

/** One that ends without having said all that it promised is no answer. */
function read({ maxBytes, chunk: hand }: ControlAsk, response: IncomingMessage, end: (result: Io<ControlAnswer>) => void, fail: (kind: IoKind, detail: string) => void): void {
  const parts: string[] = [];
  let length = 0;
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    if (hand !== undefined) return hand(text);
    length += text.length;
    if (length > maxBytes) return fail('too-long', `more than ${maxBytes} characters`);
    parts.push(text);
  });
  response.on('error', (error) => fail('io', error.message));
  response.on('aborted', () => fail('io', 'the other side hung up in the middle of its answer'));
  response.on('end', () => end(ok({ status: response.statusCode ?? 0, body: parts.join('') })));
}
