import { type Failure, fail, type Instant, ok, type Outcome } from '../model/index.ts';
import { FILE_MODE, KEPT_VERSIONS, keyName, layout, type TopRole } from './layout.ts';
import { readKey, signDocument, type Signer } from './keys.ts';
import { fileOf, type Role, type RoleKeys, SPEC_VERSION, type Targets, type VersionedFile } from './metadata.ts';
import { join } from 'node:path';
import { type PublisherPorts, stored } from './ports.ts';
import type { Repository } from './repository.ts';

const DAY_MS = 86_400_000;
const MAX_KEYS = 32;

/** What a command changes. Snapshot and timestamp are always made anew. */
export type Changes = { readonly targets?: Pick<Targets, 'custom' | 'delegations' | 'targets'>; readonly role?: { readonly id: string; readonly targets: Role['targets'] } };

/** Where keys are, and the moment that everything is dated by. */
export type Signing = { readonly keys: string; readonly now: Instant };

/**
 * Signs and writes a new state: the component's role, targets, snapshot, timestamp last. Each is a new file, and timestamp.json is replaced by
 * one rename, so a reader has the old state or the new one. An interruption leaves files that nothing names; the next command writes over them.
 */
export function commit(ports: PublisherPorts, repository: Repository, changes: Changes, signing: Signing): Outcome<undefined, Failure> {
  const { dir, settings } = repository;
  const meta = new Map(repository.snapshot.meta);
  const until = (role: TopRole): Instant => signing.now + settings.expiryDays[role] * DAY_MS;
  const signers = allSigners(ports, repository, changes, signing.keys);
  if (!signers.ok) return signers;
  const write = (role: string, version: number, bytes: Uint8Array): Outcome<undefined, Failure> =>
    stored(ports.files.replace(layout.versioned(dir, role, version), bytes, FILE_MODE));
  const add = (role: string, signed: Targets | Role, by: readonly Signer[]): Outcome<undefined, Failure> => {
    const bytes = signDocument(signed, by);
    meta.set(`${role}.json`, { ...fileOf(bytes), version: signed.version });
    return write(role, signed.version, bytes);
  };
  const next = (role: string): number => (repository.snapshot.meta.get(`${role}.json`)?.version ?? 0) + 1;
  if (changes.role !== undefined) {
    const { id, targets } = changes.role;
    const done = add(id, { _type: 'targets', expires: until('targets'), spec_version: SPEC_VERSION, targets, version: next(id) }, signers.value.role);
    if (!done.ok) return done;
  }
  if (changes.targets !== undefined) {
    const done = add(
      'targets',
      { _type: 'targets', expires: until('targets'), spec_version: SPEC_VERSION, ...changes.targets, version: next('targets') },
      signers.value.targets,
    );
    if (!done.ok) return done;
  }
  const version = repository.timestamp.meta['snapshot.json'].version + 1;
  const snapshot = signDocument({ _type: 'snapshot', expires: until('snapshot'), spec_version: SPEC_VERSION, meta, version }, signers.value.snapshot);
  const written = write('snapshot', version, snapshot);
  if (!written.ok) return written;
  const named: VersionedFile = { ...fileOf(snapshot), version };
  const timestamp = signDocument(
    { _type: 'timestamp', expires: until('timestamp'), spec_version: SPEC_VERSION, meta: { 'snapshot.json': named }, version: repository.timestamp.version + 1 },
    signers.value.timestamp,
  );
  const last = stored(ports.files.replace(layout.timestamp(dir), timestamp, FILE_MODE));
  return last.ok ? prune(ports, dir, new Map([...meta].map(([name, m]) => [name, m.version])).set('snapshot.json', version)) : last;
}

type Signers = { readonly role: readonly Signer[]; readonly targets: readonly Signer[]; readonly snapshot: readonly Signer[]; readonly timestamp: readonly Signer[] };

/** Every key that will be needed, before a byte is written. */
function allSigners(ports: PublisherPorts, repository: Repository, changes: Changes, keys: string): Outcome<Signers, Failure> {
  const { roles } = repository.root;
  const snapshot = topSigners(ports, keys, 'snapshot', roles.snapshot);
  if (!snapshot.ok) return snapshot;
  const timestamp = topSigners(ports, keys, 'timestamp', roles.timestamp);
  if (!timestamp.ok) return timestamp;
  const targets = changes.targets === undefined ? ok([]) : topSigners(ports, keys, 'targets', roles.targets);
  if (!targets.ok) return targets;
  const id = changes.role?.id;
  const delegations = changes.targets?.delegations ?? repository.targets.delegations;
  const role = id === undefined ? ok([]) : componentSigners(ports, keys, id, delegations.roles.find((r) => r.name === id));
  if (!role.ok) return role;
  return ok({ role: role.value, targets: targets.value, snapshot: snapshot.value, timestamp: timestamp.value });
}

function componentSigners(ports: PublisherPorts, keys: string, id: string, role: RoleKeys | undefined): Outcome<readonly Signer[], Failure> {
  const signer = readKey(ports, keys, keyName.component(id), id);
  if (!signer.ok) return signer;
  if (role?.keyids.some((k) => k === signer.value.keyid) === true) return ok([signer.value]);
  return fail('repo-key-wrong', { path: join(keys, keyName.component(id)), role: id });
}

/** The keys of a top role that are in the folder, as many as its threshold asks for. */
function topSigners(ports: PublisherPorts, keys: string, role: TopRole, trusted: RoleKeys): Outcome<readonly Signer[], Failure> {
  const signers: Signer[] = [];
  let problem: Outcome<never, Failure> | undefined;
  for (let number = 1; number <= MAX_KEYS && signers.length < trusted.threshold; number++) {
    const signer = readKey(ports, keys, keyName.top(role, number), role);
    if (!signer.ok) problem ??= signer;
    else if (trusted.keyids.some((k) => k === signer.value.keyid)) signers.push(signer.value);
    else problem ??= fail('repo-key-wrong', { path: join(keys, keyName.top(role, number)), role });
  }
  return signers.length >= trusted.threshold || problem === undefined ? ok(signers) : problem;
}

/** Removes versions older than the ten before the current one. Roots stay: an endpoint walks through all of them. */
function prune(ports: PublisherPorts, dir: string, current: ReadonlyMap<string, number>): Outcome<undefined, Failure> {
  const listed = stored(ports.files.list(layout.metadata(dir)));
  if (!listed.ok) return listed;
  for (const { name } of listed.value) {
    const match = /^([1-9][0-9]*)\.(.+\.json)$/.exec(name);
    const version = current.get(match?.[2] ?? '');
    if (match === null || version === undefined || Number(match[1]) > version - KEPT_VERSIONS) continue;
    const removed = stored(ports.files.remove(join(layout.metadata(dir), name)));
    if (!removed.ok) return removed;
  }
  return ok();
}
