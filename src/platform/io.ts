import { failed, type Io, type IoKind, ok } from '../model/index.ts';

/** What Node and Deno put on an error of the operating system, and the port's word for it. */
const KINDS: Readonly<Record<string, IoKind>> = {
  ENOENT: 'absent',
  ENOTDIR: 'absent',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ENOSPC: 'full',
  EDQUOT: 'full',
  ELOOP: 'link',
  EEXIST: 'exists',
  ENOTEMPTY: 'not-empty',
  EISDIR: 'is-folder',
  EXDEV: 'cross-device',
};

/** The code (`ENOENT`) of a foreseen error, or undefined for a bug. Deno's refusals bear a name and no code. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'NotCapable' || error.name === 'PermissionDenied') return 'EACCES';
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && (/^E[A-Z0-9]+$/.test(code) || code.startsWith('ERR_FS_'))) return code;
  // a path with NUL in it: Node names the code, Deno only says so
  if (error instanceof TypeError && error.message.includes('null bytes')) return 'EINVAL';
  return undefined;
}

/** The port's kind of an error code. */
export function kindOf(code: string): IoKind {
  return KINDS[code] ?? 'io';
}

/** Runs one operation; an error of the operating system becomes a failure that names operation and path, a bug throws on. */
export function attempt<T>(op: string, path: string, work: () => T): Io<T> {
  try {
    return ok(work());
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return failed({ kind: kindOf(code), op, path, detail: error instanceof Error ? error.message : code });
  }
}

/** A failure that we found ourselves. */
export function refuse<T>(kind: IoKind, op: string, path: string, detail: string): Io<T> {
  return failed({ kind, op, path, detail });
}
