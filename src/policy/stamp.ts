import { join } from 'node:path';
import type { Ports } from '../model/index.ts';
import type { LoadOptions } from './load.ts';
import { EXTENSIONS, placesOf } from './places.ts';

/**
 * A text that changes whenever a policy file comes, goes or changes: names, times, sizes and inodes of all that could be read. Costs a few
 * stats and opens nothing. What the Windows registry holds is not in it.
 */
export function policyStamp({ files, os }: Pick<Ports, 'files' | 'os'>, { policyPath, places = placesOf(os) }: Pick<LoadOptions, 'policyPath' | 'places'>): string {
  const { vendorFolder, main, folder, managedPlist } = places;
  const paths = policyPath === undefined ? [vendorFolder, ...EXTENSIONS.map((e) => (main === undefined ? undefined : main + e)), folder, managedPlist] : [policyPath];
  return paths.flatMap((path) => (path === undefined ? [] : [stampOf(files, path)])).join('\n');
}

function stampOf(files: Ports['files'], path: string): string {
  const seen = files.statFollowing(path);
  if (!seen.ok) return `${path} ${seen.failure.kind}`;
  const { type, modifiedAt, size, inode, mode, uid } = seen.value;
  const own = `${path} ${type} ${modifiedAt} ${size} ${inode} ${mode} ${uid}`;
  if (type !== 'folder') return own;
  const listed = files.list(path);
  return [own, ...(listed.ok ? listed.value.map(({ name }) => stampOf(files, join(path, name))) : [])].join('\n');
}
