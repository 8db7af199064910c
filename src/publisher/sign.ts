import { type Failure, fail, type Instant, ok, type Outcome } from '../model/index.ts';
import { type Keys, trustedSigners } from './keyring.ts';
import { signatureProblem, signDocument, type Signer } from './keys.ts';
import { isTopRole, layout, type TopRole } from './layout.ts';
import { fileOf, type Role, type RoleKeys, type Root, SPEC_VERSION, type Targets, type VersionedFile } from './metadata.ts';
import type { PublisherPorts } from './ports.ts';
import type { Repository } from './repository.ts';

const DAY_MS = 86_400_000;

/** When signatures made now end, in whole seconds, as metadata writes them. */
const until = (now: Instant, days: number): Instant => Math.floor(now / 1000) * 1000 + days * DAY_MS;

/** What a command changes. Root only where it is given; snapshot and timestamp always, but where `online` says less. */
export type Changes = {
  readonly root?: Pick<Root, 'keys' | 'roles'>;
  readonly targets?: Pick<Targets, 'custom' | 'delegations' | 'targets'>;
  /** by component: what its role names */
  readonly roles?: ReadonlyMap<string, Role['targets']>;
  /** `timestamp`: it alone, for the snapshot that there is. `none`: neither, for a root whose other roles keep their keys. */
  readonly online?: 'none' | 'timestamp';
};

/** Where keys are, and the moment that everything is dated by. */
export type Signing = { readonly keys: readonly string[]; readonly fresh?: readonly Signer[]; readonly now: Instant };

/** A new state of the repository, ready to be written in the order of `documents`. */
export type Signed = {
  readonly documents: readonly { readonly role: string; readonly path: string; readonly bytes: Uint8Array; readonly version: number; readonly expires: Instant }[];
  /** roles whose old keys were not within reach: see `bridge` */
  readonly bridged: readonly TopRole[];
};

type Signers = ReadonlyMap<string, readonly Signer[]>;

/**
 * Signs a new state in memory: nothing is written, and a key that is missing is told before anything is. Where root names other keys for a
 * role, its documents bear signatures of the old keys and of the new ones, and root comes last, so that at every moment, whichever of the two roots
 * a reader holds, what there is is signed for it.
 */
export function signChanges(ports: PublisherPorts, repository: Repository, changes: Changes, { keys, fresh = [], now }: Signing): Outcome<Signed, Failure> {
  const unsigned = carriedProblem(repository, changes);
  if (unsigned !== undefined) return unsigned;
  const found = findSigners(ports, repository, changes, { folders: keys, fresh });
  if (!found.ok) return found;
  const { signers, bridged } = found.value;
  const first = bridge(repository, changes, bridged, signers, now);
  const last = newRoot(repository, changes, first.length, signers, now);
  return ok({ documents: [...first, ...below(repository, changes, signers, now), ...last], bridged });
}

/**
 * Nothing is signed on top of what its own keys did not sign: whoever can write to the folder could have put it there. A new root takes all
 * else along, so that everything is looked at then.
 */
function carriedProblem({ dir, root, targets, envelopes }: Repository, changes: Changes): Outcome<never, Failure> | undefined {
  const delegated = new Map(targets.delegations.roles.map((role) => [role.name, role]));
  for (const role of carried(changes, [...envelopes.keys()])) {
    const envelope = envelopes.get(role);
    const by = isTopRole(role) ? root.roles[role] : delegated.get(role);
    // a component that is only being added
    if (envelope === undefined || by === undefined) continue;
    const problem = signatureProblem(envelope, isTopRole(role) ? root.keys : targets.delegations.keys, by);
    const path = role === 'timestamp' ? layout.timestamp(dir) : layout.versioned(dir, role, envelope.signed.version);
    if (problem !== undefined) return fail('repo-unsigned', { path, problem });
  }
  return undefined;
}

/** The roles whose content goes into what is signed. */
function carried({ root, targets, roles, online }: Changes, all: readonly string[]): readonly string[] {
  if (root !== undefined && online !== 'none') return all;
  const changed = [...(roles?.keys() ?? [])];
  return targets === undefined && changed.length === 0 ? [] : ['targets', ...changed];
}

/** Every key that will be needed. */
function findSigners(ports: PublisherPorts, repository: Repository, changes: Changes, keys: Keys): Outcome<{ readonly signers: Signers; readonly bridged: readonly TopRole[] }, Failure> {
  const before = repository.root.roles;
  const after = changes.root?.roles ?? before;
  const signers = new Map<string, readonly Signer[]>();
  const bridged: TopRole[] = [];
  for (const role of signedRoles(changes)) {
    const now = trustedSigners(ports, keys, role, after[role]);
    if (!now.ok) return now;
    const old = sameKeys(before[role], after[role]) ? now : trustedSigners(ports, keys, role, before[role]);
    // a root that its predecessor's keys do not sign is none; any other role can be bridged
    if (!old.ok && role === 'root') return old;
    if (!old.ok) bridged.push(role);
    signers.set(role, distinct([...(old.ok ? old.value : []), ...now.value]));
  }
  const { roles } = (changes.targets ?? repository.targets).delegations;
  for (const id of changes.roles?.keys() ?? []) {
    const by = roles.find((r) => r.name === id);
    const found: Outcome<readonly Signer[], Failure> = by === undefined ? fail('repo-component-unknown', { id, known: roles.map((r) => r.name).join(', ') }) : trustedSigners(ports, keys, id, by);
    if (!found.ok) return found;
    signers.set(id, found.value);
  }
  return ok({ signers, bridged });
}

/** The top roles that a change makes a document of. */
function signedRoles({ root, targets, online }: Changes): readonly TopRole[] {
  return [
    ...(root === undefined ? [] : (['root'] as const)),
    ...(targets === undefined ? [] : (['targets'] as const)),
    ...(online === undefined ? (['snapshot'] as const) : []),
    ...(online === 'none' ? [] : (['timestamp'] as const)),
  ];
}

const sameKeys = (a: RoleKeys, b: RoleKeys): boolean => a.threshold === b.threshold && a.keyids.join() === b.keyids.join();
const distinct = (signers: readonly Signer[]): readonly Signer[] => [...new Map(signers.map((s) => [s.keyid, s])).values()];

type Documents = Signed['documents'];

/**
 * Where an old key is lost, nothing can be signed for both roots. A root that trusts the old and the new keys of that role stands between
 * them then: it is written first, and what the old keys signed holds under it until the new documents are there.
 */
function bridge({ dir, root, settings }: Repository, { root: next }: Changes, bridged: readonly TopRole[], signers: Signers, now: Instant): Documents {
  if (next === undefined || bridged.length === 0) return [];
  const roles = { ...root.roles };
  for (const role of bridged) roles[role] = { ...next.roles[role], keyids: [...new Set([...root.roles[role].keyids, ...next.roles[role].keyids])] };
  const keys = new Map([...root.keys, ...next.keys]);
  return [rootDocument(dir, { ...root, keys, roles, version: root.version + 1, expires: until(now, settings.expiryDays.root) }, signers)];
}

function newRoot({ dir, root, settings }: Repository, { root: next }: Changes, between: number, signers: Signers, now: Instant): Documents {
  if (next === undefined) return [];
  const version = root.version + between + 1;
  return [rootDocument(dir, { ...root, ...next, version, expires: until(now, settings.expiryDays.root) }, signers)];
}

function rootDocument(dir: string, root: Root, signers: Signers): Documents[number] {
  const { version, expires } = root;
  return { role: 'root', path: layout.versioned(dir, 'root', version), bytes: signDocument(root, signers.get('root') ?? []), version, expires };
}

/** What root vouches for, in the order in which it is written: components, targets, snapshot, timestamp. */
function below(repository: Repository, changes: Changes, signers: Signers, now: Instant): Documents {
  const { dir, settings, snapshot: before, timestamp: last } = repository;
  const ends = (role: TopRole): Instant => until(now, settings.expiryDays[role]);
  const common = (role: TopRole, version: number) => ({ expires: ends(role), spec_version: SPEC_VERSION, version });
  const by = (role: string): readonly Signer[] => signers.get(role) ?? [];
  const documents: Documents[number][] = [];
  const meta = new Map(before.meta);
  const add = (role: string, signed: Targets | Role): void => {
    const bytes = signDocument(signed, by(role));
    const { version, expires } = signed;
    meta.set(`${role}.json`, { ...fileOf(bytes), version });
    documents.push({ role, path: layout.versioned(dir, role, version), bytes, version, expires });
  };
  const next = (role: string): number => (before.meta.get(`${role}.json`)?.version ?? 0) + 1;
  for (const [id, targets] of changes.roles ?? []) add(id, { _type: 'targets', ...common('targets', next(id)), targets });
  if (changes.targets !== undefined) add('targets', { _type: 'targets', ...common('targets', next('targets')), ...changes.targets });
  let named: VersionedFile = last.meta['snapshot.json'];
  if (changes.online === undefined) {
    const version = named.version + 1;
    const bytes = signDocument({ _type: 'snapshot', ...common('snapshot', version), meta }, by('snapshot'));
    named = { ...fileOf(bytes), version };
    documents.push({ role: 'snapshot', path: layout.versioned(dir, 'snapshot', version), bytes, version, expires: ends('snapshot') });
  }
  if (changes.online === 'none') return documents;
  const version = last.version + 1;
  const bytes = signDocument({ _type: 'timestamp', ...common('timestamp', version), meta: { 'snapshot.json': named } }, by('timestamp'));
  documents.push({ role: 'timestamp', path: layout.timestamp(dir), bytes, version, expires: ends('timestamp') });
  return documents;
}
