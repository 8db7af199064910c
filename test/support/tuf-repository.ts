import { createHash } from 'node:crypto';
import { type Instant, rfc3339 } from '../../src/model/index.ts';
import { newSigner, type Signer, type SignerKind } from './tuf-signer.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonGroup = { readonly [key: string]: Json };
/** Changes what is about to be signed, or the whole file after signing. */
export type Edit = (value: JsonGroup) => JsonGroup;

export type RoleState = {
  version: number;
  expires: Instant;
  threshold: number;
  /** whom root, or the delegation, names */
  keys: Signer[];
  /** who really signs; usually the same */
  signers: Signer[];
};

export const DAY = 86_400_000;
const utf8 = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const seconds = (at: Instant): string => `${rfc3339(at).slice(0, 19)}Z`;

/** One release as a catalog has it, with what is not under test filled in. */
export function release(sequence: number, date: Instant, more: JsonGroup = {}): JsonGroup {
  const zeros = '0'.repeat(64);
  return {
    sequence,
    version: `1.${sequence}`,
    date: rfc3339(date),
    package: { sha256: zeros, size: 10, unpackedSize: 20, format: 'tar+zstd' },
    ...more,
  };
}

/**
 * A repository that lives in memory, signs for itself and lies on demand. Change its parts, call `write`, and read `files` (path to
 * bytes, as a web server would have them). `edits` change a role before it is signed, `wraps` the file after.
 */
export class TufRepository {
  readonly files = new Map<string, Uint8Array>();
  readonly edits = new Map<string, Edit>();
  readonly wraps = new Map<string, Edit>();
  /** `hashes`: timestamp and snapshot name length and hash of each file; `versions`: its version only */
  pins: 'hashes' | 'versions' = 'hashes';
  readonly catalogs = new Map<string, JsonGroup>();
  readonly #roles = new Map<string, RoleState>();
  readonly #now: Instant;
  readonly #kind: SignerKind;

  constructor(now: Instant, kind: SignerKind = 'ed25519') {
    this.#now = now;
    this.#kind = kind;
    for (const role of ['root', 'timestamp', 'snapshot', 'targets']) this.#addRole(role);
  }

  #addRole(role: string): void {
    const keys = [newSigner(this.#kind)];
    this.#roles.set(role, { version: 1, expires: this.#now + 30 * DAY, threshold: 1, keys, signers: keys });
  }

  role(name: string): RoleState {
    const role = this.#roles.get(name);
    if (role === undefined) throw new Error(`no role ${name}`);
    return role;
  }

  /** A component with its own role and key, and one release a sequence, newest first, each a day older than the one before. */
  component(id: string, ...sequences: number[]): this {
    if (!this.#roles.has(id)) this.#addRole(id);
    const releases = sequences.map((s, i) => release(s, this.#now - (i + 1) * DAY));
    this.catalogs.set(id, { schema: 'glued.catalog/1', component: id, releases, revoked: [] });
    return this;
  }

  removeComponent(id: string): void {
    this.#roles.delete(id);
    this.catalogs.delete(id);
  }

  /** New keys for roles, named by a new root where they are root's to name. */
  rotate(...names: string[]): void {
    for (const name of names) {
      const role = this.role(name);
      role.keys = [newSigner(this.#kind)];
      role.signers = name === 'root' ? [...role.signers, ...role.keys] : role.keys;
    }
    this.role('root').version++;
  }

  /** Raises versions, and writes everything. */
  publish(...roles: string[]): this {
    for (const role of roles) this.role(role).version++;
    return this.write();
  }

  /** A new version of all that follows from a changed catalog. */
  release(id: string, ...sequences: number[]): this {
    return this.component(id, ...sequences).publish(id, 'snapshot', 'timestamp');
  }

  /** Signs and writes every file at its current version. */
  write(): this {
    const meta: Record<string, Json> = {};
    const components = [...this.catalogs.keys()];
    for (const id of components) meta[`${id}.json`] = this.#pin(id, this.#sign(id, { _type: 'targets', targets: { [`catalog/${id}.json`]: this.#target(id) } }));
    meta['targets.json'] = this.#pin('targets', this.#sign('targets', { _type: 'targets', targets: {}, delegations: this.#delegations(components) }));
    const snapshot = this.#sign('snapshot', { _type: 'snapshot', meta });
    this.#sign('timestamp', { _type: 'timestamp', meta: { 'snapshot.json': this.#pin('snapshot', snapshot) } });
    this.#sign('root', { _type: 'root', consistent_snapshot: true, ...this.#keyring(['root', 'timestamp', 'snapshot', 'targets']) });
    return this;
  }

  #target(id: string): Json {
    const bytes = utf8(this.catalogs.get(id));
    this.files.set(`targets/catalog/${sha256(bytes)}.${id}.json`, bytes);
    return { length: bytes.length, hashes: { sha256: sha256(bytes) } };
  }

  #keyring(names: readonly string[]): { readonly keys: JsonGroup; readonly roles: JsonGroup } {
    const keys: Record<string, Json> = {};
    const roles: Record<string, Json> = {};
    for (const name of names) {
      const role = this.role(name);
      for (const signer of role.keys) keys[signer.id] = { ...signer.key };
      roles[name] = { keyids: role.keys.map((k) => k.id), threshold: role.threshold };
    }
    return { keys, roles };
  }

  #delegations(ids: readonly string[]): Json {
    const { keys, roles } = this.#keyring(ids);
    const list = ids.map((id) => ({ name: id, terminating: true, paths: [`catalog/${id}.json`], ...Object(roles[id]) }));
    return { keys, roles: list };
  }

  #pin(role: string, bytes: Uint8Array): Json {
    const { version } = this.role(role);
    return this.pins === 'versions' ? { version } : { version, length: bytes.length, hashes: { sha256: sha256(bytes) } };
  }

  #sign(name: string, part: JsonGroup): Uint8Array {
    const { version, expires, signers } = this.role(name);
    const plain: JsonGroup = { spec_version: '1.0.31', version, expires: seconds(expires), ...part };
    const signed = this.edits.get(name)?.(plain) ?? plain;
    const envelope: JsonGroup = { signatures: signers.map((s) => ({ keyid: s.id, sig: s.sign(signed) })), signed };
    const bytes = utf8(this.wraps.get(name)?.(envelope) ?? envelope);
    this.files.set(`metadata/${name === 'timestamp' ? '' : `${version}.`}${name}.json`, bytes);
    return bytes;
  }
}

/** A new repository, written once. */
export function repository(now: Instant, components: Readonly<Record<string, readonly number[]>>, kind: SignerKind = 'ed25519'): TufRepository {
  const repo = new TufRepository(now, kind);
  for (const [id, sequences] of Object.entries(components)) repo.component(id, ...sequences);
  return repo.write();
}
