import type { Instant } from '../model/index.ts';
import type { StateDatabase } from './database.ts';
import type { PackageUses } from './packages.ts';

/** The order of use in state.db. Losing it costs nothing but a less clever choice of what to remove. */
export function createPackageUses(database: StateDatabase, now: Instant): PackageUses {
  return {
    all() {
      const rows = database.use((db) => db.all('SELECT sha256, used_at FROM package_use'));
      return new Map(rows.ok ? rows.value.map((row) => [String(row['sha256']), Number(row['used_at'])]) : []);
    },
    touch(sha256) {
      database.use((db) => db.run('INSERT OR REPLACE INTO package_use VALUES (?, ?)', sha256, now));
    },
    forget(sha256) {
      database.use((db) => db.run('DELETE FROM package_use WHERE sha256 = ?', sha256));
    },
  };
}
