import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from './repository.ts';

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
/** It ends by itself after so long, whatever became of the test. */
const LIFE_SECONDS = 300;
/** What nginx may hand to the kernel before the client takes it; the kernel doubles it (socket(7), SO_SNDBUF). */
export const SEND_BUFFER_BYTES = 64 * 1024;

/** One line of nginx's access log. */
export type Logged = {
  readonly path: string;
  readonly status: number;
  /** the request's headers, empty where it had none */
  readonly range: string;
  readonly ifRange: string;
  readonly ifNoneMatch: string;
  /** bytes of body that nginx wrote to the socket */
  readonly bodyBytes: number;
  /** with the head */
  readonly bytes: number;
  /** the number of its connection */
  readonly connection: string;
};
export type Nginx = {
  readonly url: string;
  readonly port: number;
  /** what was asked for so far */
  log(): readonly Logged[];
  /** waits until so many requests are in the log: a request is written there when it is over */
  logged(match: RegExp, count: number): Promise<readonly Logged[]>;
  stop(): void;
};

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** Why there is no nginx here, or undefined. */
export function nginxMissing(): string | undefined {
  return spawnSync('nginx', ['-v'], { env: { PATH } }).status === 0 ? undefined : 'nginx is not installed';
}

function config(folder: string, root: string, port: number, slowAfter: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  return `
daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log warn;
events { worker_connections 64; }
http {
  ${temporary}
  log_format told '$uri|$status|$http_range|$http_if_range|$http_if_none_match|$body_bytes_sent|$bytes_sent|$connection';
  access_log ${folder}/access.log told;
  default_type application/octet-stream;
  sendfile off; gzip off;
  map $http_range $rate { "" ${slowAfter === '' ? 0 : '64k'}; default 0; }
  server {
    listen 127.0.0.1:${port} sndbuf=${SEND_BUFFER_BYTES};
    root ${root};
    ${slowAfter === '' ? '' : `location /packages/ { limit_rate_after ${slowAfter}; limit_rate $rate; }`}
  }
}
`;
}

function reachable(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
}

const parse = (line: string): Logged => {
  const [path = '', status = '', range = '', ifRange = '', ifNoneMatch = '', bodyBytes = '', bytes = '', connection = ''] = line.split('|');
  const given = (text: string): string => (text === '-' ? '' : text.replaceAll('\\x22', '"'));
  return { path, status: Number(status), range: given(range), ifRange: given(ifRange), ifNoneMatch: given(ifNoneMatch), bodyBytes: Number(bodyBytes), bytes: Number(bytes), connection };
};

/**
 * A real nginx that serves a repository's folder on loopback. `slowAfter` (`8m`): of a package that is asked for from its first byte, so
 * much comes at once and the rest at 64 KiB a second, time enough to kill whoever asked; one that is gone on with comes at once. Its files lie in a folder of their own; it dies
 * with this process (the kernel sees to it), with `stop`, or after five minutes.
 */
export async function startNginx(root: string, { slowAfter = '' }: { readonly slowAfter?: string } = {}): Promise<Nginx> {
  const folder = temporaryFolder('nginx');
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  writeFileSync(join(folder, 'nginx.conf'), config(folder, root, port, slowAfter));
  const line = ['--pdeathsig', 'KILL', 'timeout', '-s', 'KILL', '--foreground', String(LIFE_SECONDS), 'setpriv', '--pdeathsig', 'KILL', 'nginx', '-p', folder, '-e', `${folder}/error.log`, '-c', `${folder}/nginx.conf`];
  const server: ChildProcess = spawn('setpriv', line, { env: { PATH }, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  server.stderr?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  for (let tries = 0; !(await reachable(port)); tries++) {
    if (tries > 200 || server.exitCode !== null) throw new Error(`nginx did not begin: ${said}`);
    await pause(25);
  }
  const log = (): readonly Logged[] => {
    try {
      return readFileSync(join(folder, 'access.log'), 'utf8').split('\n').filter((text) => text !== '').map(parse);
    } catch {
      return [];
    }
  };
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    log,
    logged: async (match, count) => {
      for (let tries = 0; tries < 200; tries++) {
        const found = log().filter((one) => match.test(one.path));
        if (found.length >= count) return found;
        await pause(25);
      }
      throw new Error(`fewer than ${count} requests in nginx's log: ${JSON.stringify(log())}`);
    },
    stop: () => server.kill('SIGKILL'),
  };
}
