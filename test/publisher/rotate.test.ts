// runtimes: node, deno
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Failure, failureText, type Files, type Io, type Outcome } from '../../src/model/index.ts';
import { addComponent, checkRepository, initRepository, layout, publish, refresh, renew, rotate, type Rotated, type RotateOptions } from '../../src/publisher/index.ts';
import { readKeyFile, signDocument, type Signer } from '../../src/publisher/keys.ts';
import { fileOf, type Timestamp } from '../../src/publisher/metadata.ts';
import { readRepository } from '../../src/publisher/repository.ts';
import { MemoryMetadataStore } from '../support/memory-metadata-store.ts';
import { newestSeen, readCatalogs } from '../support/read-catalogs.ts';
import { allWords, refused as refusedWith } from '../support/outcome.ts';
import { folderHttp, must, testRepository, type TestRepository } from '../support/repository.ts';

const DAY = 86_400_000;
const refused = (outcome: Outcome<unknown, Failure>, exit: number, text: RegExp): Failure => refusedWith(outcome, exit, text, allWords);
const ROLES = ['root', 'targets', 'snapshot', 'timestamp', 'demo'] as const;
const NEW_FILES = {
  root: ['root-3.pem', 'root-4.pem'],
  targets: ['targets-2.pem'],
  snapshot: ['snapshot-2.pem'],
  timestamp: ['timestamp-2.pem'],
  demo: ['component-demo@2.pem'],
} as const;

async function published(name: string): Promise<TestRepository> {
  const r = await testRepository(name);
  await r.add('demo');
  await r.add('other');
  await r.publish('demo', { a: '1' });
  return r;
}

const turn = (r: TestRepository, roles: readonly string[], more: Partial<RotateOptions> = {}): Promise<Outcome<Rotated, Failure>> =>
  rotate(r.ports, { dir: r.dir, roles, ...more });
const names = (paths: readonly string[] | undefined): readonly string[] => (paths ?? []).map((path) => path.slice(path.lastIndexOf('/') + 1));
const problems = async (r: TestRepository): Promise<readonly string[]> => must(await checkRepository(r.ports, { dir: r.dir })).problems.map(failureText);

/** Files of a user who may write everywhere but in this folder. */
function closed(files: Files, folder: string): Files {
  const denied = (op: string, path: string): Io<never> => ({ ok: false, failure: { kind: 'denied', op, path, detail: 'EACCES' } });
  const isClosed = (path: string): boolean => dirname(path) === folder;
  return {
    ...files,
    create: (path, mode) => (isClosed(path) ? denied('open', path) : files.create(path, mode)),
    replace: (path, bytes, mode) => (isClosed(path) ? denied('open', path) : files.replace(path, bytes, mode)),
  };
}

/** Everything that a command may not have changed: the metadata, and the keys. */
const stateOf = (r: TestRepository): readonly string[] =>
  [layout.metadata(r.dir), r.keys].flatMap((folder) => readdirSync(folder).toSorted().map((name) => `${name} ${readFileSync(join(folder, name)).toString('base64')}`));

test('every role gets new keys one after the other, and machines take what is published after each', async () => {
  const r = await published('rotate');
  const steady = new MemoryMetadataStore();
  assert.is(await newestSeen(r, steady, 'demo'), 1);
  let sequence = 1;
  for (const role of ROLES) {
    const done = must(await turn(r, [role]));
    const [keys] = done.keys;
    assert.equal([names(keys?.files), done.bridged], [NEW_FILES[role], []]);
    for (const path of keys?.files ?? []) assert.is(statSync(path).mode & 0o777, 0o600);
    assert.equal(names(keys?.retired), NEW_FILES[role].map((_, i) => `${role === 'demo' ? 'component-demo' : `${role}-${i + 1}`}.pem.retired`));
    assert.equal(keys?.elsewhere, []);
    assert.equal(await problems(r), [], role);
    await r.publish('demo', { a: `after ${role}` });
    must(await refresh(r.ports, { dir: r.dir }));
    sequence++;
    assert.is(await newestSeen(r, steady, 'demo'), sequence, `the machine that reads all the time, after ${role}`);
    assert.is(await newestSeen(r, new MemoryMetadataStore(), 'demo'), sequence, `a new machine, after ${role}`);
  }
  const { root } = must(readRepository(r.ports, r.dir));
  assert.is(root.version, 5, 'a component needs no new root');
  assert.equal([root.keys.size, root.roles.root.threshold], [5, 1], 'no old key is left');
});

test('all of them at once are one new root, and the next rotation counts on', async () => {
  const r = await published('at-once');
  const done = must(await turn(r, ['timestamp', 'snapshot', 'targets', 'root', 'demo', 'demo']));
  assert.equal(done.keys.map((k) => k.role), ['timestamp', 'snapshot', 'targets', 'root', 'demo']);
  assert.equal(done.roles.map((role) => [role.role, role.version, role.change]), [
    ['root', 2, 'made'],
    ['targets', 4, 'made'],
    ['snapshot', 5, 'made'],
    ['timestamp', 5, 'made'],
    ['demo', 3, 'made'],
    ['other', 1, 'none'],
  ]);
  assert.equal(await problems(r), []);
  const again = must(await turn(r, ['root', 'demo']));
  assert.equal(again.keys.map((k) => names(k.files)), [['root-5.pem', 'root-6.pem'], ['component-demo@3.pem']]);
  assert.is(await newestSeen(r, new MemoryMetadataStore(), 'demo'), 1);
});

test('a machine that slept through three roots walks from its own to the newest', async () => {
  const r = await published('slept');
  const store = new MemoryMetadataStore();
  await readCatalogs(r, store, ['demo']);
  must(await turn(r, ['root']));
  must(await turn(r, ['timestamp', 'snapshot']));
  must(await turn(r, ['root', 'targets']));
  await r.publish('demo', { a: '2' });
  const { requests, notes } = await readCatalogs(r, store, ['demo']);
  assert.equal(notes, ['timestamp', 'snapshot', 'targets'].map((role) => `The cached metadata of ${role} was discarded, to be fetched again: the keys that count now did not sign it: they were changed, or this copy was.`));
  assert.equal(requests.slice(0, 5), ['2.root', '3.root', '4.root', '5.root', 'timestamp'].map((name) => `/metadata/${name}.json`));
  assert.is(await newestSeen(r, store, 'demo'), 2);
});

/** What a thief of the old key would serve: the role's current document, a version on, signed with that key. */
const FORGERIES: Readonly<Record<(typeof ROLES)[number], (r: TestRepository, key: Signer) => void>> = {
  root: (r, key) => {
    const { root } = must(readRepository(r.ports, r.dir));
    writeFileSync(layout.versioned(r.dir, 'root', root.version + 1), signDocument({ ...root, version: root.version + 1 }, [key]));
  },
  targets: (r, key) => {
    const { targets, snapshot, timestamp } = must(readRepository(r.ports, r.dir));
    const bytes = signDocument({ ...targets, version: targets.version + 1 }, [key]);
    writeFileSync(layout.versioned(r.dir, 'targets', targets.version + 1), bytes);
    online(r, { ...snapshot, version: snapshot.version + 1, meta: new Map(snapshot.meta).set('targets.json', { ...fileOf(bytes), version: targets.version + 1 }) }, timestamp);
  },
  snapshot: (r, key) => {
    const { snapshot, timestamp } = must(readRepository(r.ports, r.dir));
    online(r, { ...snapshot, version: snapshot.version + 1 }, timestamp, key);
  },
  timestamp: (r, key) => {
    const { timestamp } = must(readRepository(r.ports, r.dir));
    writeFileSync(layout.timestamp(r.dir), signDocument({ ...timestamp, version: timestamp.version + 1 }, [key]));
  },
  demo: (r, key) => {
    const { roles, snapshot, timestamp } = must(readRepository(r.ports, r.dir));
    const role = roles.get('demo');
    if (role === undefined) throw new Error('no role demo');
    const bytes = signDocument({ ...role, version: role.version + 1 }, [key]);
    writeFileSync(layout.versioned(r.dir, 'demo', role.version + 1), bytes);
    online(r, { ...snapshot, version: snapshot.version + 1, meta: new Map(snapshot.meta).set('demo.json', { ...fileOf(bytes), version: role.version + 1 }) }, timestamp);
  },
};

/** A snapshot and the timestamp for it, signed as the repository does, but for the key that is given. */
function online(r: TestRepository, snapshot: ReturnType<typeof snapshotOf>, timestamp: Timestamp, by?: Signer): void {
  const key = (role: string): Signer => must(readKeyFile(r.ports, join(r.keys, newest(r.keys, role)), role));
  const bytes = signDocument(snapshot, [by ?? key('snapshot')]);
  writeFileSync(layout.versioned(r.dir, 'snapshot', snapshot.version), bytes);
  const next = { ...timestamp, version: timestamp.version + 1, meta: { 'snapshot.json': { ...fileOf(bytes), version: snapshot.version } } };
  writeFileSync(layout.timestamp(r.dir), signDocument(next, [key('timestamp')]));
}
const snapshotOf = (r: TestRepository) => must(readRepository(r.ports, r.dir)).snapshot;
const newest = (folder: string, role: string): string => readdirSync(folder).filter((name) => name.startsWith(`${role}-`) && name.endsWith('.pem')).toSorted().at(-1) ?? '';

for (const role of ROLES) {
  test(`after a rotation of ${role} nothing that the old key signs is accepted, not even from a machine's own cache`, async () => {
    const r = await published(`forged-${role}`);
    const store = new MemoryMetadataStore();
    await readCatalogs(r, store, ['demo']);
    const done = must(await turn(r, [role]));
    const old = must(readKeyFile(r.ports, done.keys[0]?.retired[0] ?? '', role));
    FORGERIES[role](r, old);
    for (const one of [store, new MemoryMetadataStore()]) assert.match(String(await newestSeen(r, one, 'demo')), /^6 .*bears 0 valid signatures/);
    assert.ok((await problems(r)).length > 0, 'check finds it too');
  });
}

test('machines that a thief sent far ahead come back with new keys for timestamp and snapshot (TUF 5.3.11)', async () => {
  const r = await published('ahead');
  const good = join(r.root, 'good');
  const copy = (from: string, to: string): void => readdirSync(from).forEach((name) => copyFileSync(join(from, name), join(to, name)));
  mkdirSync(good);
  copy(layout.metadata(r.dir), good);
  const { snapshot, timestamp } = must(readRepository(r.ports, r.dir));
  const far = (version: number) => version + 1_000_000;
  const meta = new Map([...snapshot.meta].map(([name, m]) => [name, name === 'targets.json' ? { ...m, version: far(m.version) } : m]));
  online(r, { ...snapshot, version: far(snapshot.version), meta }, { ...timestamp, version: far(timestamp.version) });
  const store = new MemoryMetadataStore();
  await newestSeen(r, store, 'demo');
  copy(good, layout.metadata(r.dir));
  await r.publish('demo', { a: '2' });
  assert.match(String(await newestSeen(r, store, 'demo')), /^7 .*timestamp.* went back/, 'the thief has had them');
  must(await turn(r, ['timestamp', 'snapshot']));
  assert.is(await newestSeen(r, store, 'demo'), 2);
});

test('a lost key is no obstacle: a root that trusts both stands between, and the new one signs', async () => {
  for (const role of ['timestamp', 'snapshot', 'targets'] as const) {
    const r = await published(`lost-${role}`);
    const store = new MemoryMetadataStore();
    await readCatalogs(r, store, ['demo']);
    renameSync(join(r.keys, `${role}-1.pem`), join(r.root, 'lost'));
    refused(role === 'targets' ? await renew(r.ports, { dir: r.dir }) : await refresh(r.ports, { dir: r.dir }), 26, new RegExp(`${role}-1\\.pem of the role ${role} cannot be read: it is not there`));
    const done = must(await turn(r, [role]));
    assert.equal([done.bridged, done.keys[0]?.retired, done.keys[0]?.elsewhere.length], [[role], [], 1]);
    assert.is(must(readRepository(r.ports, r.dir)).root.version, 3);
    assert.equal(await problems(r), []);
    await r.publish('demo', { a: '2' });
    assert.is(await newestSeen(r, store, 'demo'), 2, role);
  }
});

test('root keys of several people: as many of the old as its threshold asks for, and a lost one is replaced with the others', async () => {
  const r = await testRepository('threshold');
  const at = { dir: join(r.root, 'two'), keys: join(r.root, 'two-keys') };
  must(await initRepository(r.ports, { ...at, rootThreshold: 2, targetsThreshold: 2 }));
  renameSync(join(at.keys, 'root-2.pem'), join(r.root, 'lost'));
  const done = must(await rotate(r.ports, { ...at, roles: ['root', 'targets'] }));
  assert.equal(done.keys.map((k) => names(k.files)), [['root-4.pem', 'root-5.pem', 'root-6.pem'], ['targets-3.pem', 'targets-4.pem']]);
  assert.equal(done.keys.map((k) => [k.retired.length, k.elsewhere.length]), [[2, 1], [2, 0]]);
  const { signatures } = JSON.parse(readFileSync(layout.versioned(at.dir, 'root', 2), 'utf8'));
  assert.is(signatures.length, 5, 'two old ones, three new ones');
  for (const name of ['root-4.pem', 'root-5.pem']) renameSync(join(at.keys, name), join(r.root, name));
  refused(await rotate(r.ports, { ...at, roles: ['timestamp'] }), 26, /1 of the 2 keys that must sign are there/);
});

test('one key of several is replaced alone: the others stay trusted, and sign as before', async () => {
  const r = await testRepository('only');
  const at = { dir: join(r.root, 'three'), keys: join(r.root, 'three-keys') };
  must(await initRepository(r.ports, { ...at, rootThreshold: 2 }));
  const before = must(readRepository(r.ports, at.dir)).root.roles.root.keyids;
  renameSync(join(at.keys, 'root-2.pem'), join(r.root, 'lost'));
  const only = (...keys: readonly string[]) => rotate(r.ports, { ...at, roles: ['root'], only: keys });
  refused(await only('root-2.pem'), 64, new RegExp(`root-2\\.pem is no key of root, which has: ${before[0]} \\(root-1\\.pem\\), ${before[1]} \\(its file is not here\\), ${before[2]}`));
  const done = must(await only(before[1] ?? ''));
  assert.equal([names(done.keys[0]?.files), done.keys[0]?.retired, done.keys[0]?.elsewhere], [['root-4.pem'], [], [before[1]]]);
  const { root } = must(readRepository(r.ports, at.dir));
  assert.equal(root.roles.root.keyids.slice(0, 2), [before[0], before[2]]);
  assert.is(root.roles.root.keyids.length, 3);
  const again = must(await only('root-1.pem', 'root-4.pem'));
  assert.equal([names(again.keys[0]?.files), names(again.keys[0]?.retired)], [['root-5.pem', 'root-6.pem'], ['root-1.pem.retired', 'root-4.pem.retired']]);
  refused(await rotate(r.ports, { ...at, roles: ['root', 'timestamp'], only: ['root-3.pem'] }), 64, /--only: keys can be named for one role at a time/);
  assert.equal(must(await checkRepository(r.ports, { dir: at.dir })).problems, []);
});

test('a lost key of several that all must sign is replaced alone', async () => {
  const r = await testRepository('one-of-two');
  const at = { dir: join(r.root, 'two'), keys: join(r.root, 'two-keys') };
  must(await initRepository(r.ports, { ...at, targetsThreshold: 2 }));
  const [, lost = ''] = must(readRepository(r.ports, at.dir)).root.roles.targets.keyids;
  renameSync(join(at.keys, 'targets-2.pem'), join(r.root, 'lost'));
  const done = must(await rotate(r.ports, { ...at, roles: ['targets'], only: [lost] }));
  assert.equal([done.bridged, names(done.keys[0]?.files)], [['targets'], ['targets-3.pem']]);
  const bridge = JSON.parse(readFileSync(layout.versioned(at.dir, 'root', 2), 'utf8')).signed.roles.targets;
  assert.equal([bridge.keyids.length, new Set(bridge.keyids).size, bridge.threshold], [3, 3, 2]);
  must(await addComponent(r.ports, { ...at, id: 'demo', type: 'av', plugin: 'files' }));
  const two = { ...r, dir: at.dir, rootFile: join(at.dir, 'root.json'), http: (url: string) => folderHttp(r.ports, at.dir, url) };
  assert.is(await newestSeen(two, new MemoryMetadataStore(), 'demo'), 0);
});

test('offline keys may be on a medium of their own, and their new ones are written there', async () => {
  const r = await published('medium');
  const medium = join(r.root, 'medium');
  mkdirSync(medium);
  for (const name of ['root-1.pem', 'root-2.pem', 'targets-1.pem']) renameSync(join(r.keys, name), join(medium, name));
  refused(await turn(r, ['timestamp']), 26, /root-1\.pem of the role root cannot be read/);
  const done = must(await turn(r, ROLES, { offlineKeys: medium }));
  assert.equal(readdirSync(medium).filter((name) => name.endsWith('.pem')).toSorted(), ['root-3.pem', 'root-4.pem', 'targets-2.pem']);
  assert.is(done.keys.flatMap((k) => k.elsewhere).length, 0);
  refused(await turn(r, ['root'], { offlineKeys: join(r.dir, 'metadata') }), 64, /inside the repository/);
  await r.publish('demo', { a: '2' });
  assert.is(await newestSeen(r, new MemoryMetadataStore(), 'demo'), 2);
});

test('new keys in another folder are found from then on, without naming it again', async () => {
  const r = await published('moved');
  const keys = join(r.root, 'new-keys');
  mkdirSync(keys);
  for (const name of ['root-1.pem', 'targets-1.pem']) copyFileSync(join(r.keys, name), join(keys, name));
  const done = must(await turn(r, ['timestamp', 'snapshot', 'demo'], { keys }));
  assert.equal(readdirSync(keys).toSorted(), ['component-demo@2.pem', 'root-1.pem', 'snapshot-2.pem', 'targets-1.pem', 'timestamp-2.pem']);
  assert.equal(done.keys.map((k) => k.elsewhere.length), [1, 1, 1], 'what lies in the old folder is named by its id');
  await r.publish('demo', { a: '2' });
  assert.is(await newestSeen(r, new MemoryMetadataStore(), 'demo'), 2);
});

test('keys that were made elsewhere are taken, where nobody had them before', async () => {
  const r = await published('given');
  const spare = await testRepository('given-spare');
  const given = (name: string): string => join(spare.keys, name);
  const done = must(await turn(r, ['root'], { newKeys: [given('root-1.pem'), given('root-2.pem'), given('targets-1.pem')] }));
  assert.equal(names(done.keys[0]?.files), ['root-3.pem', 'root-4.pem', 'root-5.pem']);
  assert.equal(readFileSync(join(r.keys, 'root-4.pem'), 'utf8'), readFileSync(given('root-2.pem'), 'utf8'));
  copyFileSync(given('timestamp-1.pem'), join(r.keys, 'timestamp-7.pem'));
  const inPlace = must(await turn(r, ['timestamp'], { newKeys: [join(r.keys, 'timestamp-7.pem')] }));
  assert.equal([names(inPlace.keys[0]?.files), existsSync(join(r.keys, 'timestamp-8.pem'))], [['timestamp-7.pem'], false]);
  const before = stateOf(r);
  for (const [path, words] of [
    [join(r.keys, 'timestamp-1.pem.retired'), /trusts it already, or did once/],
    [join(r.keys, 'snapshot-1.pem'), /trusts it already, or did once/],
    [r.rootFile, /no ed25519 key/],
  ] as const) {
    refused(await turn(r, ['timestamp'], { newKeys: [path] }), words.source.startsWith('no') ? 26 : 64, words);
  }
  refused(await turn(r, ['timestamp', 'snapshot'], { newKeys: [given('snapshot-1.pem')] }), 64, /one role at a time/);
  assert.equal(stateOf(r), before);
});

test('what cannot be done is one clear error, and changes neither repository nor keys', async () => {
  const r = await published('refused');
  const other = await published('refused-other');
  const before = stateOf(r);
  refused(await turn(r, ['nobody']), 64, /has no role nobody; it has: root, targets, snapshot, timestamp, demo, other/);
  refused(await turn(r, ['timestamp'], { keys: join(r.root, 'nowhere') }), 26, /nowhere\/root-1\.pem of the role root cannot be read: it is not there/);
  refused(await turn(r, ['timestamp'], { keys: other.keys }), 26, /root-1\.pem is not one that the repository trusts for the role root/);
  refused(await turn(r, ['timestamp'], { keys: join(r.dir, 'k') }), 64, /inside the repository/);
  renameSync(join(r.keys, 'targets-1.pem'), join(r.root, 'away'));
  refused(await turn(r, ['demo']), 26, /targets-1\.pem of the role targets cannot be read: it is not there/);
  renameSync(join(r.root, 'away'), join(r.keys, 'targets-1.pem'));
  assert.equal(stateOf(r), before);
  for (const [folder, words] of [[r.keys, /new key .*timestamp-2\.pem cannot be written/], [layout.metadata(r.dir), /cannot be read or written at .*metadata/]] as const) {
    refused(await rotate({ ...r.ports, files: closed(r.ports.files, folder) }, { dir: r.dir, roles: ['timestamp'] }), 26, words);
  }
  assert.equal(stateOf(r), before, 'a new key that nothing names is taken away again');
});

test('a rotation of targets remembers the folder too, as a renewal does; root alone does not', async () => {
  const r = await published('targets-moved');
  const moved = join(r.root, 'moved');
  cpSync(r.keys, moved, { recursive: true });
  assert.is(must(await rotate(r.ports, { dir: r.dir, roles: ['root'], keys: moved })).keysMoved, undefined);
  assert.equal(must(await rotate(r.ports, { dir: r.dir, roles: ['targets'], keys: moved })).keysMoved, { from: r.keys, to: moved });
});

test('what somebody put into the folder is not signed with the offline keys', async () => {
  const r = await published('meddled');
  const meddler = await published('meddler');
  const foreign = must(readRepository(meddler.ports, meddler.dir));
  const mine = must(readRepository(r.ports, r.dir));
  const bytes = readFileSync(layout.versioned(meddler.dir, 'targets', foreign.targets.version));
  writeFileSync(layout.versioned(r.dir, 'targets', mine.targets.version), bytes);
  online(r, { ...mine.snapshot, version: mine.snapshot.version + 1, meta: new Map(mine.snapshot.meta).set('targets.json', { ...fileOf(bytes), version: mine.targets.version }) }, mine.timestamp);
  for (const done of [await turn(r, ['targets']), await turn(r, ['demo']), await renew(r.ports, { dir: r.dir })]) {
    refused(done, 6, /targets\.json is not signed by its own keys .*nothing was signed on top/);
  }
  const quiet = await published('meddled-snapshot');
  const { snapshot, timestamp } = must(readRepository(quiet.ports, quiet.dir));
  online(quiet, { ...snapshot, version: snapshot.version + 1, meta: new Map([...snapshot.meta].filter(([name]) => name !== 'other.json')) }, timestamp, must(readKeyFile(r.ports, join(meddler.keys, 'snapshot-1.pem'), 'snapshot')));
  refused(await turn(quiet, ['timestamp']), 6, /snapshot\.json is not signed by its own keys/);
  copyFileSync(join(meddler.dir, 'root.json'), layout.versioned(r.dir, 'root', 2));
  refused(await renew(r.ports, { dir: r.dir, roles: ['root'] }), 8, /2\.root\.json is damaged: it says that it is version 1/);
  writeFileSync(layout.versioned(r.dir, 'root', 2), signDocument({ ...mine.root, version: 2 }, []));
  refused(await turn(r, ['timestamp']), 6, /2\.root\.json is not signed by its own keys/);
});

test('a root that has expired is a reason to publish nothing, and is cured by renew or a rotation', async () => {
  const r = await published('expired');
  const store = new MemoryMetadataStore();
  await readCatalogs(r, store, ['demo']);
  r.ports.at += 366 * DAY;
  const path = join(r.root, 'source-1');
  const words = new RegExp(`signatures of root ended at 2027-11-25T08:00:00Z.*glued repo renew ${r.dir} root`);
  refused(await publish(r.ports, { dir: r.dir, id: 'demo', path, version: '9', channel: 'early' }), 7, words);
  refused(await refresh(r.ports, { dir: r.dir }), 7, words);
  refused(await turn(r, ['demo']), 7, words);
  must(await turn(r, ['root']));
  refused(await refresh(r.ports, { dir: r.dir }), 7, new RegExp(`signatures of targets ended .*glued repo renew ${r.dir} targets`));
  must(await renew(r.ports, { dir: r.dir }));
  await r.publish('demo', { a: '2' });
  assert.is(await newestSeen(r, store, 'demo'), 2);
  assert.equal(await problems(r), []);
});

test.run();
