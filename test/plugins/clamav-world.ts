/** Databases and engines for the clamav plug-in's tests: the signed fixtures, stub scanners, a clamd of our own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Component, Content } from '../../src/model/index.ts';
import { componentAt, newFolder, realPorts, type Tree, writeContent } from './world.ts';

export const DATA = new URL('../../../shared/data/clamav/', import.meta.url);
export const hasData = existsSync(DATA);
export const clamscan = realPorts.proc.find(['clamscan']);
export const clamd = realPorts.proc.find(['clamd']);

/** Why a test that needs these cannot be done here, or undefined. */
export const lacking = (...needs: readonly ('data' | 'clamscan' | 'clamd')[]): string | undefined => {
  if (needs.includes('data') && !hasData) return `the signed ClamAV fixtures are not at ${DATA.pathname}`;
  if (needs.includes('clamscan') && clamscan === undefined) return 'clamscan is not installed';
  return needs.includes('clamd') && clamd === undefined ? 'clamd is not installed' : undefined;
};

export const fixture = (name: string): Buffer => readFileSync(new URL(name, DATA));

/** The same container as freshclam's local form: nothing signed but the members. */
export function asCld(cvd: Buffer): Buffer {
  const fields = cvd.subarray(0, 512).toString('latin1').trimEnd().split(':');
  const text = fields.map((field, i) => (i === 5 || i === 6 ? 'X' : field)).join(':');
  return Buffer.concat([Buffer.from(text.padEnd(512), 'latin1'), gunzipSync(cvd.subarray(512))]);
}

export const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

export type ClamWorld = { readonly root: string; readonly component: Component; readonly content: (sequence: number, tree: Tree) => Content };

/** An engine's folder of its own, and no clamd unless `settings` names one. */
export function clamWorld(settings: Record<string, string> = {}): ClamWorld {
  const root = newFolder();
  const component = componentAt('clamav', join(root, 'db'), { Socket: join(root, 'clamd.ctl'), ...settings });
  mkdirSync(component.installPath);
  return { root, component, content: (sequence, tree) => writeContent(join(component.installPath, '.glued-demo'), sequence, 'tree', tree) };
}

/** A stub scanner's body: it calls everything clean. */
export const SAYS_OK = 'for file; do case "$file" in --*) ;; *) echo "$file: OK" ;; esac; done';

/** A scanner that is a shell script. */
export function stub(root: string, body: string): string {
  const path = join(root, 'scanner.sh');
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** `stop` kills it; `quit` asks it to end, as an administrator does. */
export type RunningClamd = { readonly socket: string; readonly stop: () => Promise<void>; readonly quit: () => Promise<void> };

/** Starts a clamd on a database folder, with a socket in `root`, and on a port where one is given; ends with the test process at the latest. */
export async function startClamd(root: string, databases: string, port?: number): Promise<RunningClamd> {
  const socket = join(root, 'clamd.ctl');
  const config = join(root, 'clamd.conf');
  const lines = [`LocalSocket ${socket}`, `DatabaseDirectory ${databases}`, 'Foreground yes', 'AllowAllMatchScan yes', `LogFile ${join(root, 'clamd.log')}`, 'FixStaleSocket yes', ...(port === undefined ? [] : [`TCPSocket ${port}`, 'TCPAddr 127.0.0.1'])];
  writeFileSync(config, [...lines, ...(process.getuid?.() === 0 ? ['User root'] : [])].join('\n') + '\n');
  const child = spawn(clamd ?? 'clamd', ['-c', config], { stdio: 'ignore' });
  // a test that fails before it stops the engine must still end
  child.unref();
  process.on('exit', () => child.kill('SIGKILL'));
  for (let i = 0; i < 200; i++) {
    const answer = await realPorts.sockets.ask(socket, Buffer.from('zPING\0'), { timeoutMs: 1000, maxBytes: 100 });
    if (answer.ok) return { socket, stop: () => ended(child, 'SIGKILL'), quit: () => ended(child, 'SIGTERM') };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`clamd did not start: ${existsSync(join(root, 'clamd.log')) ? readFileSync(join(root, 'clamd.log'), 'utf8') : 'no log'}`);
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    child.ref();
    child.on('exit', () => resolve());
    child.kill(signal);
  });
}

/** What the installed clamscan itself says of a database folder: its exit status. */
export const clamscanSays = (databases: string, file: string): number | null => spawnSync(clamscan ?? 'clamscan', [`--database=${databases}`, file]).status;
