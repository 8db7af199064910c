/** Files that hold secrets: a path, or `credential:NAME` in systemd's credentials folder. Who uses one reads it (net/secret.ts). */
import { join } from 'node:path';
import { type Failure, failure, type Ports } from '../model/index.ts';
import { octal, shellWord } from '../state/index.ts';

/** anyone but the owner and the group may read it, or anyone but the owner change it */
const EXPOSED = 0o026;
const CREDENTIAL = 'credential:';

/** For the start of a run: a secret that is there and that others can read. One that is not there is noticed when it is needed. */
export function exposedSecret({ files, os }: Pick<Ports, 'files' | 'os'>, key: string, name: string): Failure | undefined {
  const path = pathOf(os, name);
  // administrators may link to where a vault puts it; what counts is who can read the file
  const stat = path === undefined || os.platform === 'win32' ? undefined : files.statFollowing(path);
  if (path === undefined || stat === undefined || !stat.ok || (stat.value.mode & EXPOSED) === 0) return undefined;
  const { uid, mode } = stat.value;
  return failure('secret-exposed', { key, path, owner: uid, mode: octal(mode), command: `chmod 0600 ${shellWord(path)}` });
}

/** Undefined: a credential, outside of a unit that has credentials. */
function pathOf(os: Pick<Ports['os'], 'env'>, name: string): string | undefined {
  if (!name.startsWith(CREDENTIAL)) return name;
  const folder = os.env['CREDENTIALS_DIRECTORY'];
  return folder === undefined || folder === '' ? undefined : join(folder, name.slice(CREDENTIAL.length));
}
