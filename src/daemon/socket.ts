import { dirname } from 'node:path';
import { type ControlPlace, fail, type Failure, type LocalHttp, ok, type Outcome, type Ports } from '../model/index.ts';

type SocketPorts = Pick<Ports, 'files' | 'os'> & { readonly local: LocalHttp };

/** The folder keeps everybody else out, root aside; the socket's own mode does so once more. */
const FOLDER_MODE = 0o700;
/** sockaddr_un: what fits, without its end (unix(7); 104 bytes with it on macOS) */
const MAX_PATH_BYTES = { linux: 107, darwin: 103, win32: 250, other: 103 } as const satisfies Record<Ports['os']['platform'], number>;
/** sd_listen_fds(3): descriptors handed over begin here */
const FIRST_DESCRIPTOR = 3;
const ASK_MS = 5000;

/**
 * Where to listen: on the socket that a service manager has opened already, else on `path`, whose folder is made private, and from which a
 * dead daemon's socket is taken away. A living one is never replaced.
 */
export async function controlPlace(ports: SocketPorts, path: string): Promise<Outcome<ControlPlace, Failure>> {
  const { os, files } = ports;
  if (isHandedOver(os)) return ok({ kind: 'descriptor', descriptor: FIRST_DESCRIPTOR });
  const bad = (problem: string): Outcome<never, Failure> => fail('daemon-socket', { path, problem });
  const most = MAX_PATH_BYTES[os.platform];
  if (new TextEncoder().encode(path).length > most) return bad(`its path is longer than the ${most} bytes that the system takes`);
  // a named pipe has no folder, and is gone with its process
  if (os.platform === 'win32') return ok({ kind: 'path', path });
  const folder = privateFolder(ports, dirname(path));
  if (folder !== undefined) return bad(folder);
  const seen = files.stat(path);
  if (!seen.ok) return seen.failure.kind === 'absent' ? ok({ kind: 'path', path }) : bad(seen.failure.detail);
  if (seen.value.type !== 'other') return bad(`a ${seen.value.type} is in its place`);
  const asked = await ports.local.ask({ socket: path, method: 'GET', target: '/v1/status', idleMs: ASK_MS, maxBytes: 64 * 1024 * 1024 });
  if (asked.ok || asked.failure.kind !== 'absent') return bad('another program listens there');
  const removed = files.remove(path);
  return removed.ok ? ok({ kind: 'path', path }) : bad(removed.failure.detail);
}

/** LISTEN_PID names the process that it is meant for: a child must not take it for its own. */
function isHandedOver({ env, pid }: Ports['os']): boolean {
  return env['LISTEN_PID'] === String(pid) && Number(env['LISTEN_FDS']) >= 1;
}

/** What is wrong with the socket's folder, once it was made or put right. */
function privateFolder({ files, os }: Pick<Ports, 'files' | 'os'>, folder: string): string | undefined {
  const made = files.makeFolder(folder, FOLDER_MODE);
  if (!made.ok) return `${folder}: ${made.failure.detail}`;
  const seen = files.stat(folder);
  if (!seen.ok) return `${folder}: ${seen.failure.detail}`;
  if (seen.value.uid !== os.uid) return `${folder} belongs to another user (uid ${seen.value.uid})`;
  if (seen.value.mode === FOLDER_MODE) return undefined;
  const closed = files.chmod(folder, FOLDER_MODE);
  return closed.ok ? undefined : `${folder}: ${closed.failure.detail}`;
}
