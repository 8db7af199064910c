import { closeSync, constants, fsyncSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Io, ok } from '../model/index.ts';
import { attempt } from './io.ts';

/** Makes a folder's own entries durable. Windows has no such call: its file system journals names by itself. */
export function syncFolder(path: string): Io<undefined> {
  if (process.platform === 'win32') return ok();
  const done = attempt('fsync', path, () => {
    const fd = openSync(path, constants.O_RDONLY | (constants.O_DIRECTORY ?? 0));
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
  return done.ok ? ok() : done;
}

/** One syncfs through `sync -f` (coreutils, busybox), which costs one flush however many files there are; else every file by itself. */
export function syncTree(path: string): Io<undefined> {
  return process.platform === 'linux' && syncFileSystem(path) ? ok() : syncEach(path);
}

function syncFileSystem(path: string): boolean {
  const spawned = attempt('sync', path, () =>
    process.getBuiltinModule('node:child_process').spawnSync('sync', ['-f', '--', path], {
      stdio: 'ignore',
      env: { PATH: '/usr/bin:/bin' },
      timeout: 10 * 60_000,
    }),
  );
  return spawned.ok && spawned.value.error === undefined && spawned.value.status === 0;
}

function syncEach(path: string): Io<undefined> {
  const listed = attempt('list', path, () => readdirSync(path, { withFileTypes: true }));
  if (!listed.ok) return listed.failure.kind === 'absent' || !listed.failure.detail.startsWith('ENOTDIR') ? listed : syncFile(path);
  for (const entry of listed.value) {
    const child = join(path, entry.name);
    const done = entry.isDirectory() ? syncEach(child) : entry.isFile() ? syncFile(child) : ok();
    if (!done.ok) return done;
  }
  return syncFolder(path);
}

function syncFile(path: string): Io<undefined> {
  const done = attempt('fsync', path, () => {
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
  return done.ok ? ok() : done;
}
