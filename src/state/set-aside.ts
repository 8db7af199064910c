import { basename, dirname, join } from 'node:path';
import { type Failure, type Instant, ok, type Outcome, type Ports, rfc3339, timesForPeople } from '../model/index.ts';
import { ioFailed } from './failures.ts';

/** So many damaged databases are kept for whoever looks into it; a machine that damages one at each run must not fill its disk. */
const KEPT = 3;
const REASON = '.reason.txt';

/** Renames a database that cannot be used, with what SQLite keeps beside it, to `state.db.bad-20261125T071019Z`, and says why next to it. */
export function setAside(files: Ports['files'], path: string, reason: string, now: Instant): Outcome<string, Failure> {
  const target = freeName(files, `${path}.bad-${rfc3339(now).slice(0, 19).replace(/[-:]/g, '')}Z`);
  const moved = files.rename(path, target);
  if (!moved.ok && moved.failure.kind !== 'absent') return ioFailed(moved.failure);
  for (const beside of ['-wal', '-shm', '-journal']) files.rename(`${path}${beside}`, `${target}${beside}`);
  files.replace(`${target}${REASON}`, new TextEncoder().encode(`${timesForPeople(rfc3339(now))}: ${reason}\n`), 0o600);
  dropOldest(files, path);
  const synced = files.syncFolder(dirname(path));
  return synced.ok ? ok(target) : ioFailed(synced.failure);
}

function freeName(files: Ports['files'], wanted: string): string {
  for (let n = 0; ; n++) {
    const name = n === 0 ? wanted : `${wanted}-${n}`;
    if (!files.stat(name).ok) return name;
  }
}

function dropOldest(files: Ports['files'], path: string): void {
  const listed = files.list(dirname(path));
  if (!listed.ok) return;
  const prefix = `${basename(path)}.bad-`;
  const names = listed.value.map((e) => e.name).filter((name) => name.startsWith(prefix));
  const kept = names.filter((name) => name.endsWith(REASON)).map((name) => name.slice(0, -REASON.length)).sort();
  const old = kept.slice(0, Math.max(0, kept.length - KEPT));
  for (const name of names) if (old.some((o) => name === o || name.startsWith(`${o}-`) || name === `${o}${REASON}`)) files.removeTree(join(dirname(path), name));
}
