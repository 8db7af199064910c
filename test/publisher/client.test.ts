import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openCatalogs } from '../../src/catalog/index.ts';
import { asComponentId, type ComponentId, type MetadataStore } from '../../src/model/index.ts';
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

test('a release dated ahead of the clock by more than clocks differ is refused, by the agent as a late clock and by the publisher at once', async () => {
  const r = await testRepository('future');
  await r.add('demo');
  const later = (ms: number): string => new Date(r.ports.clock.now() + ms).toISOString();
  await r.publish('demo', { a: '1' }, { date: later(60_000) });
  const { catalogs } = await read(r, new MemoryMetadataStore(), ['demo']);
  assert.is(JSON.stringify(catalogs.get(id('demo'))).includes('"kind":"catalog"'), true);
  let refused = '';
  await r.publish('demo', { a: '2' }, { date: later(3_600_000) }).catch((error: unknown) => (refused = String(error)));
  assert.match(refused, /future/);
});

test.run();
