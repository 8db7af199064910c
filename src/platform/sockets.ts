import { failed, type Io, ok, type SocketPlace, type Sockets } from '../model/index.ts';
import { listener } from './socket-listener.ts';
import { connectTo, kindOfConnect, talk } from './socket-talk.ts';

/** Sockets of engines on this machine: unix ones (named pipes on Windows), and ports of the loopback interface. */
export function createSockets(): Sockets {
  return { ask, talk, listener };
}

/** What came until the other side closed, `maxBytes` were there, or the time was up; nothing at all by then is a failure. */
function ask(place: SocketPlace, request: Uint8Array, limits: { readonly timeoutMs: number; readonly maxBytes: number }): Promise<Io<Uint8Array>> {
  return new Promise((resolve) => {
    const parts: Uint8Array[] = [];
    let length = 0;
    const path = typeof place === 'string' ? place : `${place.host} port ${place.port}`;
    const connecting = connectTo(place, 'ask', path);
    if (!connecting.ok) return resolve(connecting);
    const socket = connecting.value;
    const end = (result: Io<Uint8Array>): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.destroy();
      resolve(result);
    };
    const answer = (): Io<Uint8Array> => ok(Buffer.concat(parts).subarray(0, limits.maxBytes));
    const timer = setTimeout(
      () => end(length > 0 ? answer() : failed({ kind: 'io', op: 'ask', path, detail: `no answer within ${limits.timeoutMs} ms` })),
      limits.timeoutMs,
    );
    socket.on('connect', () => socket.write(request));
    socket.on('data', (chunk: Uint8Array) => {
      parts.push(chunk);
      length += chunk.length;
      if (length >= limits.maxBytes) end(answer());
    });
    socket.on('end', () => end(answer()));
    socket.on('close', () => end(answer()));
    socket.on('error', (error: Error) => end(failed({ kind: kindOfConnect(error), op: 'ask', path, detail: error.message })));
  });
}
