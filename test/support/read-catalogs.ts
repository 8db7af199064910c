import { readFileSync } from 'node:fs';
import { openCatalogs } from '../../src/catalog/index.ts';
import { asComponentId, type ComponentId, type CatalogState, type Failure, failureExit, failureText, type HttpRequest, type MetadataStore, type Outcome } from '../../src/model/index.ts';
import { must } from './outcome.ts';
import type { Fault, TestRepository } from './repository.ts';

const URL_BASE = 'http://repository.test/';

export const componentId = (text: string): ComponentId => {
  const found = asComponentId(text);
  if (found === undefined) throw new Error(text);
  return found;
};

export type Read = { readonly catalogs: ReadonlyMap<ComponentId, CatalogState>; readonly requests: readonly string[]; readonly notes: readonly string[] };

/** What an agent with this store makes of a repository: trust refreshed, catalogs read. `fault` is asked before each answer. */
export async function tryCatalogs(
  r: TestRepository,
  store: MetadataStore,
  components: readonly string[],
  fault?: (path: string, request: HttpRequest) => Fault,
): Promise<Outcome<Read, Failure>> {
  const http = r.http(URL_BASE, fault);
  const opened = await openCatalogs(
    { http, clock: r.ports.clock },
    {
      servers: [{ url: URL_BASE, headers: {} }],
      store,
      rootBytes: readFileSync(r.rootFile),
      components: components.map(componentId),
      now: r.ports.clock.now(),
      buildTime: 0,
      signal: new AbortController().signal,
      idleTimeoutMs: 1000,
    },
  );
  if (!opened.ok) return { ok: false, failure: opened.failure.failure };
  return { ok: true, value: { catalogs: opened.value.catalogs, requests: http.requests, notes: opened.value.notes } };
}

/** The same, which must succeed. */
export async function readCatalogs(r: TestRepository, store: MetadataStore, components: readonly string[]): Promise<Read> {
  return must(await tryCatalogs(r, store, components));
}

/** The newest release that an agent believes; else the exit code and the words of what stands in the way. */
export async function newestSeen(r: TestRepository, store: MetadataStore, component: string, fault?: (path: string, request: HttpRequest) => Fault): Promise<number | string> {
  const told = (failure: Failure): string => `${failureExit(failure)} ${failureText(failure)}`;
  const read = await tryCatalogs(r, store, [component], fault);
  if (!read.ok) return told(read.failure);
  const state = read.value.catalogs.get(componentId(component));
  if (state?.kind === 'catalog') return state.catalog.releases[0]?.sequence ?? 0;
  return state?.kind === 'failed' ? told(state.failure) : `${state?.kind}`;
}
