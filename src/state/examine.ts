/** For `doctor`: the state folder as it lies there. Takes no lock, makes and mends nothing. */
import { group, integer, parseShape, text } from '../formats/shape.ts';
import { readJson } from '../formats/json.ts';
import { type Cooldown, fail, type Failure, type FileStat, type Instant, ok, type Outcome, type Ports, type Probe } from '../model/index.ts';
import { ioFailed } from './failures.ts';
import { unsafeFolder } from './folder.ts';
import { pathOf } from './layout.ts';
import { PARTS } from './schema.ts';

type ExaminePorts = Pick<Ports, 'files' | 'os' | 'proc'> & { readonly probe: Pick<Probe, 'database' | 'writeProblem'> };

/** `absent`: no run was ever made here. */
export type FolderSeen = { readonly kind: 'absent' } | { readonly kind: 'there'; readonly stat: FileStat };

/** The state folder: nobody else rules over it, and we can write in it (26 where not). */
export function examineFolder(ports: ExaminePorts, dir: string): Outcome<FolderSeen, Failure> {
  const seen = ports.files.stat(dir);
  if (!seen.ok && seen.failure.kind !== 'absent') return ioFailed(seen.failure);
  const problem = seen.ok ? unsafeFolder(ports.os, seen.value) : undefined;
  if (problem !== undefined) return fail('state-unsafe', { path: dir, found: problem });
  const writing = ports.probe.writeProblem(dir);
  if (writing !== undefined) return ioFailed({ ...writing, op: 'write', path: dir });
  return ok(seen.ok ? { kind: 'there', stat: seen.value } : { kind: 'absent' });
}

/** What state.db holds that an administrator may ask about. */
export type DatabaseSeen = {
  readonly path: string;
  readonly cooldowns: readonly Cooldown[];
  /** interrupted installations that the next run recovers first */
  readonly unfinished: number;
  /** releases in quarantine: `ID 12: why` */
  readonly quarantine: readonly string[];
};

const STATEMENTS = [
  'SELECT name, schema FROM part',
  'SELECT server, since, until, refusals FROM cooldown ORDER BY until',
  'SELECT count(*) AS n FROM journal',
  'SELECT component, sequence, why FROM quarantine ORDER BY component, sequence',
] as const;

/** state.db, checked and read; null where there is none yet. One that is damaged, or of a newer agent, the next run sets aside. */
export function examineDatabase(ports: ExaminePorts, dir: string): Outcome<DatabaseSeen | null, Failure> {
  const path = pathOf(dir, 'stateDb');
  const seen = ports.files.stat(path);
  if (!seen.ok) return seen.failure.kind === 'absent' ? ok(null) : ioFailed(seen.failure);
  if (seen.value.type !== 'file') return fail('state-database-unsound', { path, problem: `it is a ${seen.value.type}` });
  if (seen.value.size === 0) return ok(null);
  const look = ports.probe.database(path, STATEMENTS);
  if (!look.ok) {
    if (look.failure.kind === 'denied') return fail('state-denied', { path, op: 'read' }, look.failure.detail);
    if (look.failure.kind === 'busy') return fail('state-busy', { path }, look.failure.detail);
    return fail('state-database-unsound', { path, problem: look.failure.detail });
  }
  const [parts = [], cooldowns = [], journal = [], quarantine = []] = look.value;
  const known = new Map<string, number>(Object.entries(PARTS).map(([name, part]) => [name, part.schema]));
  const newer = parts.find(({ name, schema }) => Number(schema) > (known.get(String(name)) ?? 0));
  if (newer !== undefined) return fail('state-database-unsound', { path, problem: `its part ${newer['name']} has schema ${newer['schema']}, of a newer agent` });
  return ok({
    path,
    cooldowns: cooldowns.map(({ server, since, until, refusals }) => ({ server: String(server), since: Number(since), until: Number(until), refusals: Number(refusals) })),
    unfinished: Number(journal[0]?.['n'] ?? 0),
    quarantine: quarantine.map(({ component, sequence, why }) => `${component} ${sequence}: ${why}`),
  });
}

const HOLDER_BYTES = 4096;
const HOLDER = group({ pid: integer(1), command: text({ max: 200 }), since: text({ max: 40 }) }, 'ignore');

/** Who holds the run lock, by what it left in lock.json; null where nobody does, or nobody that lives. */
export function examineLock(ports: Pick<Ports, 'files' | 'proc'>, dir: string): { readonly pid: number; readonly command: string; readonly since: Instant } | null {
  const read = ports.files.read(pathOf(dir, 'lockHolder'), HOLDER_BYTES);
  const json = read.ok ? readJson(read.value) : undefined;
  const holder = json?.ok === true ? parseShape(HOLDER, json.value.value) : undefined;
  if (holder === undefined || !('value' in holder) || !ports.proc.alive(holder.value.pid)) return null;
  const since = Date.parse(holder.value.since);
  return { pid: holder.value.pid, command: holder.value.command, since: Number.isNaN(since) ? 0 : since };
}
