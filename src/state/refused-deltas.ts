import { asComponentId, type ComponentId, type Failure, ok, type Outcome, type RefusedDelta, type SqlDatabase, type SqlFailure, type SqlRow } from '../model/index.ts';
import type { StateDatabase } from './database.ts';

/** Deltas that are left alone, so that none is fetched at each run to fail again. Whether an entry still binds is the planner's to say. */
export interface RefusedDeltas {
  list(): Outcome<readonly RefusedDelta[], Failure>;
  add(entry: RefusedDelta): Outcome<undefined, Failure>;
  /** drops those that lead to a release up to this one: the component has moved past them */
  forgive(component: ComponentId, upToSequence: number): Outcome<undefined, Failure>;
}

/** The refused deltas in state.db. */
export function createRefusedDeltas(database: StateDatabase): RefusedDeltas {
  const list = (): Outcome<readonly RefusedDelta[], Failure> => database.use(listRefusedDeltas);
  return {
    list,
    add({ component, sequence, sha256, why, since, policyDigest }) {
      const done = database.use((db) => db.run('INSERT OR REPLACE INTO refused_delta VALUES (?, ?, ?, ?, ?, ?)', component, sequence, sha256, why, since, policyDigest));
      return done.ok ? ok() : done;
    },
    forgive(component, upToSequence) {
      const some = list();
      // nothing to forgive costs no commit
      if (!some.ok || !some.value.some((d) => d.component === component && d.sequence <= upToSequence)) return some.ok ? ok() : some;
      const done = database.use((db) => db.run('DELETE FROM refused_delta WHERE component = ? AND sequence <= ?', component, upToSequence));
      return done.ok ? ok() : done;
    },
  };
}

/** Every entry that can be understood. */
export function listRefusedDeltas(db: SqlDatabase): Outcome<readonly RefusedDelta[], SqlFailure> {
  const rows = db.all('SELECT * FROM refused_delta ORDER BY component, sequence, sha256');
  return rows.ok ? ok(rows.value.flatMap(entryOf)) : rows;
}

function entryOf(row: SqlRow): readonly RefusedDelta[] {
  const { sequence, sha256, why, since, policy_digest: policyDigest } = row;
  const component = asComponentId(String(row['component']));
  const whole = typeof sequence === 'number' && typeof sha256 === 'string' && typeof why === 'string' && typeof since === 'number';
  return component !== undefined && whole && typeof policyDigest === 'string' ? [{ component, sequence, sha256, why, since, policyDigest }] : [];
}
