// undici's own index loads fetch, web sockets and caches (175 ms of CPU); the agent alone does not. Only what we use is declared.
declare module 'undici/lib/dispatcher/agent.js' {
  import type { Socket } from 'node:net';
  type Connector = (
    options: {
      /** without brackets */
      readonly hostname: string;
      readonly host: string;
      readonly protocol: string;
      readonly port: string;
      readonly servername?: string | undefined;
      /** TLS is begun on this connection in place of a new one */
      readonly httpSocket?: Socket;
    },
    callback: (error: Error | null, socket: Socket | null) => void,
  ) => unknown;
  type Controller = { pause(): void; resume(): void; abort(reason: Error): void };
  type Handler = {
    onRequestStart(controller: Controller): void;
    onResponseStart(controller: Controller, status: number, headers: Readonly<Record<string, string | readonly string[]>>): void;
    onResponseData(controller: Controller, chunk: Uint8Array): void;
    onResponseEnd(controller: Controller): void;
    onResponseError(controller: Controller | undefined, error: Error): void;
  };
  type Request = {
    readonly origin: string;
    readonly path: string;
    readonly method: 'GET';
    readonly headers: readonly string[];
    readonly servername?: string;
  };
  export default class Agent {
    constructor(options: {
      readonly connect: Connector;
      readonly allowH2: boolean;
      readonly maxHeaderSize: number;
      readonly headersTimeout: number;
      readonly bodyTimeout: number;
    });
    dispatch(request: Request, handler: Handler): boolean;
    destroy(): Promise<void>;
  }
  export type { Connector, Controller, Handler, Request };
}

declare module 'undici/lib/core/connect.js' {
  import type { LookupFunction } from 'node:net';
  import type { Connector } from 'undici/lib/dispatcher/agent.js';
  export default function buildConnector(options: {
    readonly allowH2: boolean;
    readonly timeout: number;
    readonly ca?: readonly string[];
    readonly cert?: string;
    readonly key?: string;
    readonly lookup?: LookupFunction;
  }): Connector;
}
