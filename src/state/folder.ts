import { fail, type Failure, type FileStat, ok, type Outcome, type Ports } from '../model/index.ts';
import { ioFailed } from './failures.ts';
import { STATE_MODE } from './layout.ts';

const WRITABLE_BY_OTHERS = 0o022;
const NO_FOLDER = 'it is no folder';

/** Makes the state folder, or makes sure that nobody else rules over the one that is there (26 where somebody may). */
export function ensureStateFolder(ports: Pick<Ports, 'files' | 'os'>, dir: string): Outcome<undefined, Failure> {
  const seen = ports.files.stat(dir);
  if (seen.ok) {
    const problem = unsafeFolder(ports.os, seen.value);
    return problem === undefined ? ok() : fail('state-unsafe', { path: dir, found: problem });
  }
  if (seen.failure.kind !== 'absent') return ioFailed(seen.failure);
  const made = ports.files.makeFolder(dir, STATE_MODE);
  return made.ok ? ok() : ioFailed(made.failure);
}

/** For those that only read: a path that is there and is no folder holds no state (26, as `ensureStateFolder` says it). A link to a folder may be read through. */
export function readableFolder({ files }: Pick<Ports, 'files'>, dir: string): Outcome<undefined, Failure> {
  const real = files.realPath(dir);
  const seen = real.ok ? files.stat(real.value) : real;
  return seen.ok && seen.value.type !== 'folder' ? fail('state-unsafe', { path: dir, found: NO_FOLDER }) : ok();
}

/** Why a folder cannot hold the state, or undefined: somebody else could rule over it. */
export function unsafeFolder(os: Pick<Ports['os'], 'platform' | 'uid'>, seen: FileStat): string | undefined {
  if (seen.type === 'link') return 'it is a link';
  if (seen.type !== 'folder') return NO_FOLDER;
  // Windows has neither owners nor modes of this kind; its installer sets the access list
  if (os.platform === 'win32') return undefined;
  if (seen.uid !== os.uid && seen.uid !== 0) return `it belongs to user ${seen.uid}, and glued runs as user ${os.uid}`;
  if ((seen.mode & WRITABLE_BY_OTHERS) !== 0) return `others can write in it (mode ${seen.mode.toString(8)})`;
  return undefined;
}
