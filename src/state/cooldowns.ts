import { type Cooldown, type CooldownStore, ok, type Outcome, type SqlDatabase, type SqlFailure, type SqlRow } from '../model/index.ts';
import type { StateDatabase } from './database.ts';

/** The servers' cooldowns in state.db. */
export function createCooldowns(database: StateDatabase): CooldownStore {
  return {
    list: () => database.use(latestCooldowns),
    put({ server, since, until, refusals }) {
      const done = database.use((db) => db.run('INSERT OR REPLACE INTO cooldown VALUES (?, ?, ?, ?)', server, since, until, refusals));
      return done.ok ? ok() : done;
    },
    drop(server) {
      const done = database.use((db) => db.run('DELETE FROM cooldown WHERE server = ?', server));
      return done.ok ? ok() : done;
    },
  };
}

/** Every cooldown that is kept. */
export function latestCooldowns(db: SqlDatabase): Outcome<readonly Cooldown[], SqlFailure> {
  const rows = db.all('SELECT server, since, until, refusals FROM cooldown ORDER BY server');
  return rows.ok ? ok(rows.value.flatMap(cooldownOf)) : rows;
}

function cooldownOf({ server, since, until, refusals }: SqlRow): readonly Cooldown[] {
  const whole = typeof server === 'string' && typeof since === 'number' && typeof until === 'number' && typeof refusals === 'number';
  return whole ? [{ server, since, until, refusals }] : [];
}
