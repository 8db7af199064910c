import type { Socket } from 'node:net';
import { failed, type Io, type IoFailure, type IoKind, ok, type SocketPlace, type Sockets, type SocketTalk } from '../model/index.ts';
import { attempt, errorCode, kindOf } from './io.ts';

type Limits = Parameters<Sockets['talk']>[1];

const NEWLINE = 10;

/** Connects, and then speaks in lines within `limits`. */
export function talk(path: string, limits: Limits): Promise<Io<SocketTalk>> {
  return new Promise((resolve) => {
    const connecting = connectTo(path, 'connect', path);
    if (!connecting.ok) return resolve(connecting);
    const socket = connecting.value;
    const end = (kind: IoKind, detail: string): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.destroy();
      resolve(failed({ kind, op: 'connect', path, detail }));
    };
    const timer = setTimeout(() => end('io', `no connection within ${limits.timeoutMs} ms`), limits.timeoutMs);
    socket.once('error', (error: Error) => end(kindOfConnect(error), error.message));
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(ok(new Lines(socket, path, limits)));
    });
  });
}

/** Begins to connect. Deno refuses a unix socket that it is not allowed by throwing, where all else comes as an event. */
export function connectTo(place: SocketPlace, op: string, path: string): Io<Socket> {
  return attempt(op, path, () => process.getBuiltinModule('node:net').connect(typeof place === 'string' ? { path: place } : { ...place }));
}

/** A socket file that nobody listens on is as good as none: its engine does not run. */
export function kindOfConnect(error: Error): IoKind {
  const code = errorCode(error);
  return code === undefined ? 'io' : code === 'ECONNREFUSED' ? 'absent' : kindOf(code);
}

/** Cuts what comes into lines. What is beyond a limit ends the connection. */
class Lines implements SocketTalk {
  private readonly socket: Socket;
  private readonly path: string;
  private readonly limits: Limits;
  private readonly lines: Uint8Array[] = [];
  private rest: Uint8Array[] = [];
  private restBytes = 0;
  private totalBytes = 0;
  private ended: IoFailure | undefined;
  private wake: (() => void) | undefined;

  constructor(socket: Socket, path: string, limits: Limits) {
    this.socket = socket;
    this.path = path;
    this.limits = limits;
    socket.on('data', (chunk: Uint8Array) => this.take(chunk));
    socket.on('end', () => this.stop('io', 'the other side closed the connection'));
    socket.on('close', () => this.stop('io', 'the other side closed the connection'));
    socket.on('error', (error: Error) => this.stop('io', error.message));
  }

  say(line: string): void {
    if (this.ended === undefined) this.socket.write(`${line}\n`);
  }

  async hear(timeoutMs: number, signal?: AbortSignal): Promise<Io<Uint8Array>> {
    if (this.lines.length === 0 && this.ended === undefined && signal?.aborted !== true) await this.news(timeoutMs, signal);
    const line = this.lines.shift();
    if (line !== undefined) return ok(line);
    const detail = signal?.aborted === true ? 'the run was stopped' : `no answer within ${timeoutMs} ms`;
    return failed(this.ended ?? { kind: 'io', op: 'hear', path: this.path, detail });
  }

  close(): void {
    this.stop('io', 'it was closed here');
  }

  private news(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        this.wake = undefined;
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      signal?.addEventListener('abort', done, { once: true });
      this.wake = done;
    });
  }

  private take(chunk: Uint8Array): void {
    this.totalBytes += chunk.length;
    if (this.totalBytes > this.limits.maxTotalBytes) return this.stop('too-long', `it said more than ${this.limits.maxTotalBytes} bytes`);
    for (let start = 0; start < chunk.length; ) {
      const newline = chunk.indexOf(NEWLINE, start);
      const piece = chunk.subarray(start, newline < 0 ? chunk.length : newline);
      this.restBytes += piece.length;
      if (this.restBytes > this.limits.maxBytes) return this.stop('too-long', `a line of more than ${this.limits.maxBytes} bytes`);
      this.rest.push(piece);
      start += piece.length + 1;
      if (newline < 0) break;
      this.lines.push(Buffer.concat(this.rest));
      this.rest = [];
      this.restBytes = 0;
    }
    if (this.lines.length > 0) this.wake?.();
  }

  private stop(kind: IoKind, detail: string): void {
    if (this.ended !== undefined) return;
    this.ended = { kind, op: 'hear', path: this.path, detail };
    this.socket.removeAllListeners();
    this.socket.on('error', () => undefined);
    this.socket.destroy();
    this.wake?.();
  }
}
