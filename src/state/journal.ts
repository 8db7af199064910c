import { converted, group, integer, oneOf, optional, orNull, parseShape } from '../formats/shape.ts';
import { readJsonText } from '../formats/json.ts';
import { asRunId, type ComponentId, type Failure, JOURNAL_KINDS, type JournalEntry, ok, type Outcome, RESTARTS, type SqlDatabase, type SqlFailure, WORKING } from '../model/index.ts';
import { COMPONENT, COMPONENT_ID, CONTENT } from './component-shapes.ts';
import type { StateDatabase } from './database.ts';

/** What is going on right now, a row a component: written durably before each stage acts. */
export interface Journal {
  /** one durable commit; replaces what there was for the component */
  put(entry: JournalEntry): Outcome<undefined, Failure>;
  list(): Outcome<readonly JournalEntry[], Failure>;
  clear(component: ComponentId): Outcome<undefined, Failure>;
}

const ENTRY = group({
  runId: converted(asRunId, 'a run id'),
  component: COMPONENT_ID,
  stage: oneOf(WORKING),
  at: integer(0),
  snapshot: COMPONENT,
  next: CONTENT,
  previous: orNull(CONTENT),
  kind: oneOf(JOURNAL_KINDS),
  restart: optional(oneOf(RESTARTS)),
});

/** The journal in state.db. A row that cannot be understood is dropped with a note: recovery then rests on the plug-ins' inventory. */
export function createJournal(database: StateDatabase, note: (text: string) => void): Journal {
  const clear = (component: string): Outcome<undefined, Failure> => {
    const done = database.use((db) => db.run('DELETE FROM journal WHERE component = ?', component));
    return done.ok ? ok() : done;
  };
  return {
    put(entry) {
      const done = database.use((db) => db.run('INSERT OR REPLACE INTO journal VALUES (?, ?)', entry.component, JSON.stringify(entry)));
      return done.ok ? ok() : done;
    },
    list() {
      const rows = database.use((db) => db.all('SELECT component, entry FROM journal ORDER BY component'));
      if (!rows.ok) return rows;
      const entries: JournalEntry[] = [];
      for (const row of rows.value) {
        const entry = parseEntry(row['entry']);
        if (entry !== undefined) {
          entries.push(entry);
          continue;
        }
        note(`The journal's entry for ${String(row['component'])} could not be understood and was dropped; its content is looked at as a whole.`);
        clear(String(row['component']));
      }
      return ok(entries);
    },
    clear,
  };
}

/** Every entry that can be understood. */
export function listJournal(db: SqlDatabase): Outcome<readonly JournalEntry[], SqlFailure> {
  const rows = db.all('SELECT entry FROM journal ORDER BY component');
  return rows.ok ? ok(rows.value.flatMap((row) => parseEntry(row['entry']) ?? [])) : rows;
}

function parseEntry(json: unknown): JournalEntry | undefined {
  const read = typeof json === 'string' ? readJsonText(json) : undefined;
  const parsed = read?.ok === true ? parseShape(ENTRY, read.value.value) : undefined;
  return parsed !== undefined && 'value' in parsed ? parsed.value : undefined;
}
