import type { Failure } from './failure.ts';
import type { Instant } from './ids.ts';
import type { Outcome } from './outcome.ts';

/** Trusted TUF metadata on disk: one file a role, the server's exact bytes (facts/tuf.md). */
export interface MetadataStore {
  /** the role's bytes, or undefined where there are none or they cannot be read (noted) */
  get(role: string): Uint8Array | undefined;
  put(role: string, bytes: Uint8Array): Outcome<undefined, Failure>;
  drop(role: string): void;
  /** a verified catalog's bytes, by component id; whoever reads it verifies it again */
  getCatalog(id: string): Uint8Array | undefined;
  putCatalog(id: string, bytes: Uint8Array): Outcome<undefined, Failure>;
  /** the ETag that `url` gave with the bytes now stored for `role`; undefined where they are not from there */
  getTag(role: string, url: string): string | undefined;
  putTag(role: string, url: string, tag: string): void;
}

/** Where packages are kept until they are installed, and longer within the budget. */
export interface PackageStore {
  /** path of a whole package, hashed again when `check` says so, or undefined */
  find(sha256: string, check: 'size' | 'hash', size: number): string | undefined;
  /** where a partial download of it lives, its length, and what the server said of it (for If-Range) */
  partial(sha256: string): { readonly path: string; readonly length: number; readonly validator?: string };
  setValidator(sha256: string, validator: string | undefined): void;
  /** the partial file, whole and verified and fsynced, becomes the package: rename, fsync the folder, index */
  commit(sha256: string, size: number): Outcome<string, Failure>;
  dropPartial(sha256: string): void;
  /** forgets a whole package or delta that nobody will ask for again */
  drop(sha256: string): void;
  /** removes least recently used packages (never those in `keep`) until `maxBytes` holds */
  trim(maxBytes: number, keep: ReadonlySet<string>): void;
  /** sha256 of every whole package by the index, for the planner */
  known(): ReadonlySet<string>;
  /** what is there of those that are not whole yet: bytes by sha256 */
  begun(): ReadonlyMap<string, number>;
}

/** A server that asked us to wait, last at `since`; `refusals` in a row. Times are the machine's clock. */
export type Cooldown = { readonly server: string; readonly since: Instant; readonly until: Instant; readonly refusals: number };

/** Servers that asked us to wait, kept across runs, by their base address. Whether one still counts is its reader's to say. */
export interface CooldownStore {
  list(): Outcome<readonly Cooldown[], Failure>;
  put(cooldown: Cooldown): Outcome<undefined, Failure>;
  drop(server: string): Outcome<undefined, Failure>;
}
