import { connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** How a proxy behaves. Without anything it lets everybody through, both ways. */
export type ProxyManners = {
  /** `user:password` that it wants; 407 otherwise */
  readonly wants?: string;
  /** what its 407 offers */
  readonly challenge?: string;
  /** these bytes in answer to everything, then the end of the connection; '' closes without an answer */
  readonly says?: string;
  /** no answer at all */
  readonly silent?: boolean;
  /** answers CONNECT in pieces, a byte at a time */
  readonly slowly?: boolean;
  /** closes a connection unannounced when its second request comes */
  readonly oneEach?: boolean;
};
export type TestProxy = {
  readonly url: string;
  readonly port: number;
  /** every request's own head, CONNECT or absolute form */
  readonly heads: string[];
  /** connections that it took */
  connections: number;
  close(): void;
};

/** Name resolution of the proxy's own: every name that ends in .test is this machine. */
const addressOf = (host: string): string => (host.endsWith('.test') ? '127.0.0.1' : host.replace(/^\[|\]$/g, ''));

const allowed = (head: string, wants: string | undefined): boolean => wants === undefined || head.includes(`proxy-authorization: Basic ${btoa(wants)}`);

async function inPieces(socket: Socket, text: string): Promise<void> {
  for (const letter of text) {
    socket.write(letter);
    await new Promise((done) => setTimeout(done, 1));
  }
}

function serve(socket: Socket, manners: ProxyManners, proxy: TestProxy): void {
  proxy.connections++;
  socket.on('error', () => undefined);
  let text = '';
  let requests = 0;
  const onward = (host: string, port: number, begin: (up: Socket) => void): void => {
    socket.off('data', read);
    const up = connect(port, addressOf(host), () => begin(up));
    up.on('error', () => socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n'));
    socket.on('close', () => up.destroy());
  };
  const read = (bytes: Uint8Array): void => {
    text += new TextDecoder('latin1').decode(bytes);
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = text.slice(0, end);
    text = text.slice(end + 4);
    proxy.heads.push(head);
    requests++;
    if (manners.oneEach === true && requests > 1) return void socket.destroy();
    if (manners.silent === true) return;
    if (manners.says !== undefined) return void socket.end(manners.says);
    if (!allowed(head, manners.wants)) {
      return void socket.write(`HTTP/1.1 407 No\r\nproxy-authenticate: ${manners.challenge ?? 'Basic realm="x"'}\r\ncontent-length: 4\r\n\r\nnope`);
    }
    const [method = '', target = ''] = head.split(' ');
    const url = new URL(method === 'CONNECT' ? `http://${target}` : target);
    onward(url.hostname, Number(url.port === '' ? '80' : url.port), (up) => {
      const established = 'HTTP/1.1 200 Connection established\r\nvia: test\r\n\r\n';
      if (method === 'CONNECT') void (manners.slowly === true ? inPieces(socket, established) : Promise.resolve(socket.write(established))).then(() => socket.pipe(up));
      else {
        const lines = head.split('\r\n').filter((l) => !/^proxy-/i.test(l));
        up.write(`${lines.join('\r\n').replace(target, `${url.pathname}${url.search}`)}\r\n\r\n`);
        // one request at a time, on a connection of its own: enough here
        socket.on('data', read);
      }
      up.pipe(socket, { end: method === 'CONNECT' });
    });
  };
  socket.on('data', read);
}

/** A small proxy on loopback, of such manners as no real one has. */
export async function testProxy(manners: ProxyManners = {}, tls?: TlsOptions, host = '127.0.0.1'): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  const heads: string[] = [];
  const take = (socket: Socket): void => {
    sockets.add(socket);
    serve(socket, manners, proxy);
  };
  const server: Server = tls === undefined ? createServer(take) : createTlsServer(tls, take);
  server.on('tlsClientError', () => undefined);
  const port = await new Promise<number>((done) => {
    server.listen(0, host, () => {
      const address = server.address();
      done(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  const proxy: TestProxy = {
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    heads,
    connections: 0,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  return proxy;
}
