import { type Failure, fail, ok, type Outcome, type Ports } from '../model/index.ts';
import { type Shape } from '../formats/shape.ts';
import { layout } from './layout.ts';
import { parseEnvelope, type Role, ROLE, type Root, ROOT, sha256Hex, type Snapshot, SNAPSHOT, type Targets, TARGETS, type Timestamp, TIMESTAMP } from './metadata.ts';
import { stored } from './ports.ts';
import { readSettings, type Settings } from './settings.ts';

type Files = Pick<Ports, 'files'>;

/** A repository as its last whole state has it: what timestamp.json names, and nothing newer that an interrupted command left. */
export type Repository = {
  readonly dir: string;
  readonly settings: Settings;
  readonly root: Root;
  readonly timestamp: Timestamp;
  readonly snapshot: Snapshot;
  readonly targets: Targets;
  /** by component */
  readonly roles: ReadonlyMap<string, Role>;
};

const MAX_BYTES = 16 * 1024 * 1024;

/** Reads a repository. Hashes are checked, signatures are not: that is `repo check`'s. */
export function readRepository(ports: Files, dir: string): Outcome<Repository, Failure> {
  const settings = readSettings(ports, dir);
  if (!settings.ok) return settings;
  const last = lastRoot(ports, dir);
  if (!last.ok) return last;
  const root = document(ports, layout.versioned(dir, 'root', last.value), ROOT);
  if (!root.ok) return root;
  const timestamp = document(ports, layout.timestamp(dir), TIMESTAMP);
  if (!timestamp.ok) return timestamp;
  const named = timestamp.value.meta['snapshot.json'];
  const snapshot = document(ports, layout.versioned(dir, 'snapshot', named.version), SNAPSHOT, named.hashes.sha256);
  if (!snapshot.ok) return snapshot;
  const meta = snapshot.value.meta.get('targets.json');
  if (meta === undefined) return fail('repo-damaged', { path: layout.versioned(dir, 'snapshot', named.version), problem: 'it names no targets.json' });
  const targets = document(ports, layout.versioned(dir, 'targets', meta.version), TARGETS, meta.hashes.sha256);
  if (!targets.ok) return targets;
  const roles = readRoles(ports, dir, snapshot.value);
  if (!roles.ok) return roles;
  return ok({ dir, settings: settings.value, root: root.value, timestamp: timestamp.value, snapshot: snapshot.value, targets: targets.value, roles: roles.value });
}

function readRoles(ports: Files, dir: string, snapshot: Snapshot): Outcome<ReadonlyMap<string, Role>, Failure> {
  const roles = new Map<string, Role>();
  for (const [name, meta] of snapshot.meta) {
    if (name === 'targets.json') continue;
    const id = name.slice(0, -'.json'.length);
    const role = document(ports, layout.versioned(dir, id, meta.version), ROLE, meta.hashes.sha256);
    if (!role.ok) return role;
    roles.set(id, role.value);
  }
  return ok(roles);
}

function document<T>(ports: Files, path: string, shape: Shape<T>, sha256?: string): Outcome<T, Failure> {
  const bytes = ports.files.read(path, MAX_BYTES);
  if (!bytes.ok) return bytes.failure.kind === 'absent' ? fail('repo-damaged', { path, problem: 'it is missing' }) : stored(bytes);
  if (sha256 !== undefined && sha256Hex(bytes.value) !== sha256) return fail('repo-damaged', { path, problem: 'its hash is not the one that was signed' });
  const parsed = parseEnvelope(shape, bytes.value);
  return parsed.ok ? ok(parsed.value.signed) : fail('repo-damaged', { path, problem: parsed.failure });
}

/** The version of the newest root. */
export function lastRoot({ files }: Files, dir: string): Outcome<number, Failure> {
  const path = layout.metadata(dir);
  const listed = files.list(path);
  if (!listed.ok) return listed.failure.kind === 'absent' ? fail('repo-absent', { path: dir, problem: `${path} is not there` }) : stored(listed);
  const versions = listed.value.flatMap((e) => /^([1-9][0-9]*)\.root\.json$/.exec(e.name)?.[1] ?? []).map(Number);
  return versions.length > 0 ? ok(Math.max(...versions)) : fail('repo-absent', { path: dir, problem: `${path} has no root` });
}
