import { oneOf, parseShape } from '../formats/shape.ts';
import { type Failure, type HistoryEntry, ok, type Outcome, type RunDocument, type ScheduleMemory, type SqlDatabase, type SqlFailure, type SqlRow } from '../model/index.ts';
import type { StateDatabase } from './database.ts';
import { ACTIONS, parseRunDocument } from './document-shapes.ts';
import { writeMemory } from './schedule-memory.ts';

export type ComponentEvent = HistoryEntry & { readonly component: string };

/** What earlier runs did, newest first. */
export interface History {
  /**
   * the run's document, a line for each of its components and what the schedule remembers after it (null: as before), in one commit;
   * runs beyond the newest `keep` go
   */
  append(document: RunDocument, keep: number, memory: ScheduleMemory | null): Outcome<undefined, Failure>;
  /** the newest `count` entries of every component */
  latest(count: number): Outcome<ReadonlyMap<string, readonly HistoryEntry[]>, Failure>;
  /** entries of one component, or of all */
  events(component: string | undefined, count: number): Outcome<readonly ComponentEvent[], Failure>;
  /** documents of the newest runs; one that cannot be read is left out */
  runs(count: number): Outcome<readonly RunDocument[], Failure>;
}

const COLUMNS = 'component, at, run_id, version, sequence, action, code';

/** The history in state.db. */
export function createHistory(database: StateDatabase): History {
  return {
    append: (document, keep, memory) => append(database, document, keep, memory),
    latest: (count) => database.use((db) => latestEvents(db, count)),
    events(component, count) {
      const where = component === undefined ? '' : 'WHERE component = ?';
      const values = component === undefined ? [count] : [component, count];
      const rows = database.use((db) => db.all(`SELECT ${COLUMNS} FROM event ${where} ORDER BY n DESC LIMIT ?`, ...values));
      return rows.ok ? ok(rows.value.flatMap(eventOf)) : rows;
    },
    runs(count) {
      const rows = database.use((db) => db.all('SELECT document FROM run ORDER BY n DESC LIMIT ?', count));
      return rows.ok ? ok(rows.value.flatMap(documentOf)) : rows;
    },
  };
}

/** The newest `count` entries of every component, each found by the index: the history may be long. */
export function latestEvents(db: SqlDatabase, count: number): Outcome<ReadonlyMap<string, readonly HistoryEntry[]>, SqlFailure> {
  const names = db.all('SELECT component FROM event GROUP BY component');
  if (!names.ok) return names;
  const byComponent = new Map<string, readonly HistoryEntry[]>();
  for (const { component: name } of names.value) {
    if (typeof name !== 'string') continue;
    const rows = db.all(`SELECT ${COLUMNS} FROM event WHERE component = ? ORDER BY n DESC LIMIT ?`, name, count);
    if (!rows.ok) return rows;
    byComponent.set(name, rows.value.flatMap(entryOf));
  }
  return ok(byComponent);
}

function append(database: StateDatabase, document: RunDocument, keep: number, memory: ScheduleMemory | null): Outcome<undefined, Failure> {
  return database.transaction((db) => {
    const remembered = memory === null ? ok() : writeMemory(db, memory);
    if (!remembered.ok) return remembered;
    const run = db.run('INSERT INTO run (id, at, document) VALUES (?, ?, ?)', document.runId, document.finishedAt, JSON.stringify(document));
    if (!run.ok) return run;
    for (const component of document.components) {
      const code = codeOf(document, component);
      const { version, sequence } = component.after ?? { version: null, sequence: null };
      const event = db.run(
        `INSERT INTO event (run, ${COLUMNS}) VALUES ((SELECT max(n) FROM run), ?, ?, ?, ?, ?, ?, ?)`,
        component.id,
        document.finishedAt,
        document.runId,
        version,
        sequence,
        component.action,
        code,
      );
      if (!event.ok) return event;
    }
    const pruned = db.run('DELETE FROM run WHERE n <= (SELECT max(n) FROM run) - ?', Math.max(1, keep));
    if (!pruned.ok) return pruned;
    const events = pruned.value.changes === 0 ? pruned : db.run('DELETE FROM event WHERE run < (SELECT min(n) FROM run)');
    return events.ok ? ok() : events;
  });
}

/** Its own first error's; a component that failed with the whole run has the run's. */
function codeOf({ errors }: RunDocument, { id, action }: RunDocument['components'][number]): number {
  const own = errors.find((e) => e.component === id) ?? (action === 'failed' ? errors.find((e) => e.component === undefined) : undefined);
  return own?.code ?? 0;
}

function eventOf(row: SqlRow): readonly ComponentEvent[] {
  const { component } = row;
  return typeof component === 'string' ? entryOf(row).map((entry) => ({ component, ...entry })) : [];
}

function entryOf(row: SqlRow): readonly HistoryEntry[] {
  const { at, run_id: runId, version, sequence, action, code } = row;
  const act = parseShape(oneOf(ACTIONS), action);
  if (typeof at !== 'string' || typeof runId !== 'string' || typeof code !== 'number' || !('value' in act)) return [];
  return [
    {
      at,
      runId,
      version: typeof version === 'string' ? version : null,
      sequence: typeof sequence === 'number' ? sequence : null,
      action: act.value,
      code,
    },
  ];
}

function documentOf(row: SqlRow): readonly RunDocument[] {
  const json = row['document'];
  const document = typeof json === 'string' ? parseRunDocument(json) : undefined;
  return document === undefined ? [] : [document];
}
