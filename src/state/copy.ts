import { join } from 'node:path';
import { type Failure, ok, type Outcome, type Ports, type SqlDatabase, type SqlFailure } from '../model/index.ts';
import { ioFailed, sqlFailed } from './failures.ts';
import { LAYOUT, pathOf, type Place, STATE_MODE } from './layout.ts';

type CopyPorts = Pick<Ports, 'files' | 'sql'>;

/** Whole documents that a run reads back; all but the packages, which are large and of no use to a copy. */
const COPIED_FOLDERS = ['activeRegistry', 'metadata'] as const satisfies readonly Place[];
const COPIED_FILES = ['hostId', 'status'] as const satisfies readonly Place[];
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/**
 * Copies a state folder to `to`, which is not there yet: registry, trusted metadata, state.db and the rest that a run goes by, without
 * packages. Under the lock, or the copy may be of two moments.
 */
export function copyState(ports: CopyPorts, dir: string, to: string): Outcome<undefined, Failure> {
  const { files } = ports;
  const made = files.makeFolder(to, STATE_MODE);
  if (!made.ok) return ioFailed(made.failure);
  for (const place of COPIED_FOLDERS) {
    const done = copyTree(files, pathOf(dir, place), pathOf(to, place), LAYOUT[place].mode);
    if (!done.ok) return done;
  }
  for (const place of COPIED_FILES) {
    const done = copyFile(files, pathOf(dir, place), pathOf(to, place), LAYOUT[place].mode);
    if (!done.ok) return done;
  }
  return copyDatabase(ports, pathOf(dir, 'stateDb'), pathOf(to, 'stateDb'));
}

function copyTree(files: Ports['files'], from: string, to: string, mode: number): Outcome<undefined, Failure> {
  const listed = files.list(from);
  if (!listed.ok) return listed.failure.kind === 'absent' ? ok() : ioFailed(listed.failure);
  const made = files.makeFolder(to, mode);
  if (!made.ok) return ioFailed(made.failure);
  for (const { name, type } of listed.value) {
    if (type !== 'file' && type !== 'folder') continue;
    const [source, target] = [join(from, name), join(to, name)];
    const done = type === 'folder' ? copyTree(files, source, target, mode) : copyFile(files, source, target, 0o644);
    if (!done.ok) return done;
  }
  return ok();
}

/** What is not there needs no copy. */
function copyFile(files: Ports['files'], from: string, to: string, mode: number): Outcome<undefined, Failure> {
  const bytes = files.read(from, MAX_FILE_BYTES);
  if (!bytes.ok) return bytes.failure.kind === 'absent' ? ok() : ioFailed(bytes.failure);
  const written = files.replace(to, bytes.value, mode);
  return written.ok ? ok() : ioFailed(written.failure);
}

/**
 * A new database with all that is in another one, also while that is in use: row by row, for Deno lets no database be attached (which
 * VACUUM INTO does), and to read the file itself would let go of SQLite's locks on it (sqlite.org/howtocorrupt.html, 2.2).
 */
function copyDatabase({ files, sql }: CopyPorts, from: string, to: string): Outcome<undefined, Failure> {
  if (!files.stat(from).ok) return ok();
  const made = files.create(to, LAYOUT.stateDb.mode);
  if (!made.ok) return ioFailed(made.failure);
  made.value.close();
  const source = sql.open(from);
  if (!source.ok) return sqlFailed(source.failure);
  const target = sql.open(to);
  const copied = target.ok ? copyRows(source.value, target.value) : target;
  source.value.close();
  if (target.ok) target.value.close();
  return copied.ok ? ok() : sqlFailed(copied.failure);
}

function copyRows(source: SqlDatabase, target: SqlDatabase): Outcome<undefined, SqlFailure> {
  const schema = source.all("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'");
  if (!schema.ok) return schema;
  const made = target.script(`BEGIN; ${schema.value.map((row) => `${String(row['sql'])};`).join('\n')}`);
  if (!made.ok) return made;
  for (const { type, name } of schema.value) {
    const done = type === 'table' ? copyTable(source, target, `"${String(name)}"`) : ok();
    if (!done.ok) return done;
  }
  return target.script('COMMIT');
}

/** All rows of a table, in the columns that it has in `source`. `into` may have more of them, with defaults. */
export function copyTable(source: SqlDatabase, target: SqlDatabase, table: string): Outcome<undefined, SqlFailure> {
  const rows = source.all(`SELECT * FROM ${table}`);
  if (!rows.ok) return rows;
  for (const row of rows.value) {
    const columns = Object.keys(row);
    const names = columns.map((column) => `"${column}"`).join(', ');
    const inserted = target.run(`INSERT OR REPLACE INTO ${table} (${names}) VALUES (${columns.map(() => '?').join(', ')})`, ...columns.map((column) => row[column] ?? null));
    if (!inserted.ok) return inserted;
  }
  return ok();
}

/** Keeps a copy of state.db as it is now, for an older agent that may have to come back after a newer one changed the form of it. */
export function keepDatabase(ports: CopyPorts, dir: string): Outcome<undefined, Failure> {
  const { files } = ports;
  const kept = pathOf(dir, 'keptDb');
  const fresh = files.temporaryName(kept);
  const copied = copyDatabase(ports, pathOf(dir, 'stateDb'), fresh);
  if (!copied.ok) {
    files.remove(fresh);
    return copied;
  }
  if (!files.stat(fresh).ok) return ok();
  const placed = files.rename(fresh, kept);
  const synced = placed.ok ? files.syncFolder(dir) : placed;
  return synced.ok ? ok() : ioFailed(synced.failure);
}
