/** Opens a policy file once and checks through that descriptor who can change it: nobody but root and ourselves. */
import { posix } from 'node:path';
import { type Failure, fail, failed, failure, type FileHandle, type FileStat, type IoFailure, ok, type Outcome, type Ports } from '../model/index.ts';
import { distrustOf as found } from '../state/index.ts';

/** Policies are some KiB. */
export const MAX_POLICY_BYTES = 1024 * 1024;
/** Linux follows 40 */
const MAX_LINKS = 40;

export type TrustCheck = 'enforce' | 'insecure';
type World = Pick<Ports, 'files' | 'os'>;

/** `trusted` is false only where the check was lifted and would have failed. Undefined: there is no such file. */
export type TrustedBytes = { readonly bytes: Uint8Array; readonly trusted: boolean };

/** The bytes of a policy file, or undefined where there is none. */
export function readTrusted(world: World, path: string, check: TrustCheck): Outcome<TrustedBytes | undefined, Failure> {
  const opened = world.files.open(path);
  if (opened.ok) return checkAndRead(world, path, opened.value, check);
  if (opened.failure.kind === 'absent') return ok(undefined);
  if (opened.failure.kind !== 'link') return cannotRead(path, opened.failure);
  if (check === 'enforce') return fail('policy-link', { path });
  const followed = world.files.openFollowing(path);
  if (!followed.ok) return cannotRead(path, followed.failure);
  const read = checkAndRead(world, path, followed.value, check);
  return read.ok ? ok({ ...read.value, trusted: false }) : read;
}

function unreadable(path: string, cause: IoFailure): Failure {
  return failure('policy-unreadable', { path, problem: ioText(cause) });
}

/** Why a file could not be read, without its path, which the reader is told anyway. */
export function ioText(cause: IoFailure): string {
  switch (cause.kind) {
    case 'absent':
      return 'it is not there';
    case 'denied':
      return 'permission denied';
    default:
      return cause.detail;
  }
}

function cannotRead(path: string, cause: IoFailure): Outcome<never, Failure> {
  return failed(unreadable(path, cause));
}

function checkAndRead(world: World, path: string, handle: FileHandle, check: TrustCheck): Outcome<TrustedBytes, Failure> {
  try {
    const stat = handle.stat();
    if (!stat.ok) return cannotRead(path, stat.failure);
    if (stat.value.type !== 'file') {
      const found = stat.value.type === 'folder' ? 'a folder' : 'no plain file';
      return fail('policy-unsound', { path, found, limit: MAX_POLICY_BYTES });
    }
    const distrust = distrustOf(world, path, path, stat.value);
    if (distrust !== undefined && check === 'enforce') return failed(distrust);
    if (stat.value.size > MAX_POLICY_BYTES) return fail('policy-unsound', { path, found: `${stat.value.size} bytes`, limit: MAX_POLICY_BYTES });
    const bytes = readAll(handle, stat.value.size + 1);
    if (!bytes.ok) return cannotRead(path, bytes.failure);
    if (bytes.value.length > stat.value.size) return fail('policy-unsound', { path, found: 'a file that grows', limit: MAX_POLICY_BYTES });
    return ok({ bytes: bytes.value, trusted: distrust === undefined });
  } finally {
    handle.close();
  }
}

function readAll(handle: FileHandle, limit: number): Outcome<Uint8Array, IoFailure> {
  const whole = new Uint8Array(limit);
  let length = 0;
  while (length < limit) {
    const got = handle.read(whole.subarray(length), length);
    if (!got.ok) return got;
    if (got.value === 0) break;
    length += got.value;
  }
  return ok(whole.subarray(0, length));
}

/** A folder of policies, checked before its names are believed: who can add a file there can change the policy. */
export function checkFolder(world: World, path: string): Failure | undefined {
  if (world.os.platform === 'win32') return undefined;
  const stat = world.files.statFollowing(path);
  return stat.ok ? distrustOf(world, path, path, stat.value) : unreadable(path, stat.failure);
}

/**
 * Why a file that was opened through links is not to be trusted, or undefined: the file itself, each link on the way to it, and every
 * folder above any of them. What cannot be looked at cannot be trusted.
 */
export function checkFollowed(world: World, path: string, stat: FileStat): Failure | undefined {
  if (world.os.platform === 'win32') return undefined;
  let step = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const here = world.files.stat(step);
    if (!here.ok) return unreadable(step, here.failure);
    if (here.value.type !== 'link') return distrustOf(world, path, step, stat);
    const distrust = distrustOf(world, path, step, here.value);
    if (distrust !== undefined) return distrust;
    const target = world.files.readLink(step);
    if (!target.ok) return unreadable(step, target.failure);
    step = posix.resolve(posix.dirname(step), target.value);
  }
  return failure('policy-link', { path });
}

/** What the state room found of who can change `target`, as a failure that names the policy file at `path` too. */
function distrustOf(world: World, path: string, target: string, stat: FileStat): Failure | undefined {
  const why = found(world, target, stat);
  if (why === undefined) return undefined;
  if (why.kind === 'unseen') return unreadable(why.target, why.cause);
  return failure('policy-untrusted', { path, target: why.target, owner: why.owner, mode: why.mode, command: why.command });
}
