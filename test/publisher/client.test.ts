import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryMetadataStore } from '../support/memory-metadata-store.ts';
import { componentId, readCatalogs } from '../support/read-catalogs.ts';
import { testRepository } from '../support/repository.ts';

test('the agent believes what the publisher signs, release after release, and asks for no more than it must', async () => {
  const r = await testRepository('client');
  await r.add('demo');
  await r.add('other');
  const store = new MemoryMetadataStore();
  for (let n = 1; n <= 3; n++) {
    await r.publish('demo', { a: `${n}` });
    const { catalogs } = await readCatalogs(r, store, ['demo', 'other', 'absent']);
    const state = catalogs.get(componentId('demo'));
    assert.is(JSON.stringify(state).includes(`"sequence":${n}`), true, JSON.stringify(state));
    assert.equal(catalogs.get(componentId('absent')), { kind: 'not-published' });
  }
  const { requests } = await readCatalogs(r, store, ['demo', 'other']);
  assert.equal(requests, ['/metadata/2.root.json', '/metadata/timestamp.json']);
});

test('a release dated ahead of the clock by more than clocks differ is refused, by the agent as a late clock and by the publisher at once', async () => {
  const r = await testRepository('future');
  await r.add('demo');
  const later = (ms: number): string => new Date(r.ports.clock.now() + ms).toISOString();
  await r.publish('demo', { a: '1' }, { date: later(60_000) });
  const { catalogs } = await readCatalogs(r, new MemoryMetadataStore(), ['demo']);
  assert.is(JSON.stringify(catalogs.get(componentId('demo'))).includes('"kind":"catalog"'), true);
  let refused = '';
  await r.publish('demo', { a: '2' }, { date: later(3_600_000) }).catch((error: unknown) => (refused = String(error)));
  assert.match(refused, /future/);
});

test.run();
