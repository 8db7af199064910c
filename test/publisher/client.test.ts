import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openCatalogs, parseCatalog } from '../../src/catalog/index.ts';
import { asComponentId, type Catalog, type ComponentId, type MetadataStore } from '../../src/model/index.ts';
import { readCatalog } from '../../src/publisher/catalog-document.ts';
import { layout } from '../../src/publisher/index.ts';
import { MemoryMetadataStore } from '../support/memory-metadata-store.ts';
import { must, testRepository, type TestRepository } from '../support/repository.ts';

const URL_BASE = 'http://repository.test/';
const id = (text: string): ComponentId => {
  const found = asComponentId(text);
  if (found === undefined) throw new Error(text);
  return found;
};

async function read(r: TestRepository, store: MetadataStore, components: readonly string[]): Promise<{ readonly catalogs: ReadonlyMap<ComponentId, unknown>; readonly requests: readonly string[] }> {
  const http = r.http(URL_BASE);
  const opened = await openCatalogs(
    { http, clock: r.ports.clock },
    {
      servers: [{ url: URL_BASE, headers: {} }],
      store,
      rootBytes: readFileSync(r.rootFile),
      components: components.map(id),
      now: r.ports.clock.now(),
      buildTime: 0,
      signal: new AbortController().signal,
      idleTimeoutMs: 1000,
    },
  );
  return { catalogs: must(opened).catalogs, requests: http.requests };
}

test('the agent believes what the publisher signs, release after release, and asks for no more than it must', async () => {
  const r = await testRepository('client');
  await r.add('demo');
  await r.add('other');
  const store = new MemoryMetadataStore();
  for (let n = 1; n <= 3; n++) {
    await r.publish('demo', { a: `${n}` });
    const { catalogs } = await read(r, store, ['demo', 'other', 'absent']);
    const state = catalogs.get(id('demo'));
    assert.is(JSON.stringify(state).includes(`"sequence":${n}`), true, JSON.stringify(state));
    assert.equal(catalogs.get(id('absent')), { kind: 'not-published' });
  }
  const { requests } = await read(r, store, ['demo', 'other']);
  assert.equal(requests, ['/metadata/2.root.json', '/metadata/timestamp.json']);
});

test('the publisher and the agent read the same from a catalog', async () => {
  const r = await testRepository('same');
  await r.add('demo');
  await r.publish('demo', { a: '1' }, { rollout: 10, requires: ['base:3'], engine: '1..2', notes: 'https://example.org/', forced: true });
  const target = JSON.parse(readFileSync(layout.versioned(r.dir, 'demo', 2), 'utf8')).signed.targets['catalog/demo.json'].hashes.sha256;
  const bytes = readFileSync(layout.catalog(r.dir, 'demo', target));
  const ours: Catalog = must(readCatalog(id('demo'), bytes));
  const theirs: Catalog = must(parseCatalog(id('demo'), bytes));
  assert.equal(JSON.parse(JSON.stringify(ours)), JSON.parse(JSON.stringify(theirs)));
});

test.run();
