import { openCatalogs } from '../catalog/index.ts';
import { type CatalogState, type Component, type ComponentId, type Failure, ok, type Outcome, type Policy } from '../model/index.ts';
import { readTrustRoot } from '../policy/index.ts';
import type { State } from '../state/index.ts';
import type { Ledger } from './ledger.ts';
import type { Network, World } from './world.ts';

/**
 * Chooses a server, refreshes the trusted metadata and returns what each component's catalog says. Older or unproven metadata is
 * never accepted; servers are tried in the policy's order.
 */
export async function refreshTrust(
  world: World,
  state: Pick<State, 'metadata'>,
  ledger: Ledger,
  policy: Policy,
  network: Network,
  components: readonly Component[],
  now: number,
  signal: AbortSignal,
): Promise<Outcome<ReadonlyMap<ComponentId, CatalogState>, Failure>> {
  const root = readTrustRoot(world.ports, policy);
  if (!root.ok) return root;
  const opened = await openCatalogs(
    { http: network.http, clock: world.ports.clock },
    {
      servers: network.servers,
      store: state.metadata,
      rootBytes: root.value,
      components: components.map((c) => c.id),
      now,
      buildTime: world.buildTime,
      signal,
      idleTimeoutMs: policy.download.timeoutSeconds * 1000,
    },
  );
  ledger.tried.push(...(opened.ok ? opened.value.tried : opened.failure.tried));
  if (!opened.ok) return { ok: false, failure: opened.failure.failure };
  ledger.server = opened.value.server.url;
  ledger.expiresAt = opened.value.expiresAt;
  ledger.agentFloor = opened.value.agentFloor;
  ledger.notes.push(...opened.value.notes);
  return ok(opened.value.catalogs);
}

/** What a component's catalog is where none was asked for. */
export function withoutCatalog(
  catalogs: ReadonlyMap<ComponentId, CatalogState>,
  components: readonly Component[],
): ReadonlyMap<ComponentId, CatalogState> {
  return new Map(components.map((c) => [c.id, catalogs.get(c.id) ?? { kind: 'not-fetched' as const }]));
}

