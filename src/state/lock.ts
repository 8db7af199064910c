import { group, integer, parseShape, text } from '../formats/shape.ts';
import { readJson } from '../formats/json.ts';
import { fail, type Failure, type Instant, ok, type Outcome, type Ports, rfc3339, type SqlDatabase } from '../model/index.ts';
import { ioFailed, sqlFailed } from './failures.ts';
import { ensureStateFolder } from './folder.ts';
import { LAYOUT, pathOf, type Place } from './layout.ts';

type LockPorts = Pick<Ports, 'files' | 'os' | 'sql' | 'proc'>;
export type Lock = { release(): void };

const HOLDER_BYTES = 4096;
const HOLDER = group({ pid: integer(1), command: text({ max: 200 }), since: text({ max: 40 }) }, 'ignore');
/** A holder writes who it is right after it has the lock; so often the loser looks before it gives up on a name. */
const LOOKS = 25;

/** What is locked: the database, the file that names its holder, and what the loser is told. */
type Kind = { readonly db: Place; readonly holder: Place; readonly why: 'locked' | 'daemon-running' };
const RUN = { db: 'lockDb', holder: 'lockHolder', why: 'locked' } as const satisfies Kind;
const DAEMON = { db: 'daemonDb', holder: 'daemonHolder', why: 'daemon-running' } as const satisfies Kind;

/**
 * One run at a time on a state folder. The lock is SQLite's exclusive lock on lock.db: the kernel drops it when the process dies, however
 * it dies. lock.json beside it only tells the loser who the winner is; a stale one blocks nobody.
 */
export function lockState(ports: LockPorts, dir: string, command: string, now: Instant): Outcome<Lock, Failure> {
  return lock(ports, dir, RUN, command, now);
}

/** One daemon at a time on a state folder, by a lock of the same kind. Runs go on beside it. */
export function lockDaemon(ports: LockPorts, dir: string, now: Instant): Outcome<Lock, Failure> {
  return lock(ports, dir, DAEMON, 'daemon', now);
}

function lock(ports: LockPorts, dir: string, kind: Kind, command: string, now: Instant): Outcome<Lock, Failure> {
  const folder = ensureStateFolder(ports, dir);
  if (!folder.ok) return folder;
  const path = pathOf(dir, kind.db);
  const sound = soundLockFile(ports.files, path);
  if (!sound.ok) return sound;
  const taken = take(ports, path);
  if (taken.ok) return ok(hold(ports, dir, kind.holder, { command, now, database: taken.value }));
  if (taken.failure.kind === 'busy') return refusedBy(ports, dir, kind);
  if (taken.failure.kind === 'corrupt') return fail('lock-unusable', { path, found: 'it is no database' }, taken.failure.detail);
  return sqlFailed(taken.failure);
}

/**
 * Nothing but a regular file may stand there: SQLite would follow a link. It is private: whoever may read it may hold a shared lock
 * on it, and so keep us out.
 */
function soundLockFile(files: Ports['files'], path: string): Outcome<undefined, Failure> {
  const { mode } = LAYOUT.lockDb;
  const seen = files.stat(path);
  if (!seen.ok) {
    if (seen.failure.kind !== 'absent') return ioFailed(seen.failure);
    const made = files.create(path, mode);
    if (made.ok) made.value.close();
    return made.ok || made.failure.kind === 'exists' ? ok() : ioFailed(made.failure);
  }
  if (seen.value.type !== 'file') return fail('lock-unusable', { path, found: `a ${seen.value.type} stands in its place` });
  const tightened = (seen.value.mode & 0o077) === 0 ? ok() : files.chmod(path, mode);
  return tightened.ok ? ok() : ioFailed(tightened.failure);
}

function take(ports: LockPorts, path: string): ReturnType<Ports['sql']['open']> {
  const first = takeOnce(ports, path);
  if (first.ok || first.failure.kind !== 'corrupt') return first;
  // Its content is never read, so garbage in it is emptied in place. A new file instead would let two processes lock one each.
  const file = ports.files.append(path, LAYOUT.lockDb.mode);
  if (!file.ok) return first;
  const emptied = file.value.truncate(0);
  file.value.close();
  return emptied.ok ? takeOnce(ports, path) : first;
}

/** Nothing is ever written into it, so it needs no journal beside it. */
const EXCLUSIVE = 'PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE';

function takeOnce(ports: LockPorts, path: string): ReturnType<Ports['sql']['open']> {
  const opened = ports.sql.open(path);
  if (!opened.ok) return opened;
  const begun = opened.value.script(EXCLUSIVE);
  if (begun.ok) return opened;
  opened.value.close();
  return begun;
}

/** A database that nobody refers to any more is closed by the garbage collector, and its lock is gone: whoever forgets to release keeps it. */
const HELD = new Set<SqlDatabase>();

function hold(ports: LockPorts, dir: string, place: Kind['holder'], { command, now, database }: { readonly command: string; readonly now: Instant; readonly database: SqlDatabase }): Lock {
  const holder = pathOf(dir, place);
  announce(ports.files, holder, LAYOUT[place].mode, JSON.stringify({ pid: ports.os.pid, command, since: rfc3339(now) }));
  HELD.add(database);
  return {
    release() {
      if (!HELD.delete(database)) return;
      ports.files.remove(holder);
      database.close();
    },
  };
}

/** Whole or not at all, but not durable: it is worth nothing after a power cut. A name that cannot be left is no reason not to run. */
function announce(files: Ports['files'], path: string, mode: number, holder: string): void {
  const temporary = files.temporaryName(path);
  const file = files.create(temporary, mode);
  if (!file.ok) return;
  const written = file.value.write(new TextEncoder().encode(holder));
  file.value.close();
  if (!written.ok || !files.rename(temporary, path).ok) files.remove(temporary);
}

function refusedBy(ports: LockPorts, dir: string, kind: Kind): Outcome<never, Failure> {
  for (let look = 0; look < LOOKS; look++) {
    const read = ports.files.read(pathOf(dir, kind.holder), HOLDER_BYTES);
    const json = read.ok ? readJson(read.value) : undefined;
    const holder = json?.ok === true ? parseShape(HOLDER, json.value.value) : undefined;
    // a name left by a process that was killed is not the holder's
    if (holder !== undefined && 'value' in holder && ports.proc.alive(holder.value.pid)) return fail(kind.why, { path: dir, ...holder.value });
  }
  return fail('locked-by-unknown', { path: pathOf(dir, kind.db) });
}
