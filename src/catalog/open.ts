/** From the servers of the policy, in order, to each component's catalog. */
import {
  type CatalogState,
  type Clock,
  type ComponentId,
  failed,
  type Failure,
  type Http,
  type Instant,
  type MetadataStore,
  ok,
  type Outcome,
  type ServerAccess,
} from '../model/index.ts';
import { readOnlyMetadata } from '../state/index.ts';
import { agentFloor } from './agent-floor.ts';
import { type Attempt, beyondServers, blameServer, passedOver, type Tried, triedOf, whyNoCatalog, whyNone } from './attempts.ts';
import { checkClock, checkServerClock } from './clock-check.ts';
import { componentCatalog } from './component-catalog.ts';
import { knownCatalogs, newestDate } from './known-catalogs.ts';
import { refreshFrom, refreshRoot } from './refresh.ts';
import type { Session } from './session.ts';
import { keepRoot, startingRoot } from './starting-root.ts';
import { checkNames, openRoles } from './targets.ts';
import { type Rooted, signedTargets, type Trusted } from './trusted-set.ts';
import { openVault, type Vault } from './vault.ts';

export type CatalogsInput = {
  /** in the policy's order */
  readonly servers: readonly ServerAccess[];
  readonly store: MetadataStore;
  /** what `trust.rootFile` holds */
  readonly rootBytes: Uint8Array;
  readonly components: readonly ComponentId[];
  readonly now: Instant;
  readonly buildTime: Instant;
  readonly signal: AbortSignal;
  readonly idleTimeoutMs: number;
};
export type Catalogs = {
  /** the first server whose metadata was good */
  readonly server: ServerAccess;
  readonly tried: readonly Tried[];
  readonly catalogs: ReadonlyMap<ComponentId, CatalogState>;
  /** when the first of root, timestamp, snapshot and targets expires */
  readonly expiresAt: Instant;
  /** what was broken in the cache and is mended */
  readonly notes: readonly string[];
  /** the oldest agent that the targets allow a machine to be given, or null */
  readonly agentFloor: string | null;
  /** the date of the newest release that was verified, or null */
  readonly newestDate: Instant | null;
};
export type CatalogsOutcome = Outcome<Catalogs, { readonly failure: Failure; readonly tried: readonly Tried[] }>;
export type CatalogPorts = { readonly http: Pick<Http, 'document'>; readonly clock: Pick<Clock, 'now'> };

/**
 * Refreshes trust from the first server whose metadata is good and reads every component's catalog. A component that this server
 * cannot give is asked of those after it. Fails with the first of 6, 7 and 8 that a server earned, else with 4; with 7 where the
 * clock is wrong, 21 where the policy's root is none, and with what the store or a request to stop says.
 */
export async function openCatalogs(ports: CatalogPorts, input: CatalogsInput): Promise<CatalogsOutcome> {
  const vault = openVault(input.store);
  const root = trustedStart(vault, input);
  if (!root.ok) return failed({ failure: root.failure, tried: [] });
  const attempts: Attempt[] = [];
  const states = new Map<ComponentId, CatalogState>();
  const refusals = new Map<ComponentId, Attempt[]>();
  let trust: Rooted = root.value;
  let first: (TopLevel & { readonly server: ServerAccess }) | undefined;
  for (const server of input.servers) {
    const session = sessionWith(ports, input, vault, server);
    const reached = await attempt(session, trust, input.rootBytes);
    trust = reached.trust;
    if (reached.trusted.ok) {
      first ??= { server, ...reached.trusted.value };
      await readComponents(session, reached.trusted.value.trusted, missing(input.components, states), states, refusals);
    } else {
      attempts.push({ url: server.url, failure: reached.trusted.failure });
    }
    const stop = beyondServers(input.signal, attempts, states);
    if (stop !== undefined) return failed({ failure: stop, tried: triedOf(attempts) });
    if (first !== undefined && missing(input.components, states).length === 0) break;
  }
  if (first === undefined) return failed({ failure: whyNone(attempts), tried: triedOf(attempts) });
  for (const [id, own] of refusals) {
    if (states.get(id)?.kind === 'failed') states.set(id, { kind: 'failed', failure: whyNoCatalog(own, attempts) });
    else vault.notes.push(...own.map((one) => passedOver(id, one)));
  }
  return ok({
    server: first.server,
    tried: triedOf(attempts),
    catalogs: states,
    expiresAt: expiry(first.trusted),
    notes: vault.notes,
    agentFloor: first.agentFloor,
    newestDate: newestOf(states),
  });
}

/** The catalogs that the cache holds and proves, without any request; changes nothing. Age and clock are not looked at: a revocation holds. */
export function offlineCatalogs(
  store: MetadataStore,
  rootBytes: Uint8Array,
  components: readonly ComponentId[],
): ReadonlyMap<ComponentId, CatalogState> {
  const vault = openVault(readOnlyMetadata(store));
  const start = startingRoot(vault, rootBytes);
  if (!start.ok) return new Map(components.map((id) => [id, { kind: 'failed', failure: start.failure }]));
  return knownCatalogs(vault, start.value.trust, components);
}

/** The oldest agent that the cached targets allow, under the keys that are trusted now; null where none is named, or nothing can be believed. */
export function offlineAgentFloor(store: MetadataStore, rootBytes: Uint8Array): string | null {
  const vault = openVault(readOnlyMetadata(store));
  const start = startingRoot(vault, rootBytes);
  const envelope = start.ok ? vault.read('targets') : undefined;
  const targets = start.ok && envelope !== undefined ? signedTargets(start.value.trust, envelope) : undefined;
  const floor = targets?.ok === true ? agentFloor(targets.value) : undefined;
  return floor?.ok === true ? floor.value : null;
}

/** The root to start from, once the clock agrees with what is known here. */
function trustedStart(vault: Vault, input: CatalogsInput): Outcome<Rooted, Failure> {
  const start = startingRoot(vault, input.rootBytes);
  if (!start.ok) return start;
  const { trust, from } = start.value;
  const known = knownCatalogs(vault, trust, input.components);
  const clock = checkClock(input.now, input.buildTime, newestOf(known));
  if (!clock.ok) return clock;
  const kept = from === 'policy-anew' ? keepRoot(vault, trust.root.envelope, input.rootBytes) : ok();
  return kept.ok ? ok(trust) : kept;
}

/** A server that is to be asked, with the run's limits. */
export function sessionWith(ports: CatalogPorts, input: Pick<CatalogsInput, 'now' | 'signal' | 'idleTimeoutMs'>, vault: Vault, server: ServerAccess): Session {
  return {
    http: ports.http,
    metadataUrl: `${server.url}metadata/`,
    targetsUrl: `${server.url}targets/`,
    tagUrl: server.url,
    headers: server.headers,
    vault,
    now: input.now,
    signal: input.signal,
    idleTimeoutMs: input.idleTimeoutMs,
    // at the answer's moment: a machine may have slept since the run began
    clockCheck: (there) => checkServerClock(ports.clock.now(), server.url, there),
  };
}

/** What one server's top-level metadata says, all of it verified. */
type TopLevel = { readonly trusted: Trusted; readonly agentFloor: string | null };

/** One server: its top-level metadata. The root that was reached is kept for the next server in any case. */
async function attempt(session: Session, start: Rooted, rootBytes: Uint8Array): Promise<{ readonly trust: Rooted; readonly trusted: Outcome<TopLevel, Failure> }> {
  const { trust, end } = await refreshRoot(session, start, (envelope) => keepRoot(session.vault, envelope, rootBytes));
  const trusted = end.ok ? await topLevel(session, trust) : end;
  return { trust, trusted: trusted.ok ? trusted : failed(blameServer(session.metadataUrl, trusted.failure)) };
}

async function topLevel(session: Session, trust: Rooted): Promise<Outcome<TopLevel, Failure>> {
  const trusted = await refreshFrom(session, trust);
  if (!trusted.ok) return trusted;
  const { targets } = trusted.value;
  const names = checkNames(targets);
  const floor = names.ok ? agentFloor(targets) : names;
  return floor.ok ? ok({ trusted: trusted.value, agentFloor: floor.value }) : floor;
}

/** Reads each component's catalog, one after the other: they share roles, and mostly come from the cache. */
async function readComponents(
  session: Session,
  trusted: Trusted,
  components: readonly ComponentId[],
  states: Map<ComponentId, CatalogState>,
  refusals: Map<ComponentId, Attempt[]>,
): Promise<void> {
  const roles = openRoles(session, trusted);
  for (const id of components) {
    const state = await componentCatalog(session, trusted, roles, id);
    // what the first server said stays, unless a later one does better
    if (!states.has(id) || state.kind !== 'failed') states.set(id, state);
    if (state.kind === 'failed') refusals.set(id, [...(refusals.get(id) ?? []), { url: session.tagUrl, failure: state.failure }]);
  }
}

function missing(components: readonly ComponentId[], states: ReadonlyMap<ComponentId, CatalogState>): readonly ComponentId[] {
  return components.filter((id) => (states.get(id)?.kind ?? 'failed') === 'failed');
}

function expiry({ root, timestamp, snapshot, targets }: Trusted): Instant {
  return Math.min(root.expires, timestamp.expires, snapshot.expires, targets.expires);
}

function newestOf(states: ReadonlyMap<ComponentId, CatalogState>): Instant | null {
  return newestDate([...states.values()].flatMap((s) => (s.kind === 'catalog' ? [s.catalog] : [])));
}
