import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { QuarantineEntry, StatusDocument } from '../../src/model/index.ts';
import { createMetadataStore, hostId, openState, readHistory, readStatus, type State } from '../../src/state/index.ts';
import { cleanUp, id, journalEntry, must, newDir, NOW, ports, runDocument, sha, why, withState } from './world.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (read: Uint8Array | undefined): string | undefined => (read === undefined ? undefined : new TextDecoder().decode(read));
const hash = (content: string): string => createHash('sha256').update(content).digest('hex');

test('opening makes private folders in a folder that all may read, and sweeps what a dead run left', () => {
  const dir = newDir();
  withState(dir, () => undefined);
  const left = ['.state.db.0123456789abcdef.tmp', 'NewRegistry/.a.plist.0123456789abcdef.tmp', 'metadata/.root.json.0123456789abcdef.tmp', 'scratch/content'];
  mkdirSync(join(dir, 'NewRegistry'));
  for (const name of left) writeFileSync(join(dir, name), '');
  writeFileSync(join(dir, '.kept.tmp'), '');
  chmodSync(join(dir, 'cache'), 0o755);
  withState(dir, (state) => {
    for (const name of left) assert.not.ok(existsSync(join(dir, name)), name);
    assert.ok(existsSync(join(dir, '.kept.tmp')));
    assert.is(state.scratch, join(dir, 'scratch'));
    const modes = ['', 'metadata', 'cache', 'scratch', 'state.db'].map((name) => (statSync(join(dir, name)).mode & 0o7777).toString(8));
    assert.equal(modes, ['755', '700', '700', '700', '600']);
  });
});

test('an open that finds nothing to do is cheap', () => {
  const dir = newDir();
  withState(dir, () => undefined);
  const from = process.cpuUsage();
  for (let n = 0; n < 10; n++) withState(dir, () => undefined);
  const used = process.cpuUsage(from);
  assert.ok((used.user + used.system) / 10_000 < 10, `${(used.user + used.system) / 10_000} ms each`);
});

test('the journal keeps one entry a component, exactly as it was given, until it is cleared', () => {
  const dir = newDir();
  const odd = { ...journalEntry('odd', 'restoring', { channel: 'beta', lastAttempt: 1, settings: { A: "it's" }, installed: null }), previous: null };
  withState(dir, (state) => {
    must(state.journal.put(journalEntry('demo', 'downloading')));
    must(state.journal.put(journalEntry('demo', 'swapping')));
    must(state.journal.put(odd));
  });
  withState(dir, (state) => {
    assert.equal(JSON.parse(JSON.stringify(must(state.journal.list()))), JSON.parse(JSON.stringify([journalEntry('demo', 'swapping'), odd])));
    must(state.journal.clear(id('demo')));
    must(state.journal.clear(id('nobody')));
    assert.equal(must(state.journal.list()).map((e) => e.component), ['odd']);
  });
});

test('history is newest first, per component, with its own code, and is pruned to the runs asked for', () => {
  const dir = newDir();
  withState(dir, (state) => {
    for (let n = 1; n <= 12; n++) must(state.history.append(runDocument(n, n === 12 ? { a: 'failed', b: 'current' } : { a: 'updated' }), 5, null));
    const latest = must(state.history.latest(3));
    assert.equal(latest.get('a')?.map((e) => [e.action, e.sequence, e.code]), [['failed', null, 11], ['updated', 11, 0], ['updated', 10, 0]]);
    assert.equal(latest.get('b')?.map((e) => e.code), [0]);
    assert.is(must(state.history.events('a', 100)).length, 5);
    assert.is(must(state.history.events(undefined, 100)).length, 6);
    assert.equal(must(state.history.runs(2)).map((r) => r.finishedAt), [runDocument(12, {}).finishedAt, runDocument(11, {}).finishedAt]);
    assert.equal(JSON.parse(JSON.stringify(must(state.history.runs(1))[0])), JSON.parse(JSON.stringify(runDocument(12, { a: 'failed', b: 'current' }))));
    assert.is(must(readHistory(ports, dir, 2)).get('a')?.length, 2, 'read beside an open state');
  });
  assert.equal([...must(readHistory(ports, newDir(), 2))], []);
});

const entry = (sequence: number): QuarantineEntry => ({ component: id('demo'), sequence, sha256: sha('c'), why: 'content-test', since: NOW, policyDigest: 'd' });

test('a release that failed to download is left alone after three runs, one that failed its test at once', () => {
  const dir = newDir();
  withState(dir, (state) => {
    must(state.quarantine.add(entry(5)));
    assert.equal([0, 1, 2].map(() => must(state.quarantine.downloadFailed(entry(6)))), ['counted', 'counted', 'quarantined']);
    must(state.quarantine.downloadFailed(entry(7)));
    assert.equal(must(state.quarantine.list()).map((e) => e.sequence), [5, 6]);
    assert.equal(must(state.quarantine.list())[0], entry(5));
    must(state.quarantine.forgive(id('demo'), 5));
    assert.equal(must(state.quarantine.list()).map((e) => e.sequence), [6]);
    must(state.quarantine.forgive(id('demo')));
    assert.equal(must(state.quarantine.list()), []);
    assert.equal([0, 1].map(() => must(state.quarantine.downloadFailed(entry(7)))), ['counted', 'counted'], 'counts are forgiven too');
  });
});

test('a delta that failed is remembered until its component has moved past it', () => {
  const dir = newDir();
  const refused = (name: string, sequence: number, sha256: string = hash(`${sequence}`)) => ({ component: id(name), sequence, sha256, why: 'delta-refused', since: NOW, policyDigest: 'd' });
  withState(dir, (state) => {
    for (const one of [refused('demo', 5), refused('demo', 6), refused('demo', 6, hash('another')), refused('other', 5)]) must(state.refusedDeltas.add(one));
    must(state.refusedDeltas.add({ ...refused('demo', 5), policyDigest: 'e' }));
  });
  withState(dir, (state) => {
    assert.equal(must(state.refusedDeltas.list())[0], { ...refused('demo', 5), policyDigest: 'e' }, 'the same again is the newer one');
    must(state.refusedDeltas.forgive(id('demo'), 5));
    assert.equal(must(state.refusedDeltas.list()).map((d) => [d.component, d.sequence]), [['demo', 6], ['demo', 6], ['other', 5]]);
    must(state.refusedDeltas.forgive(id('demo'), 4));
    assert.is(must(state.refusedDeltas.list()).length, 3);
  });
});

test('metadata is kept byte for byte, one file a role, and nothing else at the top ends in .json', () => {
  const dir = newDir();
  const store = createMetadataStore(ports, dir);
  assert.is(store.get('root'), undefined);
  must(store.put('root', bytes('{ "a":1}\n')));
  must(store.put('components/é x', bytes('role')));
  must(store.putCatalog('demo', bytes('catalog')));
  store.putTag('root', 'http://a/', '"e1"');
  assert.is(text(store.get('root')), '{ "a":1}\n');
  assert.is(text(store.get('components/é x')), 'role');
  assert.is(text(store.getCatalog('demo')), 'catalog');
  assert.is(store.getCatalog('other'), undefined);
  assert.equal(readdirSync(dir).filter((n) => n.endsWith('.json')).sort(), ['components%2F%C3%A9%20x.json', 'root.json']);
  store.drop('root');
  assert.is(store.get('root'), undefined);
  assert.is(store.getTag('root', 'http://a/'), undefined);
});

test('a tag is given only for its address and for the very bytes that are stored', () => {
  const dir = newDir();
  const store = createMetadataStore(ports, dir);
  store.putTag('timestamp', 'http://a/', 'early');
  assert.is(store.getTag('timestamp', 'http://a/'), undefined);
  must(store.put('timestamp', bytes('one')));
  store.putTag('timestamp', 'http://a/', '"e1"');
  assert.is(store.getTag('timestamp', 'http://a/'), '"e1"');
  assert.is(store.getTag('timestamp', 'http://b/'), undefined);
  must(store.put('timestamp', bytes('two')));
  assert.is(store.getTag('timestamp', 'http://a/'), undefined);
  store.putTag('timestamp', 'http://a/', '"e2"');
  writeFileSync(join(dir, 'tags', 'timestamp'), 'garbage');
  assert.is(store.getTag('timestamp', 'http://a/'), undefined);
});

test('metadata that cannot be read is as good as absent, and said', () => {
  const notes: string[] = [];
  const dir = newDir();
  mkdirSync(join(dir, 'root.json'), { recursive: true });
  const store = createMetadataStore(ports, dir, (note) => notes.push(note));
  assert.is(store.get('root'), undefined);
  assert.match(notes.join(), /root\.json could not be read \(is-folder\)/);
});

function download(state: State, content: string): string {
  const sha256 = hash(content);
  writeFileSync(state.packages.partial(sha256).path, content);
  return must(state.packages.commit(sha256, content.length));
}

test('a partial package is taken up again with what the server said of it, and becomes a package by its name', () => {
  const dir = newDir();
  const sha256 = hash('package');
  withState(dir, (state) => {
    assert.is(state.packages.partial(sha256).length, 0);
    writeFileSync(state.packages.partial(sha256).path, 'pack');
    state.packages.setValidator(sha256, '"etag"');
    assert.is(why(state.packages.commit(sha256, 7)), 'state-io', 'half a package never becomes one');
  });
  withState(dir, (state) => {
    const { path, length, validator } = state.packages.partial(sha256);
    assert.equal([length, validator], [4, '"etag"']);
    writeFileSync(path, 'package');
    assert.equal([[...state.packages.known()], [...state.packages.begun()]], [[], [[sha256, 7]]]);
    const there = must(state.packages.commit(sha256, 7));
    assert.is(there, join(dir, 'cache', sha256.slice(0, 2), sha256));
    assert.equal([...state.packages.known()], [sha256]);
    assert.equal([...state.packages.begun()], []);
    assert.is(state.packages.find(sha256, 'hash', 7), there);
    assert.equal(readdirSync(join(dir, 'cache', 'partial')), []);
    writeFileSync(state.packages.partial(sha256).path, 'x');
    state.packages.setValidator(sha256, 'x');
    state.packages.dropPartial(sha256);
    assert.equal(readdirSync(join(dir, 'cache', 'partial')), []);
  });
});

test('what is dropped is gone, and nothing else', () => {
  withState(newDir(), (state) => {
    const [first, second] = ['one', 'two'].map((content) => download(state, content));
    state.packages.drop(hash('one'));
    state.packages.drop(hash('never there'));
    assert.equal([existsSync(first ?? ''), existsSync(second ?? ''), [...state.packages.known()]], [false, true, [hash('two')]]);
  });
});

test('a damaged package in the cache is removed and said, never used', () => {
  const dir = newDir();
  withState(dir, (state) => {
    const content = 'package content';
    for (const [check, damage] of [
      ['size', (path: string) => truncateSync(path, 3)],
      ['hash', (path: string) => writeFileSync(path, 'PACKAGE content')],
    ] as const) {
      damage(download(state, content));
      assert.is(state.packages.find(hash(content), check, content.length), undefined);
      assert.match(state.notes.at(-1) ?? '', /cached package [0-9a-f]{64} was damaged/);
      assert.not.ok(state.packages.known().has(hash(content)));
    }
    assert.is(state.packages.find(sha('d'), 'hash', 1), undefined);
  });
});

test('over the budget the least recently used go, partial ones too, and never those that are needed', () => {
  const dir = newDir();
  const contents = ['one', 'two', 'three', 'four'].map((name) => name.padEnd(1000, '.'));
  withState(dir, (state) => {
    contents.forEach((content, n) => utimesSync(download(state, content), n, n));
    writeFileSync(state.packages.partial(sha('e')).path, 'x'.repeat(500));
  });
  const later = must(openState(ports, dir, NOW + 1000));
  later.packages.find(hash(contents[0] ?? ''), 'size', 1000);
  later.packages.trim(4500, new Set());
  assert.is(later.packages.known().size, 4, 'within the budget nothing goes');
  later.packages.trim(2600, new Set([hash(contents[1] ?? '')]));
  const left = contents.map((content) => later.packages.known().has(hash(content)));
  assert.equal(left, [true, true, false, false]);
  later.packages.trim(0, new Set());
  assert.is(later.packages.known().size, 0);
  assert.is(later.packages.partial(sha('e')).length, 0);
  later.close();
});

test("a host's id is the same each time, is not the machine's own, and is kept where there is none", () => {
  const dir = newDir();
  const machine = (value: string | undefined) => ({ ...ports, os: { ...ports.os, machineId: () => value } });
  const one = hostId(machine('machine-one'), dir);
  assert.match(one, /^[0-9a-f]{64}$/);
  assert.is(hostId(machine('machine-one'), newDir()), one);
  assert.is.not(hostId(machine('machine-two'), dir), one);
  assert.not.match(one, /machine/);
  const nowhere = hostId(machine(undefined), dir);
  assert.is(hostId(machine(undefined), dir), nowhere, 'even where it cannot be kept');
  withState(dir, () => undefined);
  const kept = hostId(machine(undefined), dir);
  assert.is(hostId(machine(undefined), dir), kept);
  assert.is.not(kept, nowhere);
  writeFileSync(join(dir, 'host-id'), 'garbage');
  assert.match(hostId(machine(undefined), dir), /^[0-9a-f]{64}$/);
});

test('status.json is for everyone, replaced whole, and read back with what a newer agent added', () => {
  const dir = newDir();
  assert.equal(readStatus(ports, dir), { ok: true, value: { kind: 'absent' } });
  const status: StatusDocument = {
    schema: 'glued.status/1',
    writtenAt: '2026-11-25T07:00:00.000Z',
    health: 'ok',
    summary: 's',
    last: runDocument(1, { demo: 'updated' }),
    components: [{ id: 'demo', lastAttempt: null, lastSuccess: null, installed: null, history: [] }],
    restarts: [],
    next: { at: null, reason: null },
    trust: { expiresAt: null },
    report: { delivered: false, queued: 0, lastError: null },
  };
  withState(dir, (state) => must(state.writeStatus(status)));
  assert.is(statSync(join(dir, 'status.json')).mode & 0o777, 0o644);
  writeFileSync(join(dir, 'status.json'), readFileSync(join(dir, 'status.json'), 'utf8').replace('{', '{"later":1,'));
  const read = must(readStatus(ports, dir));
  assert.is(read.kind, 'document');
  if (read.kind !== 'document') return;
  assert.equal(JSON.parse(JSON.stringify(read.document)), JSON.parse(JSON.stringify(status)));
  assert.equal(Object.keys(read.raw ?? {})[0], 'later');
});

test.after(cleanUp);
test.run();
