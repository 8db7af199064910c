import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { type ChildRequest, failed, type Outcome, type Proc, type ProcFailure, type TalkRequest } from '../model/index.ts';
import { attempt, kindOf, errorCode } from './io.ts';
import { startTalk } from './proc-talk.ts';
import { watchChild } from './proc-watch.ts';

/** Looked at after PATH: a service may have been started with none. */
const USUAL_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** The second net: an allocation far above the limit on resident memory fails by itself, between two looks. */
const ADDRESS_SPACE_FACTOR = 4;
const LIMITED = 'ulimit -v "$1" 2>/dev/null; shift; exec "$@"';
/**
 * The same for a child that talks. Descriptor 3 is a pipe that nobody writes to: it ends when we do, however that is, and then the whole
 * group dies, so that no half of a conversation goes on alone. What is started has none of it.
 */
const BOUND = '( ( read -r _ <&3; kill -KILL 0 ) </dev/null >/dev/null 2>&1 & ); exec 3<&-; unset DENO_EXTRA_STDIO_FDS; ';

/** Child processes. */
export function createProc(): Proc {
  return { run, talk, find, alive };
}

type Child = ReturnType<(typeof import('node:child_process'))['spawn']>;
type Streams = ['ignore' | 'pipe', 'pipe', 'pipe', ...'pipe'[]];

async function run(request: ChildRequest): ReturnType<Proc['run']> {
  const started = start(request, ['ignore', 'pipe', 'pipe'], LIMITED);
  return started.ok ? watchChild(started.value, request) : started;
}

async function talk(request: TalkRequest): ReturnType<Proc['talk']> {
  // Windows has no shell to watch over it; there the child ends when its standard input does
  const isBound = process.platform !== 'win32';
  const started = start(request, isBound ? ['pipe', 'pipe', 'pipe', 'pipe'] : ['pipe', 'pipe', 'pipe'], `${BOUND}${LIMITED}`);
  return started.ok ? startTalk(started.value, request) : started;
}

function start(request: Pick<ChildRequest, 'argv' | 'cwd' | 'env' | 'maxMemoryBytes'>, stdio: Streams, script: string): Outcome<Child, ProcFailure> {
  const [program, ...rest] = request.argv;
  const path = find([program]);
  if (path === undefined) return notStarted(program);
  if (request.cwd !== undefined && !isFolder(request.cwd)) {
    return failed({ kind: 'io', program, detail: `its working folder ${request.cwd} is not there` });
  }
  const [command, ...argv] = limited(path, rest, request.maxMemoryBytes, script);
  if (command === undefined) return notStarted(program);
  const spawned = attempt('spawn', path, () =>
    process.getBuiltinModule('node:child_process').spawn(command, argv, {
      ...(request.cwd === undefined ? {} : { cwd: request.cwd }),
      env: { ...request.env },
      detached: true,
      stdio,
      windowsHide: true,
    }),
  );
  return spawned.ok ? spawned : failed(failureOf(program, spawned.failure.kind, spawned.failure.detail));
}

/** The shell runs a fixed script; what it starts are positional arguments, which it never reads as script. */
function limited(path: string, argv: readonly string[], maxMemoryBytes: number, script: string): readonly string[] {
  const shell = process.platform === 'win32' ? undefined : find(['/bin/sh']);
  if (shell === undefined) return [path, ...argv];
  const kib = Math.ceil((maxMemoryBytes * ADDRESS_SPACE_FACTOR) / 1024);
  return [shell, '-c', script, 'sh', String(kib), path, ...argv];
}

function notStarted(program: string): Outcome<never, ProcFailure> {
  const seen = isAbsolute(program) ? attempt('stat', program, () => statSync(program)) : undefined;
  if (seen?.ok === true) return failed({ kind: 'denied', program, detail: 'not an executable file' });
  return failed({ kind: seen === undefined || seen.failure.kind === 'absent' ? 'absent' : 'denied', program, detail: seen?.failure.detail ?? 'not found on the path' });
}

function failureOf(program: string, kind: string, detail: string): ProcFailure {
  return { kind: kind === 'absent' || kind === 'denied' ? kind : 'io', program, detail };
}

function find(names: readonly string[]): string | undefined {
  const onPath = attempt('env', 'PATH', () => process.env['PATH'] ?? '');
  const listed = onPath.ok ? onPath.value.split(process.platform === 'win32' ? ';' : ':') : [];
  // an empty or relative entry would be the current folder, where anyone may have put anything
  const folders = [...listed.filter((f) => isAbsolute(f)), ...USUAL_FOLDERS];
  const candidates = names.flatMap((name) => (isAbsolute(name) ? [name] : name.includes('/') ? [] : folders.map((f) => join(f, name))));
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  return isFile(path) && attempt('access', path, () => accessSync(path, constants.X_OK)).ok;
}

function isFile(path: string): boolean {
  const seen = attempt('stat', path, () => statSync(path));
  return seen.ok && seen.value.isFile();
}

function isFolder(path: string): boolean {
  const seen = attempt('stat', path, () => statSync(path));
  return seen.ok && seen.value.isDirectory();
}

/** A signal 0 that may not be sent was still sent to somebody. */
function alive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return kindOf(code) === 'denied';
  }
}
