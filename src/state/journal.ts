import { converted, group, integer, mapOf, oneOf, optional, parseShape, type Shape, text } from '../formats/shape.ts';
import { readJsonText } from '../formats/json.ts';
import {
  asComponentId,
  asRunId,
  asSha256,
  type Component,
  type ComponentId,
  CONTENT_TYPES,
  type Failure,
  type JournalEntry,
  ok,
  type Outcome,
  RESTARTS,
  WORKING,
} from '../model/index.ts';
import type { StateDatabase } from './database.ts';

/** What is going on right now, a row a component: written durably before each stage acts. */
export interface Journal {
  /** one durable commit; replaces what there was for the component */
  put(entry: JournalEntry): Outcome<undefined, Failure>;
  list(): Outcome<readonly JournalEntry[], Failure>;
  clear(component: ComponentId): Outcome<undefined, Failure>;
}

const id = converted(asComponentId, 'a component id');
const sha256 = converted(asSha256, '64 hex digits');
const INSTALLED = group({ version: text(), sequence: integer(0), date: integer(0), sha256 });
const CONTENT = group({ version: text(), sequence: integer(0), date: integer(0), sha256, folder: text() });
const SNAPSHOT = group({
  id,
  name: text(),
  contentType: oneOf(CONTENT_TYPES),
  plugIn: text(),
  installPath: text(),
  channel: optional(text()),
  settings: mapOf(/^/, 'any key', text()),
  installed: orNull(INSTALLED),
  previous: orNull(INSTALLED),
  lastAttempt: optional(integer(0)),
  lastSuccess: optional(integer(0)),
});
const ENTRY = group({
  runId: converted(asRunId, 'a run id'),
  component: id,
  stage: oneOf(WORKING),
  at: integer(0),
  snapshot: SNAPSHOT,
  next: CONTENT,
  previous: orNull(CONTENT),
  kind: oneOf(['install', 'rollback']),
  restart: optional(oneOf(RESTARTS)),
});

function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value, path, problems) => (value === null ? null : shape(value, path, problems));
}

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

function parseEntry(json: unknown): JournalEntry | undefined {
  const read = typeof json === 'string' ? readJsonText(json) : undefined;
  const parsed = read?.ok === true ? parseShape(ENTRY, read.value.value) : undefined;
  if (parsed === undefined || !('value' in parsed)) return undefined;
  const { settings, ...snapshot } = parsed.value.snapshot;
  const component: Component = { ...snapshot, settings: Object.fromEntries(settings) };
  return { ...parsed.value, snapshot: component };
}
