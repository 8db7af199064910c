import { asComponentId, type ComponentId, type Deferral, type Failure, ok, type Outcome, type SqlDatabase, type SqlFailure, type SqlRow } from '../model/index.ts';
import type { StateDatabase } from './database.ts';

/** What users answered about optional releases: put off, how often, or refused. What follows from it is the planner's to say. */
export interface Deferrals {
  list(): Outcome<readonly Deferral[], Failure>;
  /** replaces what there was for the component: a newer release begins anew */
  put(entry: Deferral): Outcome<undefined, Failure>;
  /** drops what there is for a component up to this release: it is installed */
  forgive(component: ComponentId, upToSequence: number): Outcome<undefined, Failure>;
}

/** The deferrals in state.db. */
export function createDeferrals(database: StateDatabase): Deferrals {
  const list = (): Outcome<readonly Deferral[], Failure> => database.use(listDeferrals);
  return {
    list,
    put({ component, sequence, answer, count, at }) {
      const done = database.use((db) => db.run('INSERT OR REPLACE INTO deferral VALUES (?, ?, ?, ?, ?)', component, sequence, answer, count, at));
      return done.ok ? ok() : done;
    },
    forgive(component, upToSequence) {
      const some = list();
      // nothing to forgive costs no commit
      if (!some.ok || !some.value.some((d) => d.component === component && d.sequence <= upToSequence)) return some.ok ? ok() : some;
      const done = database.use((db) => db.run('DELETE FROM deferral WHERE component = ? AND sequence <= ?', component, upToSequence));
      return done.ok ? ok() : done;
    },
  };
}

/** Every entry that can be understood. */
export function listDeferrals(db: SqlDatabase): Outcome<readonly Deferral[], SqlFailure> {
  const rows = db.all('SELECT * FROM deferral ORDER BY component');
  return rows.ok ? ok(rows.value.flatMap(entryOf)) : rows;
}

function entryOf(row: SqlRow): readonly Deferral[] {
  const { sequence, answer, count, at } = row;
  const component = asComponentId(String(row['component']));
  if (component === undefined || typeof sequence !== 'number' || typeof count !== 'number' || typeof at !== 'number') return [];
  return answer === 'later' || answer === 'no' ? [{ component, sequence, answer, count, at }] : [];
}
