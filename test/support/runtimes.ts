import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { at, NODE } from '../../build/support/root.ts';

/** How one call ended. `code` is null where a signal ended it. */
export type RunEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly stdout: string; readonly stderr: string };

export type RunSettings = {
  readonly cwd?: string;
  /** added to a small environment: PATH, HOME, LANG */
  readonly env?: Readonly<Record<string, string>>;
  /** Deno's permissions, where the story is about them; what a run needs, otherwise */
  readonly permissions?: readonly string[];
  /** called once, when the process is there: for signals */
  readonly started?: (pid: number) => void;
  /** called with all of stdout so far, each time that more came */
  readonly said?: (stdout: string, pid: number) => void;
  readonly timeoutMs?: number;
  /** a program and its arguments that starts it: `unshare -n`, `faketime` */
  readonly under?: readonly string[];
};

/** One built artefact on one runtime: what a user starts. */
export type Runtime = {
  readonly name: 'node' | 'deno' | 'binary';
  readonly argv: (permissions?: readonly string[]) => readonly [string, ...string[]];
  readonly run: (args: readonly string[], settings?: RunSettings) => Promise<RunEnd>;
};

/** What a run on Deno is given: no write outside the folder for temporary files, no network but loopback. */
const PERMISSIONS = ['--allow-read', '--allow-env', '--allow-sys', '--allow-net=127.0.0.1', `--allow-write=${tmpdir()}`, '--allow-run'];

const BUNDLE = at('dist', 'glued.mjs');
const BINARY = at('dist', 'glued');

/** Deno itself: the script in `.bin` would stand between a signal and it. */
function deno(): string {
  const [platform = ''] = readdirSync(at('node_modules', '@deno'));
  const found = at('node_modules', '@deno', platform, process.platform === 'win32' ? 'deno.exe' : 'deno');
  return existsSync(found) ? found : at('node_modules', '.bin', 'deno');
}

/** The three that every story of the command line runs on. They must have been built: `make build binary`. */
export function runtimes(): readonly Runtime[] {
  for (const file of [BUNDLE, BINARY]) if (!existsSync(file)) throw new Error(`${file} is not built: make build binary`);
  const make = (name: Runtime['name'], argv: Runtime['argv']): Runtime => ({
    name,
    argv,
    run: (args, settings = {}) => start([...(settings.under ?? []), ...argv(settings.permissions), ...args], settings),
  });
  return [
    make('node', () => [NODE, BUNDLE]),
    make('deno', (permissions = PERMISSIONS) => [deno(), 'run', '--no-prompt', '--quiet', '--no-config', '--no-lock', ...permissions, BUNDLE]),
    make('binary', () => [BINARY]),
  ];
}

/** A self-contained executable that was installed somewhere. */
export function installedAt(path: string): Runtime {
  return { name: 'binary', argv: () => [path], run: (args, settings = {}) => start([...(settings.under ?? []), path, ...args], settings) };
}

function start(argv: readonly string[], settings: RunSettings): Promise<RunEnd> {
  const [program = '', ...args] = argv;
  const env = { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), LANG: 'C.UTF-8', DENO_NO_UPDATE_CHECK: '1', ...settings.env };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: settings.cwd ?? tmpdir(), env, stdio: ['ignore', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      out.push(chunk);
      settings.said?.(Buffer.concat(out).toString('utf8'), child.pid ?? 0);
    });
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), settings.timeoutMs ?? 120_000);
    child.on('error', reject);
    child.on('spawn', () => settings.started?.(child.pid ?? 0));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout: Buffer.concat(out).toString('utf8'), stderr: Buffer.concat(err).toString('utf8') });
    });
  });
}

/** A document from stdout; anything beside one JSON value fails. */
export function documentOf(end: RunEnd): { readonly [key: string]: unknown } {
  const value: unknown = JSON.parse(end.stdout);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`no document: ${end.stdout}`);
  return Object.fromEntries(Object.entries(value));
}
