import { type ComponentId, type Failure, failureText, type MetadataStore, ok, type Outcome } from '../model/index.ts';
import { type Envelope, openEnvelope } from './envelope.ts';
import { MAX_BYTES } from './limits.ts';
import { rememberBytes } from './memo.ts';

/** Where a cached document is said to be from. */
export const FROM_CACHE = 'the cache';

/** The store as the workflow sees it: each document is read and parsed once in a run. What is cached is believed no more than what is fetched. */
export type Vault = {
  /** the cached document, parsed and not verified, or undefined where there is none that can be parsed */
  read(role: string): Envelope | undefined;
  /** keeps a document that was verified */
  keep(envelope: Envelope): Outcome<undefined, Failure>;
  /** a cached document that cannot be verified goes, and a note says why */
  discard(role: string, why: Failure): void;
  /** the cached catalog's bytes: the same array each time, so that they are parsed once */
  catalog(id: ComponentId): Uint8Array | undefined;
  keepCatalog(id: ComponentId, bytes: Uint8Array): Outcome<undefined, Failure>;
  readonly store: MetadataStore;
  readonly notes: string[];
};

/** Read anew in each run, and parsed and verified anew only where it changed: what is known of an envelope hangs on the object (memo.ts). */
const opening = rememberBytes((role, bytes) => openEnvelope(role, FROM_CACHE, bytes, MAX_BYTES.targets));
/** The same array for the same bytes: what was read from a catalog hangs on it. */
const theSame = rememberBytes((_id, bytes) => bytes);

/** A publisher's change of keys is no alarm: every machine discards once what the old ones signed (TUF 5.3.11). */
function whyDiscarded(why: Failure): string {
  return why.why === 'signature-threshold' ? 'the keys that count now did not sign it: they were changed, or this copy was.' : failureText(why);
}

/** Opens the store for one run. */
export function openVault(store: MetadataStore): Vault {
  const known = new Map<string, Envelope | undefined>();
  const catalogs = new Map<ComponentId, Uint8Array | undefined>();
  const notes: string[] = [];
  const discard = (role: string, why: Failure): void => {
    known.set(role, undefined);
    store.drop(role);
    notes.push(`The cached metadata of ${role} was discarded, to be fetched again: ${whyDiscarded(why)}`);
  };
  return {
    store,
    notes,
    discard,
    read(role) {
      if (known.has(role)) return known.get(role);
      const bytes = store.get(role);
      const opened = bytes === undefined ? undefined : opening(role, bytes);
      known.set(role, opened?.ok === true ? opened.value : undefined);
      if (opened?.ok === false) discard(role, opened.failure);
      return known.get(role);
    },
    keep(envelope) {
      const put = store.put(envelope.role, envelope.bytes);
      if (!put.ok) return put;
      known.set(envelope.role, envelope);
      return ok();
    },
    catalog(id) {
      if (!catalogs.has(id)) {
        const bytes = store.getCatalog(id);
        catalogs.set(id, bytes === undefined ? undefined : theSame(id, bytes));
      }
      return catalogs.get(id);
    },
    keepCatalog(id, bytes) {
      const put = store.putCatalog(id, bytes);
      if (put.ok) catalogs.set(id, bytes);
      return put;
    },
  };
}
