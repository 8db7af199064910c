import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pair } from './test-ca.ts';

/** What a request was, as the proxy itself logged it. */
export type Logged = { readonly method: string; readonly target: string };
/** A proxy that administrators really have, on loopback, with a folder of its own. */
export type RealProxy = {
  readonly name: string;
  readonly url: string;
  readonly port: number;
  /** its access log so far */
  requests(): readonly Logged[];
  end(): void;
};
export type ProxyOptions = { readonly user?: string; readonly password?: string; readonly tls?: Pair };

const NCSA = '/usr/lib/squid/basic_ncsa_auth';
/** lives no longer than this, should the test be killed */
const LIFE_SECONDS = '600';

function find(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** The proxies that are installed here. */
export function installed(): { readonly squid: boolean; readonly tinyproxy: boolean } {
  return { squid: find('squid') !== undefined && existsSync(NCSA), tinyproxy: find('tinyproxy') !== undefined };
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    const up = await new Promise<boolean>((known) => {
      const socket = connect(port, '127.0.0.1', () => known(true));
      socket.on('error', () => known(false));
      socket.on('connect', () => socket.destroy());
    });
    if (up) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`no proxy listens on ${port}, exit ${child.exitCode}`);
}

async function start(name: string, options: ProxyOptions, write: (folder: string, port: number) => readonly string[], log: string, line: RegExp): Promise<RealProxy> {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  // squid gives up root before it opens its log
  chmodSync(folder, 0o777);
  const port = await freePort();
  const child = spawn('timeout', ['-k', '1', LIFE_SECONDS, ...write(folder, port)], { stdio: 'ignore' });
  const end = (): void => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answers(port, child);
  } catch (error) {
    end();
    throw error;
  }
  return {
    name: `${name}${options.user === undefined ? '' : ' with a password'}`,
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests: () =>
      readFileSync(join(folder, log), 'utf8')
        .split('\n')
        .flatMap((text) => {
          const found = line.exec(text);
          return found?.[1] === undefined || found[2] === undefined ? [] : [{ method: found[1], target: found[2] }];
        }),
    end,
  };
}

/** Squid without a cache. With a user it asks for the password (Basic, by its own helper program); with a pair it speaks TLS itself. */
export function squid(options: ProxyOptions = {}): Promise<RealProxy> {
  const conf = (folder: string, port: number): readonly string[] => {
    const { user, password = '', tls } = options;
    for (const [file, text] of Object.entries({ 'tls.crt': tls?.cert, 'tls.key': tls?.key })) if (text !== undefined) writeFileSync(join(folder, file), text);
    if (user !== undefined) writeFileSync(join(folder, 'users'), `${user}:${execFileSync('openssl', ['passwd', '-apr1', '-stdin'], { input: password }).toString()}`);
    const auth = `auth_param basic program ${NCSA} ${folder}/users\nauth_param basic realm glued\nacl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all\n`;
    const listen = tls === undefined ? `http_port 127.0.0.1:${port}` : `https_port 127.0.0.1:${port} tls-cert=${folder}/tls.crt tls-key=${folder}/tls.key`;
    const lines = ['pid_filename none', 'cache deny all', `cache_log ${folder}/cache.log`, 'coredump_dir none', 'shutdown_lifetime 0 seconds', 'pinger_enable off',
      'visible_hostname squid.test', 'logformat short %rm %ru %>Hs', `access_log stdio:${folder}/access.log short`, 'buffered_logs off', 'forward_timeout 5 seconds'];
    writeFileSync(join(folder, 'squid.conf'), `${listen}\n${lines.join('\n')}\n${user === undefined ? 'http_access allow all\n' : auth}`);
    writeFileSync(join(folder, 'access.log'), '');
    chmodSync(join(folder, 'access.log'), 0o666);
    return [find('squid') ?? 'squid', '-N', '-f', join(folder, 'squid.conf')];
  };
  return start('squid', options, conf, 'access.log', /^([A-Z]+) (\S+) \d+$/);
}

/** Tinyproxy, which closes every connection after its answer. */
export function tinyproxy(options: ProxyOptions = {}): Promise<RealProxy> {
  const conf = (folder: string, port: number): readonly string[] => {
    const auth = options.user === undefined ? '' : `BasicAuth ${options.user} ${options.password ?? ''}\n`;
    writeFileSync(join(folder, 'conf'), `Port ${port}\nListen 127.0.0.1\nTimeout 60\nAllow 127.0.0.1\nMaxClients 50\nLogLevel Connect\nLogFile "${folder}/log"\n${auth}`);
    writeFileSync(join(folder, 'log'), '');
    return [find('tinyproxy') ?? 'tinyproxy', '-d', '-c', join(folder, 'conf')];
  };
  return start('tinyproxy', options, conf, 'log', /Request \(file descriptor \d+\): ([A-Z]+) (\S+) HTTP/);
}
