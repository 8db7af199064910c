import { join } from 'node:path';
import type { Ports } from '../model/index.ts';
import type { KeyOptions } from './key-folders.ts';
import { readSettings } from './settings.ts';

/** What gives a group or everybody a right to a file. */
const OTHERS = 0o077;

/**
 * Keys in the folders that a command named, or that the repository remembers, which others than their owner can read or change: a warning,
 * and no failure, for a medium with a file system without modes shows all of its files so. Windows has none at all.
 */
export function looseKeys({ files, os }: Pick<Ports, 'files' | 'os'>, dir: string, { keys, offlineKeys }: KeyOptions): readonly string[] {
  if (os.platform === 'win32') return [];
  const settings = keys === undefined ? readSettings({ files }, dir) : undefined;
  const online = keys ?? (settings?.ok === true ? settings.value.keys : undefined);
  const folders = new Set([online, offlineKeys].filter((folder) => folder !== undefined));
  return [...folders].flatMap((folder) => {
    const listed = files.list(folder);
    const names = listed.ok ? listed.value.filter(({ type, name }) => type === 'file' && name.endsWith('.pem')).map(({ name }) => join(folder, name)) : [];
    const loose = names.filter((path) => {
      const seen = files.stat(path);
      return seen.ok && (seen.value.mode & OTHERS) !== 0;
    });
    return loose.length === 0 ? [] : [`Others than their owner can read or change keys: ${loose.join(', ')}. Run: chmod go= ${loose.join(' ')}`];
  });
}
