// runtimes: node, deno
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Catalog, failureText, type Files, ok, type Release } from '../../src/model/index.ts';
import { checkRepository, layout, pause, prune, type PruneOptions, refresh, revoke } from '../../src/publisher/index.ts';
import { thin } from '../../src/publisher/old-releases.ts';
import { release } from '../planner/world.ts';
import { Crash, crashingFiles } from '../support/crashing-files.ts';
import { MemoryMetadataStore } from '../support/memory-metadata-store.ts';
import { componentId, newestSeen, readCatalogs } from '../support/read-catalogs.ts';
import { refused } from '../support/outcome.ts';
import { must, testRepository, type TestRepository } from '../support/repository.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-25T08:00:00Z');

/** The numbers that are taken out of a catalog, newest first. */
function out(releases: readonly Release[], { keep = 2, revoked = [] }: { readonly keep?: number; readonly revoked?: Catalog['revoked'] } = {}): readonly number[] {
  return thin({ component: componentId('demo'), releases, revoked }, { keep, since: NOW, now: NOW }).removed.map((r) => r.sequence);
}
const old = (sequence: number, more: Partial<Release> = {}): Release => release(sequence, { date: NOW - 100 * DAY, ...more });
const newestFirst = (...releases: readonly Release[]): readonly Release[] => releases.toSorted((a, b) => b.sequence - a.sequence);

const CASES: readonly (readonly [name: string, removed: readonly number[], expected: readonly number[]])[] = [
  ['the newest stay', out(newestFirst(old(1), old(2), old(3), old(4))), [2, 1]],
  ['as many of each channel', out(newestFirst(old(1), old(2), old(3), old(4, { channel: 'early' }), old(5, { channel: 'early' }), old(6, { channel: 'early' }))), [4, 1]],
  ['what an older engine may have stays, whatever newer engines have', out(newestFirst(old(1, { conditions: { engine: { max: '1.0' } } }), old(2), old(3), old(4))), [2]],
  ['a young release stays', out(newestFirst(old(1), release(2, { date: NOW }), old(3), old(4))), [1]],
  ['those that only some machines may have do not stand in for one that all may', out(newestFirst(old(1), old(2), old(3, { paused: true }), old(4, { optional: true }), old(5, { rollout: { percent: 5, salt: 's' } }), old(6, { requires: [{ component: componentId('x'), minSequence: 1 }] }))), [1]],
  ['where there is none that all may have, everything stays', out(newestFirst(old(1, { optional: true }), old(2, { optional: true }), old(3, { optional: true }))), []],
  ['forced, paused, revoked and safe releases stay', out(newestFirst(old(1, { forced: true }), old(2, { paused: true }), old(3), old(4), old(5), old(6), old(7)), { revoked: [{ sequence: 3, reason: 'bad', safeSequence: 4 }] }), [5]],
];
for (const [name, removed, expected] of CASES) test(`of old releases ${name}`, () => assert.equal(removed, expected));

test('deltas from what is taken out go with it, and all else of a release stays as it was', () => {
  const delta = (fromSequence: number) => ({ fromSequence, sha256: old(fromSequence).package.sha256, size: 1, algorithm: 'zstd' });
  const releases = newestFirst(old(1), old(2), old(3, { deltas: [delta(2), delta(1)] }), old(4, { deltas: [delta(3), delta(2)] }));
  const { catalog } = thin({ component: componentId('demo'), releases, revoked: [] }, { keep: 2, since: NOW, now: NOW });
  assert.equal(catalog.releases, newestFirst(old(3, { deltas: [] }), old(4, { deltas: [delta(3)] })));
});

const go = (r: TestRepository, more: Partial<PruneOptions> = {}) => prune(r.ports, { dir: r.dir, keep: 2, days: 30, act: 'remove', ...more });
const problems = async (r: TestRepository): Promise<readonly string[]> => must(await checkRepository(r.ports, { dir: r.dir })).problems.map(failureText);
const packages = (r: TestRepository): number => readdirSync(layout.packages(r.dir)).filter((name) => name.length === 2).flatMap((folder) => readdirSync(join(layout.packages(r.dir), folder))).length;

/** Six releases, one a day, forty days ago; the third is revoked, and the second is where machines go from it. */
async function grown(): Promise<TestRepository> {
  const r = await testRepository('prune');
  await r.add('demo');
  await r.add('other');
  for (let n = 1; n <= 6; n++) {
    r.ports.at += DAY;
    await r.publish('demo', { a: `${n}`.repeat(3000) }, { deltas: 0 });
  }
  must(await revoke(r.ports, { dir: r.dir, id: 'demo', sequence: 3, reason: 'bad', safe: 2 }));
  r.ports.at += 40 * DAY;
  must(await refresh(r.ports, { dir: r.dir }));
  return r;
}

test('old releases leave the catalog at once, and their packages once no machine can believe an older state', async () => {
  const r = await grown();
  const store = new MemoryMetadataStore();
  await readCatalogs(r, store, ['demo']);
  const before = [layout.metadata(r.dir), layout.catalogs(r.dir), r.dir].map((folder) => readdirSync(folder));
  const looked = must(await go(r, { act: 'look' }));
  assert.equal([layout.metadata(r.dir), layout.catalogs(r.dir), r.dir].map((folder) => readdirSync(folder)), before, 'a look changes nothing');
  const first = must(await go(r));
  assert.equal(looked.components, first.components);
  assert.equal(first.components.map(({ id, kept, removed }) => [id, kept, removed.map((one) => one.sequence)]), [['demo', 4, [4, 1]], ['other', 0, []]]);
  assert.equal(first.files.removed, { files: 0, bytes: 0 });
  assert.is(first.files.waiting.files > 2, true, 'two packages, and the catalogs of before');
  assert.is(first.files.next, r.ports.at + 8 * DAY);
  assert.equal([packages(r), await problems(r)], [6, []]);
  assert.is(await newestSeen(r, store, 'demo'), 6);
  r.ports.at += 7.9 * DAY;
  must(await refresh(r.ports, { dir: r.dir }));
  const early = must(await go(r));
  assert.equal([early.files.removed.files, early.components[0]?.removed], [0, []]);
  r.ports.at += 0.2 * DAY;
  const last = must(await go(r));
  assert.equal([last.files.removed, last.files.waiting.files, last.files.next], [first.files.waiting, 0, null]);
  assert.equal([packages(r), await problems(r)], [4, []]);
  assert.is(readdirSync(layout.catalogs(r.dir)).length, 2, 'one for each component');
  for (const one of [store, new MemoryMetadataStore()]) assert.is(await newestSeen(r, one, 'demo'), 6);
  refused(await revoke(r.ports, { dir: r.dir, id: 'demo', sequence: 4, reason: 'late' }), 64, /has no release 4; it has: 6, 5, 3, 2/);
});

test('content that is published again while it waits is used again, and stays', async () => {
  const r = await grown();
  must(await go(r));
  await r.publish('demo', { a: '4'.repeat(3000) }, { deltas: 0 });
  r.ports.at += 7 * DAY;
  must(await refresh(r.ports, { dir: r.dir }));
  r.ports.at += 2 * DAY;
  must(await go(r));
  assert.equal([packages(r), await problems(r)], [5, []]);
});

test('only what nothing names and is ours is removed; a lost note costs time, and nothing else', async () => {
  const r = await grown();
  const strangers = [join(layout.packages(r.dir), 'README'), join(layout.catalogs(r.dir), 'notes.txt')];
  for (const path of strangers) writeFileSync(path, 'mine');
  must(await go(r));
  r.ports.at += 9 * DAY;
  writeFileSync(layout.unused(r.dir), 'junk');
  assert.is(must(await go(r)).files.removed.files, 0);
  r.ports.at += 9 * DAY;
  rmSync(layout.unused(r.dir));
  assert.is(must(await go(r)).files.removed.files, 0);
  r.ports.at += 9 * DAY;
  assert.is(must(await go(r)).files.removed.files > 0, true);
  assert.equal([strangers.map((path) => existsSync(path)), packages(r)], [[true, true], 4]);
});

test('as many unused files as a large repository may have are counted, remembered and removed', async () => {
  const r = await testRepository('prune-many');
  await r.add('demo');
  const many = 150_000;
  const folder = join(layout.packages(r.dir), 'ab');
  const left = new Set(Array.from({ length: many }, (_, i) => join(folder, `ab${i.toString(16).padStart(62, '0')}`)));
  mkdirSync(folder);
  const { list, remove } = r.ports.files;
  const files: Files = {
    ...r.ports.files,
    list: (path) => (path === folder ? ok([...left].map((one) => ({ name: basename(one), type: 'file' }))) : list(path)),
    remove: (path) => (left.delete(path) ? ok() : remove(path)),
  };
  const { ports } = r;
  const first = must(await prune({ ...ports, files }, { dir: r.dir, act: 'remove' })).files;
  assert.equal([first.removed.files, first.waiting.files, first.next], [0, many, ports.at + 8 * DAY]);
  ports.at += 6 * DAY;
  must(await refresh(ports, { dir: r.dir }));
  ports.at += 3 * DAY;
  const last = must(await prune({ ...ports, files }, { dir: r.dir, act: 'remove' })).files;
  assert.equal([last.removed.files, last.waiting.files, left.size], [many, 0, 0]);
});

test('what is paused stays, one component can be named, and a key is needed only where something is signed', async () => {
  const r = await grown();
  must(await pause(r.ports, { dir: r.dir, id: 'demo', sequence: 4, to: 'paused' }));
  renameSync(join(r.keys, 'component-demo.pem'), join(r.root, 'away'));
  const before = readFileSync(layout.timestamp(r.dir), 'utf8');
  assert.equal(must(await go(r, { ids: ['other'] })).components.map((c) => c.id), ['other']);
  refused(await go(r), 26, /component-demo\.pem of the role demo cannot be read/);
  assert.is(readFileSync(layout.timestamp(r.dir), 'utf8'), before);
  renameSync(join(r.root, 'away'), join(r.keys, 'component-demo.pem'));
  assert.equal(must(await go(r)).components[0]?.removed.map((one) => one.sequence), [1]);
  refused(await go(r, { ids: ['nobody'] }), 64, /has no component nobody/);
  refused(await go(r, { ids: [] }), 64, /no component is named/);
  refused(await go(r, { keep: 0 }), 64, /--keep: 0 is no whole number from 1/);
  r.ports.at += 400 * DAY;
  refused(await go(r), 7, /signatures of root ended/);
});

test('killed at any change of the disk it leaves a whole repository, and the next one ends the work', async () => {
  const r = await grown();
  const steady = new MemoryMetadataStore();
  await readCatalogs(r, steady, ['demo']);
  let died = 0;
  for (const later of [0, 9 * DAY]) {
    r.ports.at += later;
    must(await refresh(r.ports, { dir: r.dir }));
    for (let at = 1; ; at++) {
      try {
        must(await prune({ ...r.ports, files: crashingFiles(r.ports.files, at) }, { dir: r.dir, keep: 2, days: 30, act: 'remove' }));
        break;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
      died++;
      assert.equal(await problems(r), [], `change ${at}`);
      for (const one of [steady, new MemoryMetadataStore()]) assert.is(await newestSeen(r, one, 'demo'), 6, `change ${at}`);
    }
  }
  assert.ok(died >= 8, `died at ${died} points only`);
  assert.is(packages(r), 4);
  console.log(`\nNOTE: prune: killed at ${died} points`);
});

test.run();
