import { existsSync } from 'node:fs';
import { failed, ok, type Probe } from '../model/index.ts';

type Look = ReturnType<Probe['database']>;

/** `immutable`: no lock, no shared memory, no file beside it (sqlite.org/uri.html); right where no other process has a log open. */
function sourceOf(path: string): string {
  return existsSync(`${path}-wal`) ? path : `file:${encodeURI(path).replaceAll('?', '%3f').replaceAll('#', '%23')}?immutable=1`;
}

/** Reads a database and leaves everything as it is. A log beside it (a run goes on, or was killed) is read along. */
export function databaseLook(path: string, sql: readonly string[]): Look {
  try {
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
    const database = new DatabaseSync(sourceOf(path), { readOnly: true });
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
    return failed({ kind: /locked|busy/i.test(text) ? 'busy' : /unable to open|readonly|denied|access/i.test(text) ? 'denied' : 'corrupt', detail: text });
  }
}

function rows(work: () => readonly object[]): readonly Readonly<Record<string, string | number | null>>[] {
  try {
    return work().map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, typeof value === 'number' || value === null ? value : String(value)])));
  } catch (error) {
    if (error instanceof Error && /no such (table|column)/.test(error.message)) return [];
    throw error;
  }
}
