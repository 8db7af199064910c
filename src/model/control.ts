import type { ListenFailure } from './http.ts';
import type { Outcome } from './outcome.ts';
import type { Io } from './ports.ts';

/** One request on the control socket; `target` as it came, header names in lower case, the body whole. */
export type ControlRequest = {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
};

/** Text that is sent as it comes, until one of the two sides ends it. */
export interface ControlStream {
  /** a reader that falls too far behind is cut off */
  send(text: string): void;
  end(): void;
  /** called once, however it ends */
  ended(listener: () => void): void;
}

/** One answer: a text at once, or a stream that is written by and by. */
export type ControlReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | ((to: ControlStream) => void);
};

/** Where the control socket is: a path that is made anew, or an open descriptor that a service manager listens on already. */
export type ControlPlace = { readonly kind: 'path'; readonly path: string } | { readonly kind: 'descriptor'; readonly descriptor: number };

export type ControlLimits = {
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  /** beyond these a client is told 503 */
  readonly maxConnections: number;
  /** for a whole request, from its first byte */
  readonly requestMs: number;
  /** what a stream's reader may leave unread */
  readonly maxUnreadBytes: number;
};

export type ControlListenRequest = {
  readonly place: ControlPlace;
  readonly limits: ControlLimits;
  readonly handle: (request: ControlRequest) => ControlReply;
  readonly signal: AbortSignal;
};

/** A request to a control socket. With `chunk` the body is handed on as it comes, and not kept. */
export type ControlAsk = {
  readonly socket: string;
  readonly method: 'GET' | 'POST';
  readonly target: string;
  readonly body?: string;
  /** time without a byte */
  readonly idleMs: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  readonly chunk?: (text: string) => void;
};
export type ControlAnswer = { readonly status: number; readonly body: string };

/** `closed` resolves when the signal was aborted and every connection is closed; it rejects with a bug of the handler. */
export type LocalListening = { readonly closed: Promise<void> };

/** HTTP/1.1 between processes of one machine, over a unix socket or a named pipe. */
export interface LocalHttp {
  /** resolves once it listens. The path's folder must be there, and nothing at the path. */
  listen(request: ControlListenRequest): Promise<Outcome<LocalListening, ListenFailure>>;
  /** `absent`: nobody listens there; `denied`: it is another user's; `io`: whoever listens does not answer as HTTP does */
  ask(ask: ControlAsk): Promise<Io<ControlAnswer>>;
}
