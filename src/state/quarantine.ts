import { asComponentId, type ComponentId, type Failure, ok, type Outcome, type QuarantineEntry, type SqlDatabase, type SqlFailure, type SqlRow } from '../model/index.ts';
import type { StateDatabase } from './database.ts';

/** In so many runs a release may fail to download before it is left alone (DESIGN, Fine print). */
const DOWNLOAD_RUNS = 3;

/** Releases that are left alone. Whether an entry still binds is the planner's to say. */
export interface Quarantine {
  list(): Outcome<readonly QuarantineEntry[], Failure>;
  add(entry: QuarantineEntry): Outcome<undefined, Failure>;
  /** once a run: counts a failed download; the third puts the release into quarantine */
  downloadFailed(entry: QuarantineEntry): Outcome<'counted' | 'quarantined', Failure>;
  /** drops a component's entries and counts: all, those up to a sequence, or those from one to another */
  forgive(component: ComponentId, upToSequence?: number, fromSequence?: number): Outcome<undefined, Failure>;
}

/** The quarantine in state.db. */
export function createQuarantine(database: StateDatabase): Quarantine {
  return {
    list: () => database.use(listQuarantine),
    add: (entry) => add(database, entry),
    downloadFailed(entry) {
      const counted = database.transaction((db) => {
        const { component, sequence } = entry;
        const up = 'INSERT INTO download_failure VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET runs = runs + 1';
        const done = db.run(up, component, sequence);
        return done.ok ? db.all('SELECT runs FROM download_failure WHERE component = ? AND sequence = ?', component, sequence) : done;
      });
      if (!counted.ok) return counted;
      if (Number(counted.value[0]?.['runs'] ?? 0) < DOWNLOAD_RUNS) return ok('counted');
      const added = add(database, entry);
      return added.ok ? ok('quarantined') : added;
    },
    forgive(component, upToSequence = Number.MAX_SAFE_INTEGER, fromSequence = 0) {
      const some = database.use((db) =>
        db.all(
          'SELECT 1 FROM quarantine WHERE component = ?1 AND sequence BETWEEN ?2 AND ?3 UNION ALL SELECT 1 FROM download_failure WHERE component = ?1 AND sequence BETWEEN ?2 AND ?3 LIMIT 1',
          component,
          fromSequence,
          upToSequence,
        ),
      );
      // nothing to forgive costs no commit
      if (!some.ok || some.value.length === 0) return some.ok ? ok() : some;
      const done = database.transaction((db) => {
        const counts = db.run('DELETE FROM download_failure WHERE component = ? AND sequence BETWEEN ? AND ?', component, fromSequence, upToSequence);
        return counts.ok ? db.run('DELETE FROM quarantine WHERE component = ? AND sequence BETWEEN ? AND ?', component, fromSequence, upToSequence) : counts;
      });
      return done.ok ? ok() : done;
    },
  };
}

/** Every entry that can be understood. */
export function listQuarantine(db: SqlDatabase): Outcome<readonly QuarantineEntry[], SqlFailure> {
  const rows = db.all('SELECT * FROM quarantine ORDER BY component, sequence');
  return rows.ok ? ok(rows.value.flatMap(entryOf)) : rows;
}

function add(database: StateDatabase, entry: QuarantineEntry): Outcome<undefined, Failure> {
  const { component, sequence, sha256, why, since, policyDigest } = entry;
  const done = database.transaction((db) => {
    const counts = db.run('DELETE FROM download_failure WHERE component = ? AND sequence = ?', component, sequence);
    if (!counts.ok) return counts;
    return db.run('INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?, ?)', component, sequence, sha256, why, since, policyDigest);
  });
  return done.ok ? ok() : done;
}

function entryOf(row: SqlRow): readonly QuarantineEntry[] {
  const { sequence, sha256, why, since, policy_digest: policyDigest } = row;
  const component = asComponentId(String(row['component']));
  const whole = typeof sequence === 'number' && typeof sha256 === 'string' && typeof why === 'string' && typeof since === 'number';
  return component !== undefined && whole && typeof policyDigest === 'string' ? [{ component, sequence, sha256, why, since, policyDigest }] : [];
}
