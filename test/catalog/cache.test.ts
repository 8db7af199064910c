import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Killed } from '../support/memory-metadata-store.ts';
import { repository } from '../support/tuf-repository.ts';
import { newSigner } from '../support/tuf-signer.ts';
import { assertFailure, bad, file, good, newest, NOW, ONE, settled, type World, world } from './world.ts';

const junk = new TextEncoder().encode('{"signed": {"_type": "jun');

for (const role of ['timestamp', 'snapshot', 'targets', 'av']) {
  for (const [how, corrupt] of [
    ['cut short', (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2)],
    ['with a bit flipped in what is signed', (bytes: Uint8Array) => new TextEncoder().encode(new TextDecoder().decode(bytes).replace('"version":1', '"version":3'))],
  ] as const) {
    test(`a cached ${role} ${how} is dropped, fetched again, and noted`, async () => {
      const it = await settled();
      const before = it.store.contents();
      it.store.roles.set(role, corrupt(it.store.roles.get(role) ?? junk));
      const value = good(await it.refresh());
      assert.equal([...value.catalogs.values()].map(newest), [5, 7]);
      assert.equal(it.store.contents(), before);
      assert.equal(value.notes.map((n) => /cached metadata of (\w+) was discarded/.exec(n)?.[1]), [role]);
      const asked = it.http.take();
      assert.is(asked.length, role === 'timestamp' ? 2 : 3);
      assert.equal(good(await it.refresh()).notes, [], 'noted again');
      assert.is(it.http.take().length, 2);
    });
  }
}

test('a cached catalog that was changed is fetched again, and noted', async () => {
  const it = await settled();
  const before = it.store.contents();
  it.store.catalogs.set('av', junk);
  const value = good(await it.refresh());
  assert.equal(it.store.contents(), before);
  assert.match(value.notes.join(), /cached catalog of av was not what its role lists/);
  assert.is(it.http.take().length, 3);
});

for (const [how, broken] of [['junk', () => junk], ['signed by a stranger', () => file(repository(NOW, { av: [1] }), '1.root.json')]] as const) {
  test(`a cached root that is ${how} falls back to the policy's root file and walks forward`, async () => {
    const it = await settled();
    it.repo.rotate('timestamp', 'snapshot');
    it.repo.publish('snapshot', 'timestamp');
    it.repo.publish('root');
    good(await it.refresh());
    const before = it.store.contents();
    it.http.take();
    it.store.roles.set('root', broken());
    if (how !== 'junk') it.store.roles.set('root', new TextEncoder().encode(new TextDecoder().decode(broken()).replace('"version":1', '"version":7')));
    const value = good(await it.refresh());
    assert.equal(value.notes.map((n) => /metadata of (\w+)/.exec(n)?.[1]), ['root']);
    assert.equal(it.http.take(), ['metadata/2.root.json', 'metadata/3.root.json', 'metadata/4.root.json', 'metadata/timestamp.json']);
    assert.equal(it.store.contents(), before);
  });
}

test('a policy root file that is none is 21 and names the key, with no request', async () => {
  const it = world();
  assertFailure(bad(await it.refresh({ rootBytes: junk })), 21, /trust\.rootFile/);
  assert.equal(it.http.take(), []);
});

test('a root file for another repository starts trust again from it', async () => {
  const it = await settled();
  it.repo.publish('root');
  good(await it.refresh());
  const other = repository(NOW, { av: [2], ips: [1] });
  it.one.files = other.files;
  assertFailure(bad(await it.refresh()), 6, /timestamp/);
  it.root = file(other, '1.root.json');
  const value = good(await it.refresh());
  assert.equal([...value.catalogs.values()].map(newest), [2, 1]);
  assert.match(value.notes[0] ?? '', /trust\.rootFile.*has changed/);
  it.http.take();
  assert.equal(good(await it.refresh()).notes, []);
  assert.is(it.http.take().length, 2);
});

test('no tag is sent without a cached timestamp that verifies, nor to another server', async () => {
  const tagged = async (change: (it: World) => void): Promise<boolean> => {
    const it = await settled();
    change(it);
    good(await it.refresh({ servers: [...it.http.servers.keys()].slice(-1).map((url) => ({ url, headers: {} })) }));
    return it.http.asked.some((a) => 'if-none-match' in a.headers);
  };
  assert.is(await tagged(() => undefined), true);
  assert.is(await tagged((it) => it.store.roles.delete('timestamp')), false);
  // a store that gives a tag without the document that it belongs to
  assert.is(
    await tagged(({ store }) => {
      store.drop('timestamp');
      store.getTag = () => '"stale"';
    }),
    false,
  );
  assert.is(await tagged((it) => it.store.roles.set('timestamp', junk)), false);
  assert.is(await tagged((it) => it.http.servers.set('http://other.example/', { files: it.repo.files })), false);
  assert.is(
    await tagged(({ repo }) => {
      repo.rotate('timestamp');
      repo.publish('timestamp');
    }),
    false,
  );
});

test('a timestamp that was rewritten under its old version is not taken, and its tag is not kept', async () => {
  const it = await settled();
  const before = it.store.contents();
  it.repo.edits.set('timestamp', (s) => ({ ...s, note: 'rewritten' }));
  it.repo.write();
  const tag = it.store.getTag('timestamp', ONE);
  good(await it.refresh());
  assert.equal(it.store.contents(), before);
  assert.type(tag, 'string');
  assert.is(it.store.getTag('timestamp', ONE), tag, 'the new tag belongs to the new bytes');
});

test('root is walked one version at a time, and each version kept', async () => {
  const it = await settled();
  for (let n = 0; n < 3; n++) {
    it.repo.rotate('root');
    it.repo.write();
    it.repo.role('root').signers = it.repo.role('root').keys;
  }
  it.store.writes.length = 0;
  good(await it.refresh());
  assert.equal(it.http.take().slice(0, 4), [2, 3, 4, 5].map((n) => `metadata/${n}.root.json`));
  assert.equal(it.store.writes, ['put root', 'put root', 'put root']);
});

test('one run walks at most 256 roots forward, the next one goes on', async () => {
  const it = await settled();
  for (let n = 0; n < 260; n++) it.repo.publish('root');
  good(await it.refresh());
  assert.is(it.http.take().filter((p) => p.endsWith('root.json')).length, 256);
  good(await it.refresh());
  assert.equal(it.http.take().filter((p) => p.endsWith('root.json')).at(-1), 'metadata/262.root.json');
});

for (const role of ['timestamp', 'snapshot', 'targets'] as const) {
  test(`new keys for ${role} are followed`, async () => {
    const it = await settled();
    it.repo.rotate(role);
    it.repo.publish('targets', 'snapshot', 'timestamp');
    good(await it.refresh());
    it.repo.role(role).signers = [newSigner()];
    it.repo.publish('targets', 'snapshot', 'timestamp');
    assertFailure(bad(await it.refresh()), 6, new RegExp(role));
  });
}

test('after a fast-forward attack only new timestamp and snapshot keys let versions go back', async () => {
  const it = await settled();
  const { repo } = it;
  repo.role('timestamp').version = repo.role('snapshot').version = 100_000;
  repo.write();
  good(await it.refresh());
  repo.role('timestamp').version = repo.role('snapshot').version = 2;
  repo.write();
  assertFailure(bad(await it.refresh()), 7, /timestamp went back to version 2/);
  repo.rotate('timestamp');
  repo.write();
  good(await it.refresh());
  assert.is(new TextDecoder().decode(it.store.roles.get('snapshot')).includes('"version":2'), true);
  repo.rotate('snapshot');
  repo.publish('snapshot', 'timestamp');
  good(await it.refresh());
});

test('a store that is full ends the refresh as such, whichever server is next', async () => {
  const it = world();
  it.http.servers.set('http://two.example/', { files: it.repo.files });
  it.store.state = 'full';
  const servers = [...it.http.servers.keys()].map((url) => ({ url, headers: {} }));
  assertFailure(bad(await it.refresh({ servers })), 24, /no space/);
  assert.equal(it.http.take(), ['metadata/2.root.json', 'metadata/timestamp.json']);
});

async function rotatedWorld(): Promise<World> {
  const it = await settled();
  it.repo.rotate('timestamp', 'snapshot', 'targets');
  it.repo.component('av', 6, 5).component('ips', 8);
  it.repo.publish('av', 'ips', 'targets', 'snapshot', 'timestamp');
  it.repo.publish('root');
  it.store.writes.length = 0;
  return it;
}

test('killed at any write of a refresh, before or after it, the next run is whole and nothing has gone back', async () => {
  const whole = await rotatedWorld();
  good(await whole.refresh());
  const writes = whole.store.writes.length;
  assert.is(writes, 9);
  for (let write = 1; write <= writes; write++) {
    for (const when of ['before', 'after'] as const) {
      const it = await rotatedWorld();
      it.store.dieAt = { write, when };
      try {
        await it.refresh();
        assert.unreachable(`not killed at ${write}`);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
      it.store.dieAt = undefined;
      const value = good(await it.refresh());
      assert.equal([...value.catalogs.values()].map(newest), [6, 8], `killed ${when} write ${write}`);
      assert.is(Object.keys(it.store.contents()).length, Object.keys(whole.store.contents()).length);
    }
  }
});
test.run();
