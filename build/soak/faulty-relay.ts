import { createServer, connect, type Socket } from 'node:net';

/** What a server does to whoever asks now. `cut`: the connection ends somewhere in the answer; `stall`: nothing comes for a while, and then the end. */
export const FAULTS = ['none', 'refuse', 'unavailable', 'cut', 'stall'] as const;
export type Fault = (typeof FAULTS)[number];

export type FaultyRelay = { readonly url: string; fault: Fault; readonly close: () => void };

const STALL_MS = 2000;
const UNAVAILABLE = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

/** A relay in front of a content server, with the faults of a network and of an overloaded server. */
export async function faultyRelay(target: string): Promise<FaultyRelay> {
  const to = new URL(target);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => undefined);
    meet(relay.fault, client, to);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const relay: FaultyRelay = {
    url: `http://127.0.0.1:${port}/`,
    fault: 'none',
    close: () => {
      for (const one of open) one.destroy();
      server.close();
    },
  };
  return relay;
}

function meet(fault: Fault, client: Socket, to: URL): void {
  switch (fault) {
    case 'refuse':
      client.destroy();
      return;
    case 'unavailable':
      client.once('data', () => client.end(UNAVAILABLE));
      return;
    case 'stall':
      setTimeout(() => client.destroy(), STALL_MS);
      return;
    case 'cut':
      relayTo(client, to, Math.floor(Math.random() * 20_000));
      return;
    case 'none':
      relayTo(client, to, Number.POSITIVE_INFINITY);
      return;
  }
}

/** Hands on so many bytes of the answer, and then cuts. */
function relayTo(client: Socket, to: URL, most: number): void {
  const upstream = connect(Number(to.port), to.hostname);
  let left = most;
  client.on('data', (bytes: Buffer) => upstream.write(bytes));
  upstream.on('data', (bytes: Buffer) => {
    client.write(bytes.subarray(0, Math.min(bytes.length, left)));
    left -= bytes.length;
    if (left <= 0) client.destroy();
  });
  for (const [a, z] of [[client, upstream], [upstream, client]] as const) {
    a.on('close', () => z.destroy());
    a.on('error', () => z.destroy());
  }
}
