import { asComponentId, type Catalog, CATALOG_MAX_BYTES, fail, type Failure, failure, type Instant, ok, type Outcome, type PausedHere, type Ports, type RepoCounts, type RevokedHere, sha256Of } from '../model/index.ts';
import type { Shape } from '../formats/shape.ts';
import { parseCatalog } from '../formats/catalog.ts';
import { checkDelta } from './check-delta.ts';
import { checkPackage } from './check-package.ts';
import { doubtfulRevocations, pausedIn, revokedIn } from './check-revocations.ts';
import { ending, type Lifetimes, renewal } from './expiry.ts';
import { catalogTarget, layout } from './layout.ts';
import { signatureProblem } from './keys.ts';
import { type Envelope, type Key, parseEnvelope, ROLE, type Role, ROOT, type RoleKeys, type Root, SNAPSHOT, TARGETS, type Targets, TIMESTAMP, type VersionedFile } from './metadata.ts';
import { type CatalogRead, vainRequirements } from './requirements.ts';
import { lastRoot } from './repository.ts';
import { DEFAULT_EXPIRY_DAYS, readSettings } from './settings.ts';

type CheckPorts = Pick<Ports, 'files' | 'clock'>;

/** What `repo check` found: problems make clients refuse something, warnings soon will. */
export type CheckReport = {
  readonly dir: string;
  /** until when the signatures of each role hold, the first to end first */
  readonly expires: readonly { readonly role: string; readonly at: Instant }[];
  readonly problems: readonly Failure[];
  readonly warnings: readonly Failure[];
  readonly counts: RepoCounts;
  readonly revoked: readonly RevokedHere[];
  readonly paused: readonly PausedHere[];
};

const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Reads the whole repository as a client would: every signature, hash, size and date, every catalog, every package through the strict reader, every
 * delta applied. It
 * writes nothing, needs no key, and goes on after a problem wherever there is something left to look at.
 */
export async function checkRepository(ports: CheckPorts, options: { readonly dir: string; readonly signal?: AbortSignal }): Promise<Outcome<CheckReport, Failure>> {
  const last = lastRoot(ports, options.dir);
  if (!last.ok) return last;
  // a copy to be served has no settings
  const settings = readSettings(ports, options.dir);
  const lifetimes = settings.ok ? settings.value.expiryDays : DEFAULT_EXPIRY_DAYS;
  const signal = options.signal ?? new AbortController().signal;
  const check = new Check(ports, options.dir, lifetimes, signal);
  await check.run(last.value);
  return signal.aborted ? fail('interrupted', { signal: 'a signal' }) : ok(check.report());
}

class Check {
  private readonly ports: CheckPorts;
  private readonly dir: string;
  private readonly lifetimes: Lifetimes;
  private readonly signal: AbortSignal;
  private readonly now: Instant;
  private readonly problems: Failure[] = [];
  private readonly warnings: Failure[] = [];
  private readonly seen = new Set<string>();
  private readonly expires: { readonly role: string; readonly at: Instant }[] = [];
  private readonly revoked: RevokedHere[] = [];
  private readonly paused: PausedHere[] = [];
  private readonly catalogs: CatalogRead[] = [];
  private counts = { metadata: 0, components: 0, releases: 0, packages: 0, deltas: 0, bytes: 0 };

  constructor(ports: CheckPorts, dir: string, lifetimes: Lifetimes, signal: AbortSignal) {
    this.ports = ports;
    this.dir = dir;
    this.lifetimes = lifetimes;
    this.signal = signal;
    this.now = ports.clock.now();
  }

  report(): CheckReport {
    return { dir: this.dir, expires: this.expires.toSorted((a, b) => a.at - b.at), problems: this.problems, warnings: this.warnings, counts: this.counts, revoked: this.revoked, paused: this.paused };
  }

  async run(lastVersion: number): Promise<void> {
    const root = this.roots(lastVersion);
    if (root === undefined) return;
    const timestamp = this.read('timestamp', layout.timestamp(this.dir), TIMESTAMP, root.keys, root.roles.timestamp);
    if (timestamp === undefined) return;
    const snapshot = this.versioned('snapshot', timestamp.meta['snapshot.json'], SNAPSHOT, root.keys, root.roles.snapshot);
    if (snapshot === undefined) return;
    const named = snapshot.meta.get('targets.json');
    if (named === undefined) return this.problem('check-malformed', layout.versioned(this.dir, 'snapshot', snapshot.version), 'it names no targets.json');
    const targets = this.versioned('targets', named, TARGETS, root.keys, root.roles.targets);
    if (targets !== undefined) await this.components(targets, snapshot.meta);
  }

  /** Every root from the first: an endpoint that was off for years walks through all of them (TUF 5.3). */
  private roots(lastVersion: number): Root | undefined {
    let current: Root | undefined;
    for (let version = 1; version <= lastVersion; version++) {
      const path = layout.versioned(this.dir, 'root', version);
      const envelope = this.parse(path, ROOT);
      if (envelope === undefined) return undefined;
      const { signed } = envelope;
      if (signed.version !== version) this.problem('check-version', path, `it says that it is version ${signed.version}`);
      for (const by of current === undefined ? [signed] : [current, signed]) this.verify(path, envelope, by.keys, by.roles.root);
      if (!signed.consistent_snapshot) this.problem('check-malformed', path, 'consistent_snapshot is not true');
      current = signed;
    }
    if (current !== undefined) this.expiry(layout.versioned(this.dir, 'root', lastVersion), current.expires, 'root');
    this.rootCopy();
    return current;
  }

  /** What administrators hand out must be one of the roots. */
  private rootCopy(): void {
    const path = layout.rootCopy(this.dir);
    const bytes = this.bytes(path, MAX_BYTES);
    const copy = bytes === undefined ? undefined : parseEnvelope(ROOT, bytes);
    if (bytes === undefined || copy === undefined) return;
    const original = copy.ok ? this.ports.files.read(layout.versioned(this.dir, 'root', copy.value.signed.version), MAX_BYTES) : undefined;
    if (original?.ok !== true || sha256Of(original.value) !== sha256Of(bytes)) this.problem('check-signature', path, 'it is none of the roots in metadata/');
  }

  private async components(targets: Targets, meta: ReadonlyMap<string, VersionedFile>): Promise<void> {
    for (const delegated of targets.delegations.roles) {
      const named = meta.get(`${delegated.name}.json`);
      if (named === undefined) {
        this.problem('check-malformed', layout.metadata(this.dir), `the snapshot does not name the role ${delegated.name}`);
        continue;
      }
      this.counts.components++;
      const role = this.versioned(delegated.name, named, ROLE, targets.delegations.keys, delegated);
      if (role === undefined) continue;
      const catalog = this.catalog(delegated.name, role);
      if (catalog === undefined) continue;
      await this.packages(catalog);
      await this.deltas(catalog);
    }
    // one by one: a call takes no more than some 120 000 arguments
    for (const warning of vainRequirements(this.catalogs, new Set(targets.delegations.roles.map(({ name }) => name)))) this.warnings.push(warning);
  }

  private catalog(name: string, role: Role): Catalog | undefined {
    const id = asComponentId(name);
    const target = role.targets.get(catalogTarget(name));
    const rolePath = layout.versioned(this.dir, name, role.version);
    if (id === undefined || target === undefined || role.targets.size !== 1) {
      this.problem('check-malformed', rolePath, `it does not name exactly its own ${catalogTarget(name)}`);
      return undefined;
    }
    const path = layout.catalog(this.dir, name, target.hashes.sha256);
    const bytes = this.bytes(path, CATALOG_MAX_BYTES, target);
    if (bytes === undefined) return undefined;
    const catalog = parseCatalog(id, bytes);
    if (catalog.ok) {
      this.revoked.push(...revokedIn(catalog.value));
      this.paused.push(...pausedIn(catalog.value));
      this.warnings.push(...doubtfulRevocations(path, catalog.value));
      this.catalogs.push({ file: path, catalog: catalog.value });
      return catalog.value;
    }
    this.problem('check-malformed', path, catalog.failure);
    return undefined;
  }

  private async packages(catalog: Catalog): Promise<void> {
    for (const release of catalog.releases) {
      this.counts.releases++;
      if (this.seen.has(release.package.sha256)) continue;
      this.seen.add(release.package.sha256);
      const found = await checkPackage(this.ports, this.dir, release, this.signal);
      if (found !== undefined) this.problems.push(found);
      this.counts.packages++;
      this.counts.bytes += release.package.size;
    }
  }

  private async deltas(catalog: Catalog): Promise<void> {
    for (const release of catalog.releases) {
      for (const delta of release.deltas) {
        const found = await checkDelta(this.ports, this.dir, catalog, release, delta, this.signal);
        if (found !== undefined) this.problems.push(found);
        this.counts.deltas++;
        this.counts.bytes += delta.size;
      }
    }
  }

  private versioned<T extends { readonly version: number; readonly expires: Instant }>(
    role: string,
    named: VersionedFile,
    shape: Shape<T>,
    keys: ReadonlyMap<string, Key>,
    roleKeys: RoleKeys,
  ): T | undefined {
    const path = layout.versioned(this.dir, role, named.version);
    if (this.bytes(path, MAX_BYTES, named) === undefined) return undefined;
    const signed = this.read(role, path, shape, keys, roleKeys);
    if (signed !== undefined && signed.version !== named.version) this.problem('check-version', path, `it says that it is version ${signed.version}`);
    return signed;
  }

  private read<T extends { readonly expires: Instant }>(
    role: string,
    path: string,
    shape: Shape<T>,
    keys: ReadonlyMap<string, Key>,
    roleKeys: RoleKeys,
  ): T | undefined {
    const envelope = this.parse(path, shape);
    if (envelope === undefined || !this.verify(path, envelope, keys, roleKeys)) return undefined;
    this.expiry(path, envelope.signed.expires, role);
    return envelope.signed;
  }

  private parse<T>(path: string, shape: Shape<T>): Envelope<T> | undefined {
    const bytes = this.bytes(path, MAX_BYTES);
    if (bytes === undefined) return undefined;
    this.counts.metadata++;
    const parsed = parseEnvelope(shape, bytes);
    if (parsed.ok) return parsed.value;
    this.problem('check-malformed', path, parsed.failure);
    return undefined;
  }

  private verify(path: string, envelope: Envelope<unknown>, keys: ReadonlyMap<string, Key>, role: RoleKeys): boolean {
    const problem = signatureProblem(envelope, keys, role);
    if (problem !== undefined) this.problem('check-signature', path, problem);
    return problem === undefined;
  }

  /** A small file's bytes, held to what names it. */
  private bytes(path: string, maxBytes: number, named?: { readonly length: number; readonly hashes: { readonly sha256: string } }): Uint8Array | undefined {
    const bytes = this.ports.files.read(path, maxBytes);
    if (!bytes.ok) {
      this.problem('check-malformed', path, bytes.failure.kind === 'absent' ? 'it is missing' : `it cannot be read (${bytes.failure.detail})`);
      return undefined;
    }
    if (named === undefined) return bytes.value;
    const isRight = bytes.value.length === named.length && sha256Of(bytes.value) === named.hashes.sha256;
    if (!isRight) this.problem('check-signature', path, 'its length or hash is not the one that was signed');
    return isRight ? bytes.value : undefined;
  }

  private expiry(file: string, expires: Instant, role: string): void {
    this.expires.push({ role, at: expires });
    const end = ending(role, expires, this.now, this.lifetimes);
    if (end === undefined) return;
    (end.when === 'ended' ? this.problems : this.warnings).push(failure('check-expired', { file, problem: end.text, remedy: `Run: ${renewal(role, this.dir)}` }));
  }

  private problem(why: 'check-signature' | 'check-version' | 'check-malformed', file: string, problem: string): void {
    this.problems.push(failure(why, { file, problem }));
  }
}
