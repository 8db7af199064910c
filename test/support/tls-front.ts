import { connect, type Socket } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';

/** TLS before a plain server on loopback: what goes in at `url` comes out at `port`. */
export async function tlsFront(port: number, tls: TlsOptions): Promise<{ readonly url: string; readonly port: number; readonly close: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer(tls, (socket) => {
    const up = connect(port, '127.0.0.1');
    for (const one of [socket, up]) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => sockets.delete(one));
    }
    socket.pipe(up).pipe(socket);
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const own = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `https://127.0.0.1:${own}/`,
    port: own,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
