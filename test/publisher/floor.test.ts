// runtimes: node, deno
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { offlineAgentFloor, openCatalogs } from '../../src/catalog/index.ts';
import { failureText } from '../../src/model/index.ts';
import { checkRepository, floor } from '../../src/publisher/index.ts';
import { readRepository } from '../../src/publisher/repository.ts';
import { MemoryMetadataStore } from '../support/memory-metadata-store.ts';
import { must, testRepository } from '../support/repository.ts';

test('the floor stands in the top-level targets, stays through later commands, and reaches an endpoint', async () => {
  const r = await testRepository('floor');
  await r.add('glued');
  assert.equal(must(await floor(r.ports, { dir: r.dir, version: '0.2.0' })), { version: '0.2.0', before: null });
  await r.add('demo');
  await r.publish('demo', { a: '1' });
  assert.equal(must(readRepository(r.ports, r.dir)).targets.custom, { agent: { minVersion: '0.2.0' } });
  assert.equal(must(await floor(r.ports, { dir: r.dir, version: '0.3.0' })).before, '0.2.0');
  assert.equal(must(await checkRepository(r.ports, { dir: r.dir })).problems, []);

  const store = new MemoryMetadataStore();
  const rootBytes = must(r.ports.files.read(r.rootFile, 1 << 20));
  const url = 'http://127.0.0.1:9/';
  const now = r.ports.clock.now();
  const opened = await openCatalogs({ http: r.http(url), clock: r.ports.clock }, { servers: [{ url, headers: {} }], store, rootBytes, components: [], now, buildTime: 0, signal: new AbortController().signal, idleTimeoutMs: 1000 });
  assert.is(opened.ok ? opened.value.agentFloor : opened.failure, '0.3.0');
  assert.is(offlineAgentFloor(store, rootBytes), '0.3.0', 'and is known without a server');
  assert.is(offlineAgentFloor(new MemoryMetadataStore(), rootBytes), null);
});

test('it needs the targets key, which no component has, and a version', async () => {
  const r = await testRepository('floor');
  await r.add('glued');
  const wrong = await floor(r.ports, { dir: r.dir, version: 'newest' });
  assert.match(wrong.ok ? '' : failureText(wrong.failure), /VERSION.*"newest" is no version of glued/);
  renameSync(join(r.keys, 'targets-1.pem'), join(r.root, 'targets-1.pem'));
  assert.is((await floor(r.ports, { dir: r.dir, version: '0.2.0' })).ok, false);
  assert.is(must(readRepository(r.ports, r.dir)).targets.custom, undefined);
});

test.run();
