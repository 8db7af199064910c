/** For `doctor`: what is trusted here and what a server offers, without keeping or dropping anything. */
import { type Failure, failureText, type Instant, type MetadataStore, ok, type Outcome, type ServerAccess } from '../model/index.ts';
import { readOnlyMetadata } from '../state/index.ts';
import { type Document, openEnvelope, readRoot, readSnapshot, readTargets, readTimestamp } from './envelope.ts';
import { MAX_BYTES } from './limits.ts';
import { type CatalogPorts, sessionWith } from './open.ts';
import { refreshFrom, refreshRoot } from './refresh.ts';
import { ROOT_FILE, startingRoot } from './starting-root.ts';
import { openVault, type Vault } from './vault.ts';

/** The four roles that everything rests on. */
export const TOP_ROLES = ['root', 'timestamp', 'snapshot', 'targets'] as const;
export type TopRole = (typeof TOP_ROLES)[number];
export type RoleSeen = { readonly role: TopRole; readonly version: number; readonly expires: Instant };

/** What the machine holds. Signatures of the cached roles other than root are not looked at: a refresh does that. */
export type TrustHeld = {
  /** the policy's root file itself */
  readonly anchor: Outcome<RoleSeen, Failure>;
  /** the root that trust starts from now */
  readonly root: Outcome<RoleSeen & { readonly from: 'cache' | 'policy' | 'policy-anew' }, Failure>;
  readonly cached: readonly RoleSeen[];
  /** what is broken in the cache; the next refresh mends it */
  readonly notes: readonly string[];
};

const READERS = { root: readRoot, timestamp: readTimestamp, snapshot: readSnapshot, targets: readTargets } as const;

/** Reads the root file and the store; asks no server, changes nothing. */
export function inspectTrust(store: MetadataStore, rootBytes: Uint8Array): TrustHeld {
  const vault = openVault(untouched(store));
  const envelope = openEnvelope('root', ROOT_FILE, rootBytes, MAX_BYTES.root);
  const anchor = envelope.ok ? readRoot(envelope.value) : envelope;
  const start = startingRoot(vault, rootBytes);
  const cached = TOP_ROLES.flatMap((role) => {
    const seen = seenInCache(vault, role);
    return seen === undefined ? [] : [seen];
  });
  return {
    anchor: anchor.ok ? ok(roleOf('root', anchor.value)) : anchor,
    root: start.ok ? ok({ ...roleOf('root', start.value.trust.root), from: start.value.from }) : start,
    cached,
    notes: vault.notes,
  };
}

function seenInCache(vault: Vault, role: TopRole): RoleSeen | undefined {
  const envelope = vault.read(role);
  if (envelope === undefined) return undefined;
  const document = READERS[role](envelope);
  if (document.ok) return roleOf(role, document.value);
  vault.notes.push(`The cached metadata of ${role} cannot be read: ${failureText(document.failure)}`);
  return undefined;
}

const roleOf = (role: TopRole, { version, expires }: Document<unknown>): RoleSeen => ({ role, version, expires });

export type InspectInput = {
  readonly server: ServerAccess;
  readonly store: MetadataStore;
  readonly rootBytes: Uint8Array;
  readonly now: Instant;
  readonly signal: AbortSignal;
  readonly idleTimeoutMs: number;
};

/** A whole refresh from one server, every signature checked, against what is known here; nothing of it is kept. */
export async function inspectServer(ports: CatalogPorts, input: InspectInput): Promise<Outcome<readonly RoleSeen[], Failure>> {
  const { server } = input;
  const vault = openVault(untouched(input.store));
  const start = startingRoot(vault, input.rootBytes);
  if (!start.ok) return start;
  const session = sessionWith(ports, input, vault, server);
  const { trust, end } = await refreshRoot(session, start.value.trust, (envelope) => vault.keep(envelope));
  const refreshed = end.ok ? await refreshFrom(session, trust) : end;
  if (!refreshed.ok) return refreshed;
  const { root, timestamp, snapshot, targets } = refreshed.value;
  return ok([roleOf('root', root), roleOf('timestamp', timestamp), roleOf('snapshot', snapshot), roleOf('targets', targets)]);
}

/** The store, read only. Its tags are not used: a server is asked for the document itself. */
function untouched(store: MetadataStore): MetadataStore {
  return { ...readOnlyMetadata(store), getTag: (role, url) => (url === ROOT_FILE ? store.getTag(role, url) : undefined) };
}
