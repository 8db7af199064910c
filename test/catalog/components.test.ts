import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { offlineCatalogs } from '../../src/catalog/index.ts';
import type { ComponentId } from '../../src/model/index.ts';
import { DAY, type Json, type JsonGroup, release } from '../support/tuf-repository.ts';
import { newSigner } from '../support/tuf-signer.ts';
import { assertFailure, failureOf, good, id, newest, NOW, settled, type World, world } from './world.ts';

const AV = id('av');
const IPS = id('ips');

type Trouble = { readonly name: string; readonly prepare: (world: World) => void; readonly code: number; readonly text: RegExp };

/** Changes the one target that av's role lists. */
const listing = (change: (target: JsonGroup) => Json, name = 'catalog/av.json') => (world: World) => {
  world.repo.edits.set('av', (signed) => {
    const { 'catalog/av.json': target, ...others } = Object(signed['targets']);
    return { ...signed, targets: { ...others, [name]: change(target) } };
  });
  world.repo.release('av', 6, 5);
};

const publishing = (change: (catalog: JsonGroup) => JsonGroup) => (world: World) => {
  world.repo.component('av', 6, 5);
  world.repo.catalogs.set('av', change(world.repo.catalogs.get('av') ?? {}));
  world.repo.publish('av', 'snapshot', 'timestamp');
};

const catalogFile = (world: World, change: (text: string) => string) => {
  world.repo.release('av', 6, 5);
  for (const [path, bytes] of world.repo.files) {
    if (path.endsWith('.av.json') && path.startsWith('targets/')) world.repo.files.set(path, new TextEncoder().encode(change(new TextDecoder().decode(bytes))));
  }
};

const TROUBLES: readonly Trouble[] = [
  {
    name: 'a role signed by a stranger',
    prepare: ({ repo }) => {
      repo.role('av').signers = [newSigner()];
      repo.release('av', 6, 5);
    },
    code: 6,
    text: /av bears 0 valid/,
  },
  {
    name: "a role signed with another component's stolen key",
    prepare: ({ repo }) => {
      repo.role('av').signers = repo.role('ips').keys;
      repo.release('av', 6, 5);
    },
    code: 6,
    text: /av bears 0 valid/,
  },
  {
    name: 'an expired role',
    prepare: ({ repo }) => {
      repo.role('av').expires = NOW - DAY;
      repo.release('av', 6, 5);
    },
    code: 7,
    text: /av expired on 2026-11-24/,
  },
  { name: 'a catalog with other bytes of the same length', prepare: (it) => catalogFile(it, (t) => t.replace('stable', 'stab1e').replace('1.6', '1.7')), code: 6, text: /catalog\/av\.json does not have the sha256/ },
  { name: 'a truncated catalog', prepare: (it) => catalogFile(it, (t) => t.slice(0, -1)), code: 8, text: /catalog\/av\.json is \d+ bytes long/ },
  { name: 'an endless catalog', prepare: (it) => catalogFile(it, (t) => `${t}      `), code: 8, text: /longer than/ },
  { name: 'a target without any hash', prepare: listing((t) => ({ ...t, hashes: {} })), code: 8, text: /without a sha256 or sha512/ },
  { name: 'a target with md5 only', prepare: listing((t) => ({ ...t, hashes: { md5: 'd41d8cd98f00b204e9800998ecf8427e' } })), code: 8, text: /without a sha256 or sha512/ },
  { name: 'a target of absurd length', prepare: listing((t) => ({ ...t, length: 1e12 })), code: 8, text: /longer than the 5000000/ },
  {
    name: 'a role that also lists a target named ..',
    prepare: (it) => {
      it.repo.edits.set('av', (s) => ({ ...s, targets: { ...Object(s['targets']), 'catalog/../../x': { length: 1, hashes: { sha256: 'a' } } } }));
      it.repo.release('av', 6, 5);
    },
    code: 8,
    text: /no safe file name/,
  },
  { name: 'a role whose catalog is gone', prepare: listing((t) => t, 'catalog/other.json'), code: 7, text: /ends with no release at all; release 5/ },
  { name: 'a catalog rolled back', prepare: ({ repo }) => void repo.release('av', 4), code: 7, text: /ends with release 4 .*; release 5 of 2026-11-24/ },
  { name: 'an emptied catalog', prepare: publishing((c) => ({ ...c, releases: [] })), code: 7, text: /no release at all/ },
  { name: "another component's catalog", prepare: publishing((c) => ({ ...c, component: 'ips' })), code: 8, text: /component is ips/ },
  { name: 'a catalog that is not newest first', prepare: ({ repo }) => void repo.release('av', 6, 6), code: 8, text: /release 6 does not come newest first/ },
  { name: 'a catalog of another schema', prepare: publishing((c) => ({ ...c, schema: 'glued.catalog/2' })), code: 8, text: /schema: found text "glued.catalog\/2"/ },
  { name: 'a release dated in the future', prepare: publishing((c) => ({ ...c, releases: [release(9, NOW + 2 * DAY)] })), code: 7, text: /release 9 of av is dated 2026-11-27.*clock of this machine/ },
  {
    name: 'a role that the snapshot does not list',
    prepare: (it) => {
      it.repo.component('new', 1);
      it.repo.edits.set('snapshot', (s) => {
        const { 'new.json': _gone, ...meta } = Object(s['meta']);
        return { ...s, meta };
      });
      it.repo.publish('targets', 'snapshot', 'timestamp');
    },
    code: 8,
    text: /snapshot does not list new/,
  },
];

for (const trouble of TROUBLES) {
  test(`${trouble.name} fails its component alone with ${trouble.code}, again at the next run, and nothing of it is kept`, async () => {
    const it = await settled();
    const before = it.store.contents();
    trouble.prepare(it);
    const hit: ComponentId = trouble.name.includes('does not list') ? id('new') : AV;
    for (let run = 0; run < 2; run++) {
      const { catalogs } = good(await it.refresh({ components: [hit, IPS] }));
      assertFailure(failureOf(catalogs.get(hit)), trouble.code, trouble.text);
      assert.is(newest(catalogs.get(IPS)), 7);
      const after = it.store.contents();
      for (const key of [hit, `catalog ${hit}`, 'ips', 'catalog ips']) assert.is(after[key], before[key], `${key} was changed`);
    }
  });
}

test('a stolen component key is healed by a rotation through targets, although the thief published far ahead', async () => {
  const it = await settled();
  it.repo.release('av', 999_999);
  assert.is(newest(good(await it.refresh()).catalogs.get(AV)), 999_999);
  it.repo.release('av', 6, 5);
  assertFailure(failureOf(good(await it.refresh()).catalogs.get(AV)), 7, /release 999999/);
  it.repo.role('av').keys = it.repo.role('av').signers = [newSigner()];
  it.repo.publish('targets', 'av', 'snapshot', 'timestamp');
  const healed = good(await it.refresh());
  assert.is(newest(healed.catalogs.get(AV)), 6);
  assert.is(newest(healed.catalogs.get(IPS)), 7);
});

test('a component that nobody delegates to is not published', async () => {
  const it = await settled();
  assert.equal(good(await it.refresh({ components: [id('other')] })).catalogs.get(id('other')), { kind: 'not-published' });
});

test('a component that was never published yet is not published, and is found once it is', async () => {
  const it = world();
  it.repo.edits.set('av', (s) => ({ ...s, targets: {} }));
  it.repo.write();
  assert.is(newest(good(await it.refresh()).catalogs.get(AV)), 'not-published');
  it.repo.edits.clear();
  it.repo.release('av', 1);
  assert.is(newest(good(await it.refresh()).catalogs.get(AV)), 1);
});

test('a catalog that another role lists is refused: each component has its own', async () => {
  const it = world();
  it.repo.edits.set('targets', (s) => {
    const delegations = Object(s['delegations']);
    const roles: readonly JsonGroup[] = delegations.roles;
    return { ...s, delegations: { ...delegations, roles: roles.filter((r) => r['name'] === 'ips').map((r) => ({ ...r, paths: ['catalog/*'] })) } };
  });
  it.repo.edits.set('ips', (s) => ({ ...s, targets: { ...Object(s['targets']), 'catalog/av.json': Object(s['targets'])['catalog/ips.json'] } }));
  it.repo.write();
  const { catalogs } = good(await it.refresh());
  assertFailure(failureOf(catalogs.get(AV)), 8, /listed by role ips; only role av/);
  assert.is(newest(catalogs.get(IPS)), 7);
});

test('offline, the cached catalogs are given without a request, whatever their age, and nothing is written', async () => {
  const it = await settled();
  const before = it.store.contents();
  const catalogs = offlineCatalogs(it.store, it.root, [AV, IPS, id('other')]);
  assert.equal([...catalogs].map(([c, s]) => [c, newest(s)]), [['av', 5], ['ips', 7], ['other', 'not-published']]);
  assert.equal(it.http.take(), []);
  assert.equal(it.store.contents(), before);
});

test('offline, what the cache does not prove is not given', async () => {
  const it = await settled();
  it.store.catalogs.set('av', new TextEncoder().encode('{}'));
  it.store.roles.set('ips', new TextEncoder().encode('junk'));
  const before = it.store.contents();
  const catalogs = offlineCatalogs(it.store, it.root, [AV, IPS]);
  assert.equal([...catalogs.values()].map(newest), ['not-fetched', 'not-fetched']);
  assert.equal(it.store.contents(), before);
});
for (const [name, custom, floor] of [
  ['a version', { agent: { minVersion: '0.2.0', more: 1 }, later: {} }, '0.2.0'],
  ['nothing of it', { later: true }, null],
  ['no version', { agent: { minVersion: 'newest' } }, 'refused'],
  ['a text', 'agent 0.2.0', 'refused'],
] as const) {
  test(`the oldest agent that the targets name: ${name}`, async () => {
    const it = await settled();
    it.repo.edits.set('targets', (signed) => ({ ...signed, custom }));
    it.repo.publish('targets', 'snapshot', 'timestamp');
    const refreshed = await it.refresh();
    if (floor !== 'refused') assert.is(good(refreshed).agentFloor, floor);
    else if (refreshed.ok) assert.unreachable('it was believed');
    else assertFailure(refreshed.failure.failure, 8, /targets.*"custom" is/);
  });
}

test.run();
