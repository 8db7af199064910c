/**
 * Opens a policy file once and checks it through that descriptor: owner root or ourselves, written by nobody else, and the same for
 * every folder above it. In a sticky folder such as /tmp nobody can replace another's entry, so there the entry's owner counts.
 */
import { posix } from 'node:path';
import { type Failure, fail, failed, failure, type FileHandle, type FileStat, type IoFailure, ok, type Outcome, type Ports } from '../model/index.ts';

/** Policies are some KiB. */
export const MAX_POLICY_BYTES = 1024 * 1024;
const GROUP_OR_OTHER_WRITE = 0o022;
const STICKY = 0o1000;
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
    const distrust = world.os.platform === 'win32' ? undefined : (distrustOf(world, path, path, stat.value) ?? checkFolders(world, path));
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
  return stat.ok ? (distrustOf(world, path, path, stat.value) ?? checkFolders(world, path)) : unreadable(path, stat.failure);
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
    if (here.value.type !== 'link') return distrustOf(world, path, step, stat) ?? checkFolders(world, step);
    const distrust = distrustOf(world, path, step, here.value) ?? checkFolders(world, step);
    if (distrust !== undefined) return distrust;
    const target = world.files.readLink(step);
    if (!target.ok) return unreadable(step, target.failure);
    step = posix.resolve(posix.dirname(step), target.value);
  }
  return failure('policy-link', { path });
}

/** Every folder above, as it is written and as it really is where links lead elsewhere. */
function checkFolders(world: World, path: string): Failure | undefined {
  const real = world.files.realPath(posix.dirname(path));
  const chains = real.ok && real.value !== posix.dirname(path) ? [posix.dirname(path), real.value] : [posix.dirname(path)];
  for (const chain of chains) {
    for (let folder = chain; ; folder = posix.dirname(folder)) {
      const stat = world.files.stat(folder);
      const distrust = stat.ok ? distrustOf(world, path, folder, stat.value) : unreadable(folder, stat.failure);
      if (distrust !== undefined) return distrust;
      if (folder === '/' || folder === '.') break;
    }
  }
  return undefined;
}

/** Why `target` is not to be trusted, or undefined. The mode of a link means nothing; its owner does. */
function distrustOf(world: World, path: string, target: string, stat: FileStat): Failure | undefined {
  const foreign = stat.uid !== 0 && stat.uid !== world.os.uid;
  const shielded = stat.type === 'link' || (stat.type === 'folder' && (stat.mode & STICKY) !== 0);
  const open = (stat.mode & GROUP_OR_OTHER_WRITE) !== 0 && !shielded;
  if (!foreign && !open) return undefined;
  const commands = [foreign ? `chown root:root ${shellWord(target)}` : '', open ? `chmod go-w ${shellWord(target)}` : ''];
  const command = commands.filter((one) => one !== '').join(' && ');
  return failure('policy-untrusted', { path, target, owner: stat.uid, mode: octal(stat.mode), command });
}

/** `0644` */
export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** A path as a shell takes it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
