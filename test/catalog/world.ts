/** What the tests of this room share: a repository, servers, a store, and one refresh as the engine asks for it. */
import * as assert from 'uvu/assert';
import { type CatalogsInput, type CatalogsOutcome, openCatalogs } from '../../src/catalog/index.ts';
import { asComponentId, type CatalogState, type ComponentId, type Failure, failureExit, failureText } from '../../src/model/index.ts';
import { MemoryMetadataStore } from '../support/memory-metadata-store.ts';
import { DAY, repository, type TufRepository } from '../support/tuf-repository.ts';
import { type FakeServer, FakeHttp } from '../support/tuf-servers.ts';
import type { SignerKind } from '../support/tuf-signer.ts';

export const NOW = Date.parse('2026-11-25T12:00:00Z');
export const ONE = 'http://one.example/content/';
export const TWO = 'http://two.example/';

export function id(text: string): ComponentId {
  const made = asComponentId(text);
  if (made === undefined) throw new Error(`no component id: ${text}`);
  return made;
}

export type World = {
  readonly repo: TufRepository;
  readonly http: FakeHttp;
  readonly store: MemoryMetadataStore;
  readonly one: FakeServer;
  root: Uint8Array;
  now: number;
  refresh(change?: Partial<CatalogsInput>): Promise<CatalogsOutcome>;
};

/** A repository with components `av` (releases 5, 4) and `ips` (release 7) on the server ONE. */
export function world(kind: SignerKind = 'ed25519'): World {
  const repo = repository(NOW, { av: [5, 4], ips: [7] }, kind);
  const http = new FakeHttp();
  const one: FakeServer = { files: repo.files, date: NOW };
  http.servers.set(ONE, one);
  const it: World = {
    repo,
    http,
    store: new MemoryMetadataStore(),
    one,
    root: file(repo, '1.root.json'),
    now: NOW,
    refresh: (change = {}) =>
      openCatalogs(
        { http, clock: { now: () => it.now } },
        {
          servers: [{ url: ONE, headers: {} }],
          store: it.store,
          rootBytes: it.root,
          components: [id('av'), id('ips')],
          now: it.now,
          buildTime: NOW - 300 * DAY,
          signal: new AbortController().signal,
          idleTimeoutMs: 1000,
          ...change,
        },
      ),
  };
  return it;
}

/** A world in which one run went well before; its requests are forgotten. */
export async function settled(kind: SignerKind = 'ed25519'): Promise<World> {
  const it = world(kind);
  good(await it.refresh());
  it.http.take();
  return it;
}

/** A metadata file of a repository. */
export function file(repo: TufRepository, name: string): Uint8Array {
  const bytes = repo.files.get(`metadata/${name}`);
  if (bytes === undefined) throw new Error(`no ${name}`);
  return bytes;
}

export function good(outcome: CatalogsOutcome): Extract<CatalogsOutcome, { ok: true }>['value'] {
  if (!outcome.ok) throw new Error(`refresh failed: ${failureText(outcome.failure.failure)}`);
  return outcome.value;
}

export function bad(outcome: CatalogsOutcome): Failure {
  if (outcome.ok) throw new Error('refresh did not fail');
  return outcome.failure.failure;
}

/** The component's newest sequence, or what its state is instead. */
export function newest(state: CatalogState | undefined): number | string | undefined {
  return state?.kind === 'catalog' ? state.catalog.releases[0]?.sequence : state?.kind;
}

/** Fails unless the failure has this exit code and its text matches. */
export function assertFailure(failure: Failure, code: number, text: RegExp): void {
  const said = failureText(failure);
  assert.is(failureExit(failure), code, said);
  assert.match(said, text);
  assert.not.match(said, /[{}]/, 'a slot was left empty');
}

export function failureOf(state: CatalogState | undefined): Failure {
  if (state?.kind !== 'failed') throw new Error(`the component did not fail: ${String(newest(state))}`);
  return state.failure;
}
