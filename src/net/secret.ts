import { fail, type Failure, ok, type Outcome, type Ports, type SecretFile } from '../model/index.ts';

/** more than any certificate chain or password needs */
const MAX_BYTES = 256 * 1024;
/** anyone but the owner and the group may read it, or anyone but the owner change it */
const EXPOSED = 0o026;
const CREDENTIAL = /^credential:(.*)$/;

/** The file behind a `…File` key of the policy: a path, or `credential:NAME` in systemd's folder of credentials. */
function locate(ports: Pick<Ports, 'os'>, key: string, file: SecretFile): Outcome<string, Failure> {
  const name = CREDENTIAL.exec(file)?.[1];
  if (name === undefined) return ok(file);
  const unusable = (reason: string): Outcome<string, Failure> => fail('server-secret-unreadable', { key, path: file, reason });
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name)) return unusable('a credential has a name of letters, digits, dots, hyphens');
  const folder = ports.os.env['CREDENTIALS_DIRECTORY'];
  if (folder === undefined || folder === '') return unusable('CREDENTIALS_DIRECTORY is not set; systemd sets it for LoadCredential=');
  return ok(`${folder}/${name}`);
}

/**
 * Reads a file that the policy names; links are followed, for the path is the administrator's own. Checked and read through one
 * descriptor. A `secret` that others can read is refused (22); on Windows the bits say nothing.
 */
export function readNamed(
  ports: Pick<Ports, 'files' | 'os'>,
  key: string,
  file: SecretFile,
  kind: 'secret' | 'public',
): Outcome<Uint8Array, Failure> {
  const path = locate(ports, key, file);
  if (!path.ok) return path;
  const unusable = (reason: string): Outcome<Uint8Array, Failure> => fail('server-secret-unreadable', { key, path: path.value, reason });
  const opened = ports.files.openFollowing(path.value);
  if (!opened.ok) return unusable(opened.failure.detail);
  const handle = opened.value;
  try {
    const stat = handle.stat();
    if (!stat.ok) return unusable(stat.failure.detail);
    if (stat.value.type !== 'file') return unusable('it is no regular file');
    if (kind === 'secret' && ports.os.platform !== 'win32' && (stat.value.mode & EXPOSED) !== 0) {
      return fail('server-secret-exposed', { key, path: path.value, mode: stat.value.mode.toString(8).padStart(4, '0') });
    }
    const into = new Uint8Array(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const got = handle.read(into.subarray(length));
      if (!got.ok) return unusable(got.failure.detail);
      if (got.value === 0) break;
      length += got.value;
      if (length > MAX_BYTES) return unusable(`it is larger than ${MAX_BYTES} bytes`);
    }
    return ok(into.slice(0, length));
  } finally {
    handle.close();
  }
}

/** A password or token: UTF-8, one line, the line's end not part of it. */
export function readSecretText(ports: Pick<Ports, 'files' | 'os'>, key: string, file: SecretFile): Outcome<string, Failure> {
  const bytes = readNamed(ports, key, file, 'secret');
  if (!bytes.ok) return bytes;
  const text = new TextDecoder().decode(bytes.value).replace(/\r?\n$/, '');
  if (text === '' || /[\0-\x1f\x7f]/.test(text)) {
    return fail('server-secret-unreadable', { key, path: file, reason: 'a secret is one line that is not empty' });
  }
  return ok(text);
}
