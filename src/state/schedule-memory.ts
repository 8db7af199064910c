import { type Cooldown, type Failure, type Instant, NO_MEMORY, ok, type Outcome, type Ports, type ScheduleMemory, type SqlDatabase, type SqlFailure, type SqlRow } from '../model/index.ts';
import { latestCooldowns } from './cooldowns.ts';
import type { StateDatabase } from './database.ts';
import { sqlFailed } from './failures.ts';
import { pathOf } from './layout.ts';

/** What the schedule remembers from run to run: each run's part is kept with the run (History.append). */
export interface ScheduleStore {
  read(): Outcome<ScheduleMemory, Failure>;
}

/** The schedule's memory in state.db. */
export function createScheduleStore(database: StateDatabase): ScheduleStore {
  return { read: () => database.use(readMemory) };
}

/** Remembers, in the transaction that is open. */
export function writeMemory(db: SqlDatabase, { lastRun, lastContact, failing }: ScheduleMemory): Outcome<unknown, SqlFailure> {
  const { since = null, last = null, runs = null } = failing ?? {};
  return db.run('INSERT OR REPLACE INTO schedule VALUES (1, ?, ?, ?, ?, ?)', lastRun, lastContact, since, last, runs);
}

/** What a daemon needs to know between runs. */
export type ScheduleSeen = { readonly memory: ScheduleMemory; readonly cooldowns: readonly Cooldown[] };

/** The schedule's memory beside a run that may be going on: needs no lock, makes and mends nothing. Where there is none, or none that can be used, nothing is remembered. */
export function readSchedule(ports: Pick<Ports, 'files' | 'sql'>, dir: string): Outcome<ScheduleSeen, Failure> {
  const nothing: ScheduleSeen = { memory: NO_MEMORY, cooldowns: [] };
  const path = pathOf(dir, 'stateDb');
  const seen = ports.files.stat(path);
  if (!seen.ok || seen.value.type !== 'file' || seen.value.size === 0) return ok(nothing);
  const opened = ports.sql.open(path);
  if (!opened.ok) return opened.failure.kind === 'corrupt' ? ok(nothing) : sqlFailed(opened.failure);
  const memory = readMemory(opened.value);
  const cooldowns = latestCooldowns(opened.value);
  opened.value.close();
  return ok({ memory: memory.ok ? memory.value : NO_MEMORY, cooldowns: cooldowns.ok ? cooldowns.value : [] });
}

/** What the schedule remembers, or nothing yet. */
export function readMemory(db: SqlDatabase): Outcome<ScheduleMemory, SqlFailure> {
  const rows = db.all('SELECT * FROM schedule');
  const [row] = rows.ok ? rows.value : [];
  return rows.ok ? ok(row === undefined ? NO_MEMORY : memoryOf(row)) : rows;
}

function memoryOf(row: SqlRow): ScheduleMemory {
  const instant = (name: string): Instant | null => (typeof row[name] === 'number' ? row[name] : null);
  const [since, last, runs] = [instant('failing_since'), instant('failing_last'), instant('failing_runs')];
  return {
    lastRun: instant('last_run'),
    lastContact: instant('last_contact'),
    failing: since === null || last === null || runs === null ? null : { since, last, runs },
  };
}
