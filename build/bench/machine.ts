import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at } from '../support/root.ts';
import { type Served, serveRepository } from '../support/served.ts';

export const GLUED = at('dist', 'glued');

/** What a component is of. */
export type Kind = { readonly type: string; readonly plugIn: string; readonly settings?: Readonly<Record<string, string>> };
/** Policy's part of a machine where what was installed is proven at once: the usual run comes an hour after content did, or later. */
export const PROVEN = { probation: { minutes: 0 } };
const FILES: Kind = { type: 'av', plugIn: 'files' };

/** A repository, a server and a machine in one new folder, for a bench. */
export class Machine {
  readonly root: string = mkdtempSync(join(tmpdir(), 'glued-bench-'));
  private readonly served: Served[] = [];
  private readonly command: readonly string[];

  constructor(command: readonly string[] = [GLUED]) {
    this.command = command;
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  glued(...args: string[]): string {
    const [program = GLUED, ...rest] = this.command;
    return execFileSync(program, [...rest, ...args], { encoding: 'utf8', maxBuffer: 1 << 28, env: { PATH: process.env['PATH'] ?? '', HOME: this.root } });
  }

  repository(ids: readonly string[], kind: Kind = FILES): void {
    this.glued('repo', 'init', this.path('repo'), '--keys', this.path('keys'));
    for (const id of ids) this.glued('repo', 'add', this.path('repo'), id, '--type', kind.type, '--plugin', kind.plugIn);
  }

  publish(id: string, path: string, version: string): void {
    this.glued('repo', 'publish', this.path('repo'), id, path, '--version', version);
  }

  register(id: string, kind: Kind = FILES): void {
    const settings = Object.entries(kind.settings ?? {}).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    this.glued('registry', 'add', id, '--type', kind.type, '--plugin', kind.plugIn, '--path', this.path('machine', id), ...settings, ...this.place);
  }

  get place(): readonly string[] {
    return ['--policy', this.path('policy.json'), '--state', this.path('machine/state')];
  }

  policy(url: string, more: Readonly<Record<string, unknown>> = {}): void {
    mkdirSync(this.path('machine'), { recursive: true });
    const policy = { schema: 1, servers: [{ url }], trust: { rootFile: this.path('root.json') }, download: { cacheMaxBytes: 0 }, ...more };
    copyFileSync(this.path('repo/metadata/1.root.json'), this.path('root.json'));
    writeFileSync(this.path('policy.json'), JSON.stringify(policy));
  }

  /** `glued repo serve` on a free port; ends with the machine. */
  async serve(): Promise<string> {
    const served = await serveRepository(this.command, this.path('repo'));
    this.served.push(served);
    return served.url;
  }

  close(): void {
    for (const one of this.served) one.stop();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Since the last look: requests, bytes of the answers, bytes of the requests. */
export type Counted = { readonly requests: number; readonly bytes: number; readonly sent: number };

/** A relay in front of a server that counts what goes through. */
export async function countingRelay(target: string): Promise<{ readonly url: string; readonly count: () => Counted; readonly close: () => void }> {
  const to = new URL(target);
  let requests = 0;
  let bytes = 0;
  let sent = 0;
  const server: Server = createServer((client) => {
    const upstream = connect(Number(to.port), to.hostname);
    client.on('data', (b) => {
      requests += b.toString('latin1').split(/^(?:GET|HEAD|POST) /m).length - 1;
      sent += b.length;
      upstream.write(b);
    });
    upstream.on('data', (b) => {
      bytes += b.length;
      client.write(b);
    });
    for (const [a, z] of [[client, upstream], [upstream, client]] as const) {
      a.on('close', () => z.destroy());
      a.on('error', () => z.destroy());
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    count: () => {
      const seen = { requests, bytes, sent };
      requests = bytes = sent = 0;
      return seen;
    },
    close: () => server.close(),
  };
}

export function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

export function mustExist(path: string): void {
  if (!existsSync(path)) throw new Error(`${path} is not there: run make binary first`);
}
