import { fail, type Failure, ok, type Outcome, type Ports, sha256Of } from '../model/index.ts';
import { type Shape } from '../formats/shape.ts';
import { renewal } from './expiry.ts';
import { layout } from './layout.ts';
import { signatureProblem } from './keys.ts';
import { type Envelope, parseEnvelope, type Role, ROLE, type Root, ROOT, type Snapshot, SNAPSHOT, type Targets, TARGETS, type Timestamp, TIMESTAMP, tufTime } from './metadata.ts';
import { type PublisherPorts, stored } from './ports.ts';
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
  /** all but root as they were read, by role: for whoever signs on top of them */
  readonly envelopes: ReadonlyMap<string, Envelope<{ readonly version: number }>>;
};

const MAX_BYTES = 16 * 1024 * 1024;

/** Reads a repository. Hashes are checked; signatures where something is signed on top of a document, and by `repo check`. */
export function readRepository(ports: Files, dir: string): Outcome<Repository, Failure> {
  const settings = readSettings(ports, dir);
  if (!settings.ok) return settings;
  const last = lastRoot(ports, dir);
  if (!last.ok) return last;
  const root = document(ports, layout.versioned(dir, 'root', last.value), ROOT);
  if (!root.ok) return root;
  const timestamp = document(ports, layout.timestamp(dir), TIMESTAMP);
  if (!timestamp.ok) return timestamp;
  const named = timestamp.value.signed.meta['snapshot.json'];
  const snapshot = document(ports, layout.versioned(dir, 'snapshot', named.version), SNAPSHOT, named.hashes.sha256);
  if (!snapshot.ok) return snapshot;
  const meta = snapshot.value.signed.meta.get('targets.json');
  if (meta === undefined) return fail('repo-damaged', { path: layout.versioned(dir, 'snapshot', named.version), problem: 'it names no targets.json' });
  const targets = document(ports, layout.versioned(dir, 'targets', meta.version), TARGETS, meta.hashes.sha256);
  if (!targets.ok) return targets;
  const roles = readRoles(ports, dir, snapshot.value.signed);
  if (!roles.ok) return roles;
  return ok({
    dir,
    settings: settings.value,
    root: root.value.signed,
    timestamp: timestamp.value.signed,
    snapshot: snapshot.value.signed,
    targets: targets.value.signed,
    roles: new Map([...roles.value].map(([id, { signed }]) => [id, signed])),
    envelopes: new Map<string, Envelope<{ readonly version: number }>>([['timestamp', timestamp.value], ['snapshot', snapshot.value], ['targets', targets.value], ...roles.value]),
  });
}

/** The same for a command that publishes: refused where root or targets have expired, as no client would take what it signs. */
export function readLive(ports: Pick<PublisherPorts, 'files' | 'clock'>, dir: string): Outcome<Repository, Failure> {
  const read = readRepository(ports, dir);
  if (!read.ok) return read;
  const { root, targets } = read.value;
  const ended = (['root', 'targets'] as const).find((role) => ({ root, targets })[role].expires <= ports.clock.now());
  if (ended === undefined) return read;
  return fail('repo-expired', { role: ended, at: tufTime({ root, targets }[ended].expires), command: renewal(ended, dir) });
}

/** Every root from the first, each signed by the one before it and by itself, as clients walk them (TUF 5.3). */
export function readRoots(ports: Files, dir: string): Outcome<readonly Root[], Failure> {
  const last = lastRoot(ports, dir);
  if (!last.ok) return last;
  const roots: Root[] = [];
  for (let version = 1; version <= last.value; version++) {
    const path = layout.versioned(dir, 'root', version);
    const read = document(ports, path, ROOT);
    if (!read.ok) return read;
    const { signed } = read.value;
    if (signed.version !== version) return fail('repo-damaged', { path, problem: `it says that it is version ${signed.version}` });
    for (const by of [roots.at(-1) ?? signed, signed]) {
      const problem = signatureProblem(read.value, by.keys, by.roles.root);
      if (problem !== undefined) return fail('repo-unsigned', { path, problem });
    }
    roots.push(signed);
  }
  return ok(roots);
}

function readRoles(ports: Files, dir: string, snapshot: Snapshot): Outcome<ReadonlyMap<string, Envelope<Role>>, Failure> {
  const roles = new Map<string, Envelope<Role>>();
  for (const [name, meta] of snapshot.meta) {
    if (name === 'targets.json') continue;
    const id = name.slice(0, -'.json'.length);
    const role = document(ports, layout.versioned(dir, id, meta.version), ROLE, meta.hashes.sha256);
    if (!role.ok) return role;
    roles.set(id, role.value);
  }
  return ok(roles);
}

function document<T>(ports: Files, path: string, shape: Shape<T>, sha256?: string): Outcome<Envelope<T>, Failure> {
  const bytes = ports.files.read(path, MAX_BYTES);
  if (!bytes.ok) return bytes.failure.kind === 'absent' ? fail('repo-damaged', { path, problem: 'it is missing' }) : stored(bytes);
  if (sha256 !== undefined && sha256Of(bytes.value) !== sha256) return fail('repo-damaged', { path, problem: 'its hash is not the one that was signed' });
  const parsed = parseEnvelope(shape, bytes.value);
  return parsed.ok ? parsed : fail('repo-damaged', { path, problem: parsed.failure });
}

/** The version of the newest root. */
export function lastRoot({ files }: Files, dir: string): Outcome<number, Failure> {
  const path = layout.metadata(dir);
  const listed = files.list(path);
  if (!listed.ok) return listed.failure.kind === 'absent' ? fail('repo-absent', { path: dir, problem: `${path} is not there` }) : stored(listed);
  const versions = listed.value.flatMap((e) => /^([1-9][0-9]*)\.root\.json$/.exec(e.name)?.[1] ?? []).map(Number);
  return versions.length > 0 ? ok(Math.max(...versions)) : fail('repo-absent', { path: dir, problem: `${path} has no root` });
}
