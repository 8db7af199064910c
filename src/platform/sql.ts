import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { failed, ok, type Outcome, type Sql, type SqlDatabase, type SqlFailure, type SqlRow, type SqlValue } from '../model/index.ts';
import { errorCode, kindOf } from './io.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html). ERROR (1) is a table or column that is not there: not our database. */
const KINDS: Readonly<Record<number, SqlFailure['kind']>> = {
  1: 'corrupt',
  3: 'denied',
  5: 'busy',
  6: 'busy',
  8: 'denied',
  11: 'corrupt',
  13: 'full',
  14: 'denied',
  23: 'denied',
  24: 'corrupt',
  26: 'corrupt',
};

/** SQLite's own texts (sqlite3_errstr): Deno's `exec` and its constructor give no number. Anything else is an ERROR, as above. */
const KINDS_BY_TEXT: readonly (readonly [string, SqlFailure['kind']])[] = [
  ['database is locked', 'busy'],
  ['database table is locked', 'busy'],
  ['unable to open database file', 'denied'],
  ['attempt to write a readonly database', 'denied'],
  ['access permission denied', 'denied'],
  ['authorization denied', 'denied'],
  ['database or disk is full', 'full'],
  ['disk I/O error', 'io'],
];

/** SQLite as the runtime brings it, loaded when the first database is opened. */
export function createSql(): Sql {
  return {
    open(path) {
      const opened = attemptSql(path, () => {
        const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
        return new DatabaseSync(path, { timeout: 0 });
      });
      return opened.ok ? ok(databaseOf(path, opened.value)) : opened;
    },
  };
}

/** More than one database of ours ever needs. */
const MOST_STATEMENTS = 200;

function databaseOf(path: string, database: DatabaseSync): SqlDatabase {
  const prepared = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    const known = prepared.get(sql) ?? database.prepare(sql);
    if (prepared.size >= MOST_STATEMENTS) prepared.clear();
    prepared.set(sql, known);
    return known;
  };
  return {
    script: (sql) => {
      const done = attemptSql(path, () => database.exec(sql));
      return done.ok ? ok() : done;
    },
    run: (sql, ...values) => attemptSql(path, () => ({ changes: Number(statement(sql).run(...values).changes) })),
    all: (sql, ...values) => attemptSql(path, () => statement(sql).all(...values).map(rowOf)),
    close: () => {
      attemptSql(path, () => database.close());
    },
  };
}

function rowOf(row: object): SqlRow {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, valueOf(value)]));
}

function valueOf(value: unknown): SqlValue {
  if (typeof value === 'string' || typeof value === 'number' || value === null || value instanceof Uint8Array) return value;
  return Number(value);
}

function attemptSql<T>(path: string, work: () => T): Outcome<T, SqlFailure> {
  try {
    return ok(work());
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const kind = kindOfError(error);
    if (kind === undefined) throw error;
    return failed({ kind, path, detail: error.message });
  }
}

function kindOfError(error: Error): SqlFailure['kind'] | undefined {
  const number: unknown = 'errcode' in error ? error.errcode : undefined;
  if (typeof number === 'number') return KINDS[number & 0xff] ?? 'io';
  const code = errorCode(error);
  if (code === undefined) return kindOfText(error);
  const kind = kindOf(code);
  return kind === 'denied' || kind === 'full' ? kind : 'io';
}

function kindOfText(error: Error): SqlFailure['kind'] | undefined {
  const isSql = 'code' in error && error.code === 'ERR_SQLITE_ERROR';
  if (!isSql) return undefined;
  return KINDS_BY_TEXT.find(([text]) => error.message.startsWith(text))?.[1] ?? 'corrupt';
}
