import { join } from 'node:path';
import { type CooldownStore, type Failure, type Instant, type MetadataStore, ok, type Outcome, type PackageStore, type Ports, type StatusDocument } from '../model/index.ts';
import { createCooldowns } from './cooldowns.ts';
import { StateDatabase } from './database.ts';
import { createDeferrals, type Deferrals } from './deferrals.ts';
import { ioFailed } from './failures.ts';
import { ensureStateFolder } from './folder.ts';
import { createHistory, type History } from './history.ts';
import { createJournal, type Journal } from './journal.ts';
import type { KeptState } from './kept.ts';
import { LAYOUT, pathOf, type Place, TEMPORARY } from './layout.ts';
import { createMetadataStore } from './metadata.ts';
import { createPackageStore } from './packages.ts';
import { createPackageUses } from './package-uses.ts';
import { createProbations, type Probations } from './probations.ts';
import { createQuarantine, type Quarantine } from './quarantine.ts';
import { createRefusedDeltas, type RefusedDeltas } from './refused-deltas.ts';
import { createRestarts, type Restarts } from './restarts.ts';
import { createScheduleStore, type ScheduleStore } from './schedule-memory.ts';
import { readStatus, writeStatus } from './status-file.ts';

/** All that is kept between runs, open for the one process that holds the lock. */
export type State = {
  readonly dir: string;
  /** an empty private folder for this run */
  readonly scratch: string;
  /** what was found damaged and mended so far; grows while the state is in use */
  readonly notes: readonly string[];
  readonly journal: Journal;
  readonly history: History;
  readonly quarantine: Quarantine;
  readonly refusedDeltas: RefusedDeltas;
  readonly deferrals: Deferrals;
  readonly restarts: Restarts;
  readonly probations: Probations;
  readonly cooldowns: CooldownStore;
  readonly schedule: ScheduleStore;
  readonly metadata: MetadataStore;
  readonly packages: PackageStore;
  writeStatus(status: StatusDocument): Outcome<undefined, Failure>;
  close(): void;
};

type StatePorts = Pick<Ports, 'files' | 'os' | 'sql' | 'log'>;

const PRIVATE = ['metadata', 'cache', 'scratch'] as const satisfies readonly Place[];
/** where files are replaced, and so where a run that died may have left a temporary one */
const SWEPT = ['', LAYOUT.newRegistry.name, LAYOUT.activeRegistry.name, LAYOUT.metadata.name, 'metadata/catalogs', 'metadata/tags', 'cache/partial', LAYOUT.probation.name];

/**
 * Opens the state, and makes what is not there. Call it with the lock held: it sweeps what an earlier run left behind. `kept`: what this
 * process keeps between its runs.
 */
export function openState(ports: StatePorts, dir: string, now: Instant, kept?: KeptState): Outcome<State, Failure> {
  const ready = prepareFolders(ports, dir);
  if (!ready.ok) return ready;
  const notes: string[] = [];
  const note = (text: string): void => {
    notes.push(text);
    ports.log.write('warn', 'state-mended', { text });
  };
  const database = kept === undefined ? StateDatabase.open(ports, pathOf(dir, 'stateDb'), now, note) : kept.open(ports, dir, now, note);
  if (!database.ok) return database;
  if (kept?.isOurStatus(ports.files, dir) !== true) noteDamagedStatus(ports, dir, note);
  const uses = createPackageUses(database.value, now);
  return ok({
    dir,
    scratch: pathOf(dir, 'scratch'),
    notes,
    journal: createJournal(database.value, note),
    history: createHistory(database.value),
    quarantine: createQuarantine(database.value),
    refusedDeltas: createRefusedDeltas(database.value),
    deferrals: createDeferrals(database.value),
    restarts: createRestarts(database.value),
    probations: createProbations(ports, dir),
    cooldowns: createCooldowns(database.value),
    schedule: createScheduleStore(database.value),
    metadata: createMetadataStore(ports, pathOf(dir, 'metadata'), note),
    packages: createPackageStore(ports, pathOf(dir, 'cache'), uses, note),
    writeStatus: (document) => {
      const written = writeStatus(ports, dir, document);
      if (written.ok) kept?.wroteStatus(ports.files, dir);
      return written;
    },
    close: () => (kept === undefined ? database.value.close() : undefined),
  });
}

function noteDamagedStatus(ports: StatePorts, dir: string, note: (text: string) => void): void {
  const status = readStatus(ports, dir);
  if (status.ok && status.value.kind === 'damaged') note(`${status.value.path} was damaged (${status.value.problem}): this run writes it anew.`);
}

function prepareFolders(ports: StatePorts, dir: string): Outcome<undefined, Failure> {
  const folder = ensureStateFolder(ports, dir);
  if (!folder.ok) return folder;
  const { files } = ports;
  sweep(files, dir);
  emptyScratch(files, pathOf(dir, 'scratch'));
  for (const place of PRIVATE) {
    const made = makePrivate(files, pathOf(dir, place), LAYOUT[place].mode);
    if (!made.ok) return made;
  }
  return ok();
}

function makePrivate(files: Ports['files'], path: string, mode: number): Outcome<undefined, Failure> {
  const seen = files.stat(path);
  if (seen.ok && seen.value.type === 'folder' && seen.value.mode === mode) return ok();
  const made = files.makeFolder(path, mode);
  const done = made.ok ? files.chmod(path, mode) : made;
  return done.ok ? ok() : ioFailed(done.failure);
}

function sweep(files: Ports['files'], dir: string): void {
  for (const name of SWEPT) {
    const listed = files.list(join(dir, name));
    if (!listed.ok) continue;
    for (const entry of listed.value) if (TEMPORARY.test(entry.name)) files.removeTree(join(dir, name, entry.name));
  }
}

function emptyScratch(files: Ports['files'], path: string): void {
  const listed = files.list(path);
  if (!listed.ok) return;
  for (const entry of listed.value) files.removeTree(join(path, entry.name));
}
