/** Files that hold secrets: a path, or `credential:NAME` in systemd's credentials folder. Never readable by others. */
import { join } from 'node:path';
import { fail, type Failure, failure, type FileStat, ok, type Outcome, type Ports } from '../model/index.ts';
import { octal, shellWord } from './trust.ts';

type World = Pick<Ports, 'files' | 'os'>;
const MAX_SECRET_BYTES = 64 * 1024;
const OTHERS_READ = 0o004;
const CREDENTIAL = 'credential:';

/** Where `name` (of the policy key `key`) lies; undefined: a credential outside of a unit that has credentials. */
export function secretPath(os: Pick<Ports['os'], 'env'>, name: string): string | undefined {
  if (!name.startsWith(CREDENTIAL)) return name;
  const folder = os.env['CREDENTIALS_DIRECTORY'];
  return folder === undefined || folder === '' ? undefined : join(folder, name.slice(CREDENTIAL.length));
}

/** The secret as text, without the newline that editors put at its end. Code 22 where others can read it, 21 where there is none. */
export function readSecret(world: World, key: string, name: string): Outcome<string, Failure> {
  const path = secretPath(world.os, name);
  if (path === undefined) return fail('secret-missing', { key, path: name, problem: 'CREDENTIALS_DIRECTORY is not set here' });
  // administrators may link to where a vault puts it; what counts is who can read the file
  const opened = world.files.openFollowing(path);
  if (!opened.ok) return fail('secret-missing', { key, path, problem: opened.failure.detail });
  try {
    const stat = opened.value.stat();
    if (!stat.ok) return fail('secret-missing', { key, path, problem: stat.failure.detail });
    const exposed = exposure(world, key, path, stat.value);
    if (exposed !== undefined) return { ok: false, failure: exposed };
    const into = new Uint8Array(MAX_SECRET_BYTES + 1);
    const got = opened.value.read(into, 0);
    if (!got.ok) return fail('secret-missing', { key, path, problem: got.failure.detail });
    const text = new TextDecoder().decode(into.subarray(0, got.value)).replace(/\r?\n$/, '');
    const fine = text !== '' && got.value <= MAX_SECRET_BYTES && !/[\r\n\0]/.test(text);
    return fine ? ok(text) : fail('secret-missing', { key, path, problem: 'it is not one line of text' });
  } finally {
    opened.value.close();
  }
}

/** For the start of a run: a secret that is there and that others can read. One that is not there is noticed when it is needed. */
export function exposedSecret(world: World, key: string, name: string): Failure | undefined {
  const path = secretPath(world.os, name);
  const stat = path === undefined ? undefined : world.files.statFollowing(path);
  return path === undefined || stat === undefined || !stat.ok ? undefined : exposure(world, key, path, stat.value);
}

function exposure(world: World, key: string, path: string, stat: FileStat): Failure | undefined {
  if (world.os.platform === 'win32' || (stat.mode & OTHERS_READ) === 0) return undefined;
  return failure('secret-exposed', { key, path, owner: stat.uid, mode: octal(stat.mode), command: `chmod 0600 ${shellWord(path)}` });
}
