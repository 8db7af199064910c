import { readFileSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { failed, ok, type Probe } from '../model/index.ts';
import { errorCode } from './io.ts';

type Look = ReturnType<Probe['database']>;

/** bytes of a database that are read into memory at most */
const MAX_BYTES = 256 * 1024 * 1024;
/** Where the header says that a log stands beside the file: 2 (sqlite.org/fileformat.html 1.3.3). In memory there is none. */
const JOURNAL_BYTES = [18, 19] as const;

/**
 * Reads a database and leaves everything as it is: a copy in memory needs no lock, and no file is made beside it. Where a log is there (a run
 * goes on, or was killed) the database itself is opened, to read that along.
 */
export function databaseLook(path: string, sql: readonly string[]): Look {
  try {
    const database = opened(path);
    try {
      const [check] = database.prepare('PRAGMA quick_check(1)').all();
      const said = String(Object.values(check ?? {})[0] ?? 'nothing');
      if (said !== 'ok') return failed({ kind: 'corrupt', detail: said });
      return ok(sql.map((statement) => rows(() => database.prepare(statement).all())));
    } finally {
      database.close();
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const text = error.message;
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EPERM') return failed({ kind: 'denied', detail: text });
    return failed({ kind: /locked|busy/i.test(text) ? 'busy' : /unable to open|readonly|denied|access/i.test(text) ? 'denied' : 'corrupt', detail: text });
  }
}

function opened(path: string): DatabaseSync {
  const sqlite = process.getBuiltinModule('node:sqlite');
  const isLogged = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
  if (isLogged || statSync(path).size > MAX_BYTES) return new sqlite.DatabaseSync(path, { readOnly: true });
  const bytes = readFileSync(path);
  for (const at of JOURNAL_BYTES) if (bytes[at] === 2) bytes[at] = 1;
  const database = new sqlite.DatabaseSync(':memory:');
  database.deserialize(bytes);
  return database;
}

function rows(work: () => readonly object[]): readonly Readonly<Record<string, string | number | null>>[] {
  try {
    return work().map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, typeof value === 'number' || value === null ? value : String(value)])));
  } catch (error) {
    if (error instanceof Error && /no such (table|column)/.test(error.message)) return [];
    throw error;
  }
}
