import { readJsonText } from '../formats/json.ts';
import { list as listOf, parseShape, text } from '../formats/shape.ts';
import { asComponentId, type Failure, type Instant, ok, type Outcome, type RestartNeed, type SqlRow } from '../model/index.ts';
import type { StateDatabase } from './database.ts';

type Key = Pick<RestartNeed, 'component' | 'kind'>;

/** Restarts that installed content waits for. Whether one has happened is the engine's to say. */
export interface Restarts {
  list(): Outcome<readonly RestartNeed[], Failure>;
  /** replaces the component's need of the same kind */
  put(need: RestartNeed): Outcome<undefined, Failure>;
  drop(key: Key): Outcome<undefined, Failure>;
  /** a desktop told of it */
  told(key: Key, at: Instant): Outcome<undefined, Failure>;
}

/** The restarts in state.db. */
export function createRestarts(database: StateDatabase): Restarts {
  const run = (sql: string, ...values: readonly (string | number | null)[]): Outcome<undefined, Failure> => {
    const done = database.use((db) => db.run(sql, ...values));
    return done.ok ? ok() : done;
  };
  return {
    list() {
      const rows = database.use((db) => db.all('SELECT * FROM restart ORDER BY component, kind'));
      return rows.ok ? ok(rows.value.flatMap(needOf)) : rows;
    },
    put: ({ component, kind, sequence, version, since, bootId, logins, toldAt }) =>
      run('INSERT OR REPLACE INTO restart VALUES (?, ?, ?, ?, ?, ?, ?, ?)', component, kind, sequence, version, since, bootId, logins === null ? null : JSON.stringify(logins), toldAt),
    drop: ({ component, kind }) => run('DELETE FROM restart WHERE component = ? AND kind = ?', component, kind),
    told: ({ component, kind }, at) => run('UPDATE restart SET told_at = ? WHERE component = ? AND kind = ?', at, component, kind),
  };
}

function needOf(row: SqlRow): readonly RestartNeed[] {
  const { kind, sequence, version, since, boot_id: bootId, told_at: toldAt } = row;
  const component = asComponentId(String(row['component']));
  if (component === undefined || (kind !== 'logout' && kind !== 'reboot') || typeof sequence !== 'number') return [];
  if (typeof version !== 'string' || typeof since !== 'number') return [];
  return [{ component, kind, sequence, version, since, bootId: typeof bootId === 'string' ? bootId : null, logins: loginsOf(row['logins']), toldAt: typeof toldAt === 'number' ? toldAt : null }];
}

/** What cannot be read is not known: the need then lasts until a reboot. */
function loginsOf(json: unknown): readonly string[] | null {
  const read = typeof json === 'string' ? readJsonText(json) : undefined;
  const parsed = read?.ok === true ? parseShape(listOf(text()), read.value.value) : undefined;
  return parsed !== undefined && 'value' in parsed ? parsed.value : null;
}
