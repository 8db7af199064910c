/** The contract of `MetadataStore`, held to by the real one and by the one that the other tests of this room use. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { MetadataStore } from '../../src/model/index.ts';
import { createMetadataStore } from '../../src/state/metadata.ts';
import { MemoryFiles } from '../support/memory-files.ts';
import { MemoryMetadataStore } from '../support/memory-metadata-store.ts';
import { file, good, newest, settled, world } from './world.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const shown = (bytes: Uint8Array | undefined): string | undefined => (bytes === undefined ? undefined : new TextDecoder().decode(bytes));

/** A store on a file system in memory, whose folder is made as the state folder's owner makes it. */
function onFiles(): MetadataStore {
  const files = new MemoryFiles();
  files.makeFolder('/state/metadata', 0o700);
  return createMetadataStore({ files }, '/state/metadata');
}

const STORES: readonly (readonly [string, () => MetadataStore])[] = [
  ['the store in memory', () => new MemoryMetadataStore()],
  ['the store on files', onFiles],
];

for (const [name, open] of STORES) {
  test(`${name} gives back the exact bytes of the last put, and nothing for what was never put`, () => {
    const store = open();
    assert.is(store.get('root'), undefined);
    assert.ok(store.put('root', text('{"a": 1}\n')).ok);
    assert.ok(store.put('root', text('second')).ok);
    assert.ok(store.put('snapshot', text('other')).ok);
    assert.is(shown(store.get('root')), 'second');
    store.drop('root');
    store.drop('root');
    assert.is(store.get('root'), undefined);
    assert.is(shown(store.get('snapshot')), 'other');
  });

  test(`${name} keeps any name of a role to itself`, () => {
    const store = open();
    const names = ['..', '../root', 'a/b', 'a%2Fb', 'root.json', 'é', '?#', 'tags', 'catalogs'];
    for (const role of names) assert.ok(store.put(role, text(role)).ok, role);
    for (const role of names) assert.is(shown(store.get(role)), role);
    assert.is(store.get('root'), undefined);
  });

  test(`${name} keeps catalogs apart from roles of the same name`, () => {
    const store = open();
    assert.is(store.getCatalog('av'), undefined);
    assert.ok(store.put('av', text('role')).ok);
    assert.ok(store.putCatalog('av', text('catalog')).ok);
    assert.is(shown(store.get('av')), 'role');
    assert.is(shown(store.getCatalog('av')), 'catalog');
    store.drop('av');
    assert.is(shown(store.getCatalog('av')), 'catalog');
  });

  test(`${name} gives a tag only to the server, and for the bytes, that it came with`, () => {
    const store = open();
    assert.is(store.getTag('timestamp', 'http://a/'), undefined);
    store.put('timestamp', text('one'));
    store.putTag('timestamp', 'http://a/', '"1"');
    assert.is(store.getTag('timestamp', 'http://a/'), '"1"');
    assert.is(store.getTag('timestamp', 'http://b/'), undefined);
    assert.is(store.getTag('root', 'http://a/'), undefined);
    store.put('timestamp', text('two'));
    assert.is(store.getTag('timestamp', 'http://a/'), undefined);
    store.putTag('timestamp', 'http://a/', '"2"');
    store.drop('timestamp');
    store.put('timestamp', text('two, again from elsewhere'));
    assert.is(store.getTag('timestamp', 'http://a/'), undefined);
  });

  test(`${name} serves a refresh, a run with nothing new, and a rotation`, async () => {
    const it = world();
    const store = open();
    assert.equal([...good(await it.refresh({ store })).catalogs.values()].map(newest), [5, 7]);
    it.http.take();
    good(await it.refresh({ store }));
    assert.is(it.http.take().length, 2);
    it.repo.rotate('timestamp', 'targets');
    it.repo.publish('targets', 'snapshot', 'timestamp');
    const value = good(await it.refresh({ store }));
    assert.equal(shown(store.get('root')), shown(file(it.repo, '2.root.json')));
    assert.equal(value.notes.map((n) => /metadata of (\w+)/.exec(n)?.[1]), ['timestamp', 'targets']);
  });
}

test('what the two stores hold after the same run is the same', async () => {
  const it = await settled();
  const store = onFiles();
  good(await it.refresh({ store }));
  for (const [role, bytes] of it.store.roles) assert.is(shown(store.get(role)), shown(bytes), role);
  for (const [component, bytes] of it.store.catalogs) assert.is(shown(store.getCatalog(component)), shown(bytes), component);
});
test.run();
