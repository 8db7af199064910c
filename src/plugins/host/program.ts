import { createHash } from 'node:crypto';
import { dirname, isAbsolute, join } from 'node:path';
import { fail, failed, type Failure, type FileHandle, type FileStat, type Io, type IoFailure, ok, type Outcome, type Policy, type Ports, type Talk } from '../../model/index.ts';
import { distrustOf } from '../../state/index.ts';
import { childEnvironment } from '../child.ts';
import { ioProblem } from '../io-failures.ts';
import { LIMITS } from './limits.ts';
import { PROTOCOL } from './methods.ts';

export type HostPorts = Pick<Ports, 'files' | 'proc' | 'log' | 'os'>;
export type Allowed = Policy['plugins']['allow'][number];

const COPY_BYTES = 256 * 1024;
const PROGRAM = 'program';

/** A started plug-in, and the private folder that is its own. */
export type Started = { readonly talk: Talk; readonly folder: string };

/**
 * Admits the program that policy allows (not a link, nobody else can change it, its hash is policy's), copies it from the descriptor that
 * was hashed, and starts that copy: what is put at the path afterwards is never run.
 */
export async function startAllowed(ports: HostPorts, allowed: Allowed, scratch: string, maxMemoryBytes: number): Promise<Outcome<Started, Failure>> {
  const opened = openProgram(ports, allowed);
  if (!opened.ok) return opened;
  const { handle, stat } = opened.value;
  try {
    const distrust = distrustOf(ports, allowed.path, stat);
    const about = { plugIn: allowed.id, path: allowed.path };
    if (distrust?.kind === 'unseen') return fail('plugin-unreadable', { ...about, problem: `${distrust.target}: ${ioProblem(distrust.cause)}` });
    if (distrust !== undefined) return fail('plugin-untrusted', { ...about, target: distrust.target, owner: distrust.owner, mode: distrust.mode, command: distrust.command });
    const copied = copyOf(ports, handle, scratch, allowed.id);
    if (!copied.ok) return fail('plugin-not-started', { ...about, problem: `${copied.failure.op} of ${copied.failure.path} failed (${ioProblem(copied.failure)})` });
    const { folder, sha256 } = copied.value;
    if (sha256 !== allowed.sha256) {
      ports.files.removeTree(folder);
      return fail('plugin-changed', { ...about, found: sha256, expected: allowed.sha256 });
    }
    return await startCopy(ports, about, folder, maxMemoryBytes);
  } finally {
    handle.close();
  }
}

function openProgram(ports: HostPorts, { id: plugIn, path }: Allowed): Outcome<{ readonly handle: FileHandle; readonly stat: FileStat }, Failure> {
  const refused = (problem: string): Outcome<never, Failure> => fail('plugin-unreadable', { plugIn, path, problem });
  if (!isAbsolute(path)) return refused('it is no absolute path');
  const handle = ports.files.open(path);
  if (!handle.ok) return refused(handle.failure.kind === 'link' ? 'it is a link, where none may be' : ioProblem(handle.failure));
  const stat = handle.value.stat();
  const problem = stat.ok ? (stat.value.type === 'file' ? sizeProblem(stat.value.size) : 'it is no regular file') : ioProblem(stat.failure);
  if (stat.ok && problem === undefined) return ok({ handle: handle.value, stat: stat.value });
  handle.value.close();
  return refused(problem ?? 'it cannot be looked at');
}

const sizeProblem = (size: number): string | undefined => (size > LIMITS.programBytes ? `it is ${size} bytes long, at most ${LIMITS.programBytes} are allowed` : undefined);

/** A private copy, 0500, in a folder of its own; hashed as it was read. */
export function copyOf(ports: Pick<Ports, 'files'>, handle: FileHandle, scratch: string, id: string): Io<{ readonly folder: string; readonly sha256: string }> {
  const { files } = ports;
  const folder = files.temporaryName(join(scratch, `plugin-${id}`));
  const made = files.makeFolder(folder, 0o700);
  const work = made.ok ? files.makeFolder(join(folder, 'work'), 0o700) : made;
  const created = work.ok ? files.create(join(folder, PROGRAM), 0o500) : work;
  if (!created.ok) return created;
  const hash = createHash('sha256');
  const copied = pump(handle, (bytes) => {
    hash.update(bytes);
    return created.value.write(bytes);
  });
  created.value.close();
  if (copied.ok) return ok({ folder, sha256: hash.digest('hex') });
  files.removeTree(folder);
  return copied;
}

function pump(from: FileHandle, write: (bytes: Uint8Array) => Io<undefined>): Io<undefined> {
  const buffer = new Uint8Array(COPY_BYTES);
  let total = 0;
  for (;;) {
    const count = from.read(buffer, total);
    if (!count.ok) return count;
    if (count.value === 0) return ok();
    total += count.value;
    if (total > LIMITS.programBytes) return failed<IoFailure>({ kind: 'too-long', op: 'read', path: PROGRAM, detail: `more than ${LIMITS.programBytes} bytes` });
    const written = write(buffer.subarray(0, count.value));
    if (!written.ok) return written;
  }
}

/** Starts the copy in a folder, with nothing of our environment. */
export async function startCopy(ports: HostPorts, about: { readonly plugIn: string; readonly path: string }, folder: string, maxMemoryBytes: number, env: Readonly<Record<string, string>> = {}): Promise<Outcome<Started, Failure>> {
  const work = join(folder, 'work');
  const { HOME: _, ...base } = childEnvironment(ports.os, work);
  const started = await ports.proc.talk({
    argv: [join(folder, PROGRAM)],
    cwd: work,
    env: { ...base, GLUED_PROTOCOL: String(PROTOCOL), ...env },
    maxMemoryBytes,
    maxLineBytes: LIMITS.lineBytes,
    maxTotalBytes: LIMITS.outputBytes,
    keepBytes: LIMITS.stderrBytes,
  });
  if (started.ok) return ok({ talk: started.value, folder });
  ports.files.removeTree(folder);
  return fail('plugin-not-started', { ...about, problem: `${started.failure.detail} (in ${dirname(folder)})` });
}
