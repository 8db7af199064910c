import { createHash } from 'node:crypto';
import { failure, type Failure, type MetadataStore, ok, type Outcome } from '../../src/model/index.ts';

/** Thrown in place of a put: the process died there. */
export class Killed extends Error {}

/** `MetadataStore` in memory. It can die before or after its nth write, and can be full. */
export class MemoryMetadataStore implements MetadataStore {
  readonly roles = new Map<string, Uint8Array>();
  readonly catalogs = new Map<string, Uint8Array>();
  readonly tags = new Map<string, { readonly url: string; readonly tag: string; readonly of: string }>();
  /** in order: `put ROLE`, `catalog ID` */
  readonly writes: string[] = [];
  /** die at this write (from 1): before it is made, or after */
  dieAt: { readonly write: number; readonly when: 'before' | 'after' } | undefined;
  state: 'works' | 'full' = 'works';

  #write(what: string, act: () => void): Outcome<undefined, Failure> {
    if (this.state === 'full') return { ok: false, failure: failure('state-full', { path: what, op: 'simulated' }) };
    this.writes.push(what);
    const dies = this.dieAt?.write === this.writes.length ? this.dieAt.when : undefined;
    if (dies === 'before') throw new Killed(what);
    act();
    if (dies === 'after') throw new Killed(what);
    return ok();
  }

  get(role: string): Uint8Array | undefined {
    return this.roles.get(role);
  }

  put(role: string, bytes: Uint8Array): Outcome<undefined, Failure> {
    return this.#write(`put ${role}`, () => this.roles.set(role, bytes));
  }

  drop(role: string): void {
    this.roles.delete(role);
    this.tags.delete(role);
  }

  getCatalog(id: string): Uint8Array | undefined {
    return this.catalogs.get(id);
  }

  putCatalog(id: string, bytes: Uint8Array): Outcome<undefined, Failure> {
    return this.#write(`catalog ${id}`, () => this.catalogs.set(id, bytes));
  }

  getTag(role: string, url: string): string | undefined {
    const tag = this.tags.get(role);
    const bytes = this.roles.get(role);
    return tag?.url === url && bytes !== undefined && tag.of === digest(bytes) ? tag.tag : undefined;
  }

  putTag(role: string, url: string, tag: string): void {
    const bytes = this.roles.get(role);
    if (bytes !== undefined) this.tags.set(role, { url, tag, of: digest(bytes) });
  }

  /** another store that holds the same */
  copy(): MemoryMetadataStore {
    const other = new MemoryMetadataStore();
    for (const [role, bytes] of this.roles) other.roles.set(role, bytes);
    for (const [id, bytes] of this.catalogs) other.catalogs.set(id, bytes);
    for (const [role, tag] of this.tags) other.tags.set(role, tag);
    return other;
  }

  /** what is held, as role or catalog to hash: to see that nothing else was kept */
  contents(): Readonly<Record<string, string>> {
    const roles = [...this.roles].map(([role, bytes]): [string, string] => [role, digest(bytes)]);
    const catalogs = [...this.catalogs].map(([id, bytes]): [string, string] => [`catalog ${id}`, digest(bytes)]);
    return Object.fromEntries([...roles, ...catalogs].sort());
  }
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
