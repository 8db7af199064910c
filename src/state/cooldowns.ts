import { type Cooldown, type CooldownStore, ok, type SqlRow } from '../model/index.ts';
import type { StateDatabase } from './database.ts';

/** The servers' cooldowns in state.db. */
export function createCooldowns(database: StateDatabase): CooldownStore {
  return {
    list() {
      const rows = database.use((db) => db.all('SELECT server, since, until, refusals FROM cooldown ORDER BY server'));
      return rows.ok ? ok(rows.value.flatMap(cooldownOf)) : rows;
    },
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

function cooldownOf({ server, since, until, refusals }: SqlRow): readonly Cooldown[] {
  const whole = typeof server === 'string' && typeof since === 'number' && typeof until === 'number' && typeof refusals === 'number';
  return whole ? [{ server, since, until, refusals }] : [];
}
