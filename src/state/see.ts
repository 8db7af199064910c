import { type Cooldown, type CooldownStore, type Deferral, failed, type Failure, type JournalEntry, type MetadataStore, NO_MEMORY, ok, type Outcome, type PackageStore, type Ports, type QuarantineEntry, type RefusedDelta, type ScheduleMemory, type SqlDatabase, type SqlFailure } from '../model/index.ts';
import { latestCooldowns } from './cooldowns.ts';
import { listDeferrals } from './deferrals.ts';
import { sqlFailed } from './failures.ts';
import { readableFolder } from './folder.ts';
import { listJournal } from './journal.ts';
import { laterPart, schemaText } from './later.ts';
import { pathOf } from './layout.ts';
import { createMetadataStore, readOnlyMetadata } from './metadata.ts';
import { createPackageStore, type PackageUses } from './packages.ts';
import { listQuarantine } from './quarantine.ts';
import { listRefusedDeltas } from './refused-deltas.ts';
import { readMemory } from './schedule-memory.ts';

/** What state.db holds of all that a decision rests on, at one moment. */
type Rows = {
  readonly journal: readonly JournalEntry[];
  readonly quarantine: readonly QuarantineEntry[];
  readonly refusedDeltas: readonly RefusedDelta[];
  readonly deferrals: readonly Deferral[];
  readonly cooldowns: readonly Cooldown[];
  readonly memory: ScheduleMemory;
};

/** The state as it is, also while a run is at work on it. What is told to keep something is not kept. */
export type StateSeen = {
  readonly dir: string;
  /** what could not be read, in words */
  readonly notes: readonly string[];
  readonly journal: readonly JournalEntry[];
  readonly quarantine: { list(): Outcome<readonly QuarantineEntry[], Failure> };
  readonly refusedDeltas: { list(): Outcome<readonly RefusedDelta[], Failure> };
  readonly deferrals: { list(): Outcome<readonly Deferral[], Failure> };
  readonly cooldowns: CooldownStore;
  readonly memory: ScheduleMemory;
  readonly metadata: MetadataStore;
  readonly packages: Pick<PackageStore, 'known' | 'begun'>;
};

type SeePorts = Pick<Ports, 'files' | 'sql'>;

const NOTHING: Rows = { journal: [], quarantine: [], refusedDeltas: [], deferrals: [], cooldowns: [], memory: NO_MEMORY };
const NO_USES: PackageUses = { all: () => new Map(), touch: () => undefined, forget: () => undefined };

/** Looks at the state without its lock: makes, mends and changes nothing. A state.db that a run would set aside holds nothing, and a note says so. */
export function seeState(ports: SeePorts, dir: string): Outcome<StateSeen, Failure> {
  const folder = readableFolder(ports, dir);
  if (!folder.ok) return folder;
  const notes: string[] = [];
  const note = (text: string): void => void notes.push(text);
  const rows = readRows(ports, pathOf(dir, 'stateDb'), note);
  if (!rows.ok) return rows;
  const { journal, quarantine, refusedDeltas, deferrals, cooldowns, memory } = rows.value;
  return ok({
    dir,
    notes,
    journal,
    quarantine: { list: () => ok(quarantine) },
    refusedDeltas: { list: () => ok(refusedDeltas) },
    deferrals: { list: () => ok(deferrals) },
    cooldowns: { list: () => ok(cooldowns), put: () => ok(), drop: () => ok() },
    memory,
    metadata: readOnlyMetadata(createMetadataStore(ports, pathOf(dir, 'metadata'), note)),
    packages: createPackageStore(ports, pathOf(dir, 'cache'), NO_USES, note),
  });
}

function readRows(ports: SeePorts, path: string, note: (text: string) => void): Outcome<Rows, Failure> {
  const seen = ports.files.stat(path);
  if (!seen.ok || seen.value.type !== 'file' || seen.value.size === 0) return ok(NOTHING);
  const opened = ports.sql.open(path);
  const rows = opened.ok ? atOneMoment(opened.value, (db) => allRows(db, path)) : opened;
  if (opened.ok) opened.value.close();
  if (rows.ok) return rows;
  if (rows.failure.kind !== 'corrupt') return sqlFailed(rows.failure);
  note(`${path} cannot be used (${rows.failure.detail}): what it knows is left out here, and the next run sets it aside.`);
  return ok(NOTHING);
}

/** In one read transaction: none of what is committed meanwhile is seen (sqlite.org/isolation.html). */
function atOneMoment<T>(database: SqlDatabase, read: (database: SqlDatabase) => Outcome<T, SqlFailure>): Outcome<T, SqlFailure> {
  const begun = database.script('BEGIN');
  if (!begun.ok) return begun;
  const done = read(database);
  database.script('ROLLBACK');
  return done;
}

/** A table that is not there is one that an earlier agent did not have. */
function allRows(db: SqlDatabase, path: string): Outcome<Rows, SqlFailure> {
  const tables = db.all("SELECT name FROM sqlite_schema WHERE type = 'table'");
  if (!tables.ok) return tables;
  const later = laterPart(db);
  if (later !== undefined) return failed({ kind: 'corrupt', path, detail: schemaText(later.name, later.found, later.known) });
  const names = new Set(tables.value.map((row) => row['name']));
  const list = <T>(table: string, read: (db: SqlDatabase) => Outcome<readonly T[], SqlFailure>): Outcome<readonly T[], SqlFailure> => (names.has(table) ? read(db) : ok([]));
  const journal = list('journal', listJournal);
  if (!journal.ok) return journal;
  const quarantine = list('quarantine', listQuarantine);
  if (!quarantine.ok) return quarantine;
  const refusedDeltas = list('refused_delta', listRefusedDeltas);
  if (!refusedDeltas.ok) return refusedDeltas;
  const deferrals = list('deferral', listDeferrals);
  if (!deferrals.ok) return deferrals;
  const cooldowns = list('cooldown', latestCooldowns);
  if (!cooldowns.ok) return cooldowns;
  const memory = names.has('schedule') ? readMemory(db) : ok(NO_MEMORY);
  if (!memory.ok) return memory;
  return ok({ journal: journal.value, quarantine: quarantine.value, refusedDeltas: refusedDeltas.value, deferrals: deferrals.value, cooldowns: cooldowns.value, memory: memory.value });
}
