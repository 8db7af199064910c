/**
 * Who can change a file besides root and ourselves. What is believed because of where it lies (a policy, a root file, a plug-in) must not be
 * theirs, nor any folder above it. In a sticky folder such as /tmp nobody can replace another's entry, so there the entry's owner counts.
 */
import { posix } from 'node:path';
import type { FileStat, IoFailure, Ports } from '../model/index.ts';

const GROUP_OR_OTHER_WRITE = 0o022;
const STICKY = 0o1000;

type World = Pick<Ports, 'files' | 'os'>;

/** `open`: others own or can write `target`; `command` mends it. `unseen`: it cannot be looked at, and so cannot be trusted. */
export type Distrust =
  | { readonly kind: 'open'; readonly target: string; readonly owner: number; readonly mode: string; readonly command: string }
  | { readonly kind: 'unseen'; readonly target: string; readonly cause: IoFailure };

/** Why an opened file is not to be trusted, or undefined: itself, or a folder above it. Windows has neither owners nor modes of this kind. */
export function distrustOf(world: World, path: string, stat: FileStat): Distrust | undefined {
  return world.os.platform === 'win32' ? undefined : (distrustOne(world, path, stat) ?? distrustAbove(world, path));
}

/** Every folder above, as it is written and as it really is where links lead elsewhere. */
function distrustAbove(world: World, path: string): Distrust | undefined {
  const parent = posix.dirname(path);
  const real = world.files.realPath(parent);
  const chains = real.ok && real.value !== parent ? [parent, real.value] : [parent];
  for (const chain of chains) {
    for (let folder = chain; ; folder = posix.dirname(folder)) {
      const stat = world.files.stat(folder);
      const distrust: Distrust | undefined = stat.ok ? distrustOne(world, folder, stat.value) : { kind: 'unseen', target: folder, cause: stat.failure };
      if (distrust !== undefined) return distrust;
      if (folder === '/' || folder === '.') break;
    }
  }
  return undefined;
}

/** The mode of a link means nothing; its owner does. */
function distrustOne({ os }: World, target: string, stat: FileStat): Distrust | undefined {
  const foreign = stat.uid !== 0 && stat.uid !== os.uid;
  const shielded = stat.type === 'link' || (stat.type === 'folder' && (stat.mode & STICKY) !== 0);
  const open = (stat.mode & GROUP_OR_OTHER_WRITE) !== 0 && !shielded;
  if (!foreign && !open) return undefined;
  const commands = [foreign ? `chown root:root ${shellWord(target)}` : '', open ? `chmod go-w ${shellWord(target)}` : ''];
  return { kind: 'open', target, owner: stat.uid, mode: octal(stat.mode), command: commands.filter((one) => one !== '').join(' && ') };
}

/** `0644` */
export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** A path as a shell takes it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
