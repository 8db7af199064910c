import { dirname } from 'node:path';
import { type Failed, type Failure, failed, type Instant, ok, type Outcome, type Ports, type SqlDatabase, type SqlFailure } from '../model/index.ts';
import { sqlFailed } from './failures.ts';
import { laterPart, schemaText } from './later.ts';
import { LAYOUT, pathOf } from './layout.ts';
import { salvage, salvageText } from './salvage.ts';
import { PART_TABLE, PARTS } from './schema.ts';
import { setAside } from './set-aside.ts';

type DatabasePorts = Pick<Ports, 'files' | 'sql'>;
/** Where less is free, SQLite's own files beside the database no longer fit: it then says "disk I/O error" (its shared memory is 32 KiB). */
const LEAST_FREE_BYTES = 64 * 1024;

type Work<T> = (database: SqlDatabase) => Outcome<T, SqlFailure>;

/** Durable after each commit, readable while it is written (sqlite.org/wal.html). */
const SETTINGS = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;';

/** state.db, which heals itself: damage that shows at any statement sets it aside, and the statement runs again on a new one. */
export class StateDatabase {
  private readonly ports: DatabasePorts;
  private readonly path: string;
  private now: Instant;
  private note: (text: string) => void;
  private database: SqlDatabase;

  private constructor(ports: DatabasePorts, path: string, now: Instant, note: (text: string) => void, database: SqlDatabase) {
    this.ports = ports;
    this.path = path;
    this.now = now;
    this.note = note;
    this.database = database;
  }

  /** Opens the database, or makes it; one that cannot be used is set aside with a note. */
  static open(ports: DatabasePorts, path: string, now: Instant, note: (text: string) => void): Outcome<StateDatabase, Failure> {
    const opened = openSound(ports, path);
    if (opened.ok) return ok(new StateDatabase(ports, path, now, note, opened.value));
    if (opened.failure.kind !== 'corrupt') return told(ports.files, opened.failure);
    const rebuilt = rebuild(ports, path, now, note, opened.failure);
    return rebuilt.ok ? ok(new StateDatabase(ports, path, now, note, rebuilt.value)) : rebuilt;
  }

  /** For the next run of the same process: whatever is mended from here on is told there. */
  handOver(now: Instant, note: (text: string) => void): this {
    this.now = now;
    this.note = note;
    return this;
  }

  use<T>(work: Work<T>): Outcome<T, Failure> {
    const first = work(this.database);
    if (first.ok) return first;
    if (first.failure.kind !== 'corrupt') return told(this.ports.files, first.failure);
    this.database.close();
    const rebuilt = rebuild(this.ports, this.path, this.now, this.note, first.failure);
    if (!rebuilt.ok) return rebuilt;
    this.database = rebuilt.value;
    const second = work(this.database);
    return second.ok ? second : told(this.ports.files, second.failure);
  }

  /** All of it or nothing, in one durable commit. */
  transaction<T>(work: Work<T>): Outcome<T, Failure> {
    return this.use((database) => {
      const begun = database.script('BEGIN IMMEDIATE');
      if (!begun.ok) return begun;
      const done = work(database);
      const ended = done.ok ? database.script('COMMIT') : done;
      if (ended.ok) return done;
      database.script('ROLLBACK');
      return ended;
    });
  }

  close(): void {
    this.database.close();
  }
}

function told(files: Ports['files'], found: SqlFailure): Failed<Failure> {
  const space = found.kind === 'io' ? files.space(dirname(found.path)) : undefined;
  return sqlFailed(space?.ok === true && space.value.freeBytes < LEAST_FREE_BYTES ? { ...found, kind: 'full' } : found);
}

/** `later`: a later agent wrote it, and there is nothing wrong with it. */
type Unusable = SqlFailure & { readonly later?: 'yes' };

function rebuild(ports: DatabasePorts, path: string, now: Instant, note: (text: string) => void, { detail, later }: Unusable): Outcome<SqlDatabase, Failure> {
  const aside = setAside(ports.files, path, detail, now);
  if (!aside.ok) return aside;
  const made = openSound(ports, path);
  if (!made.ok) return told(ports.files, made.failure);
  const kept = pathOf(dirname(path), 'keptDb');
  const saved = later === undefined ? 'History is lost' : salvageText(salvage(ports, made.value, aside.value, ports.files.stat(kept).ok ? kept : undefined)).replace(/\.$/, '');
  note(`${path} could not be used (${detail}): it was set aside as ${aside.value} and made anew. ${saved}; what is installed is known from the registry.`);
  return made;
}

/** A database with all its parts; `corrupt` is everything that a new one would heal. */
function openSound(ports: DatabasePorts, path: string): Outcome<SqlDatabase, Unusable> {
  const seen = ports.files.stat(path);
  if (!seen.ok && seen.failure.kind !== 'absent') return failed({ kind: seen.failure.kind === 'denied' ? 'denied' : 'io', path, detail: seen.failure.detail });
  if (seen.ok && seen.value.type !== 'file') return corrupt(path, `a ${seen.value.type} stood in its place`);
  if (!seen.ok) {
    const made = makePrivate(ports.files, path);
    if (!made.ok) return made;
  }
  const opened = ports.sql.open(path);
  if (!opened.ok) return opened;
  const prepared = prepare(opened.value, path);
  if (prepared.ok) return opened;
  opened.value.close();
  return prepared;
}

/** Made by us with its mode: what SQLite keeps beside it takes the same. */
function makePrivate(files: Ports['files'], path: string): Outcome<undefined, SqlFailure> {
  const made = files.create(path, LAYOUT.stateDb.mode);
  if (!made.ok) return failed({ kind: made.failure.kind === 'denied' || made.failure.kind === 'full' ? made.failure.kind : 'io', path, detail: made.failure.detail });
  made.value.close();
  const synced = files.syncFolder(dirname(path));
  return synced.ok ? ok() : failed({ kind: 'io', path, detail: synced.failure.detail });
}

/** A database without any table is new: a run may have died between making the file and its first commit. */
function prepare(database: SqlDatabase, path: string): Outcome<undefined, Unusable> {
  const set = database.script(SETTINGS);
  if (!set.ok) return set;
  const tables = database.all('SELECT count(*) AS tables FROM sqlite_schema');
  if (!tables.ok) return tables;
  if (tables.value[0]?.['tables'] === 0) return makeParts(database, Object.keys(PARTS), PART_TABLE);
  const rows = database.all('SELECT name, schema FROM part');
  if (!rows.ok) return rows;
  const later = laterPart(database);
  if (later !== undefined) return failed({ kind: 'corrupt', path, detail: schemaText(later.name, later.found, later.known), later: 'yes' });
  const found = new Map(rows.value.map((row) => [row['name'], row['schema']]));
  const missing: string[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    const schema = found.get(name);
    if (schema === undefined) missing.push(name);
    else if (schema !== part.schema) return corrupt(path, schemaText(name, schema, part.schema));
  }
  return missing.length === 0 ? ok() : makeParts(database, missing, '');
}

function makeParts(database: SqlDatabase, names: readonly string[], before: string): Outcome<undefined, SqlFailure> {
  const made = Object.entries(PARTS).filter(([name]) => names.includes(name));
  const sql = made.map(([name, part]) => `${part.create} INSERT INTO part VALUES ('${name}', ${part.schema});`).join('\n');
  const done = database.script(`BEGIN IMMEDIATE; ${before} ${sql} COMMIT;`);
  if (!done.ok) database.script('ROLLBACK');
  return done;
}

function corrupt(path: string, detail: string): Outcome<never, SqlFailure> {
  return failed({ kind: 'corrupt', path, detail });
}
