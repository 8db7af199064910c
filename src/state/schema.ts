/**
 * The parts of state.db. Each has a schema number of its own, so that one part can change without the others. A number newer than
 * ours was written by a later agent: the database is set aside, and the parts whose numbers are ours are taken over (salvage.ts).
 */
export const PARTS = {
  journal: {
    schema: 1,
    create: 'CREATE TABLE journal (component TEXT PRIMARY KEY, entry TEXT NOT NULL) STRICT, WITHOUT ROWID;',
  },
  history: {
    schema: 1,
    create: `CREATE TABLE run (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, at TEXT NOT NULL, document TEXT NOT NULL) STRICT;
      CREATE TABLE event (n INTEGER PRIMARY KEY, run INTEGER NOT NULL, component TEXT NOT NULL, at TEXT NOT NULL, run_id TEXT NOT NULL,
        version TEXT, sequence INTEGER, action TEXT NOT NULL, code INTEGER NOT NULL) STRICT;
      CREATE INDEX event_component ON event (component, n);`,
  },
  quarantine: {
    schema: 1,
    create: `CREATE TABLE quarantine (component TEXT NOT NULL, sequence INTEGER NOT NULL, sha256 TEXT NOT NULL, why TEXT NOT NULL,
        since INTEGER NOT NULL, policy_digest TEXT NOT NULL, PRIMARY KEY (component, sequence)) STRICT, WITHOUT ROWID;
      CREATE TABLE download_failure (component TEXT NOT NULL, sequence INTEGER NOT NULL, runs INTEGER NOT NULL,
        PRIMARY KEY (component, sequence)) STRICT, WITHOUT ROWID;`,
  },
  cooldown: {
    schema: 1,
    create: 'CREATE TABLE cooldown (server TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL, refusals INTEGER NOT NULL) STRICT, WITHOUT ROWID;',
  },
  cache: {
    schema: 1,
    create: 'CREATE TABLE package_use (sha256 TEXT PRIMARY KEY, used_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;',
  },
  /** deltas that failed though their base was right */
  deltas: {
    schema: 1,
    create: `CREATE TABLE refused_delta (component TEXT NOT NULL, sequence INTEGER NOT NULL, sha256 TEXT NOT NULL, why TEXT NOT NULL,
        since INTEGER NOT NULL, policy_digest TEXT NOT NULL, PRIMARY KEY (component, sha256)) STRICT, WITHOUT ROWID;`,
  },
  /** what the schedule remembers: one row */
  schedule: {
    schema: 1,
    create: `CREATE TABLE schedule (one INTEGER PRIMARY KEY CHECK (one = 1), last_run INTEGER, last_contact INTEGER,
        failing_since INTEGER, failing_last INTEGER, failing_runs INTEGER) STRICT;`,
  },
  /** what users answered about optional releases: one release a component */
  deferrals: {
    schema: 1,
    create: `CREATE TABLE deferral (component TEXT PRIMARY KEY, sequence INTEGER NOT NULL, answer TEXT NOT NULL, count INTEGER NOT NULL,
        at INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
  },
  /** restarts that installed content waits for; `logins` is a JSON list, or null where it was not known */
  restarts: {
    schema: 1,
    create: `CREATE TABLE restart (component TEXT NOT NULL, kind TEXT NOT NULL, sequence INTEGER NOT NULL, version TEXT NOT NULL,
        since INTEGER NOT NULL, boot_id TEXT, logins TEXT, told_at INTEGER, PRIMARY KEY (component, kind)) STRICT, WITHOUT ROWID;`,
  },
} as const satisfies Record<string, { readonly schema: number; readonly create: string }>;

export const PART_TABLE = 'CREATE TABLE part (name TEXT PRIMARY KEY, schema INTEGER NOT NULL) STRICT, WITHOUT ROWID;';
