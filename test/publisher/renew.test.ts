// runtimes: node, deno
import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Failure, failureText, type Outcome } from '../../src/model/index.ts';
import { checkRepository, layout, refresh, renew } from '../../src/publisher/index.ts';
import { readRepository } from '../../src/publisher/repository.ts';
import { MemoryMetadataStore } from '../support/memory-metadata-store.ts';
import { newestSeen, readCatalogs } from '../support/read-catalogs.ts';
import { allWords, refused as refusedWith } from '../support/outcome.ts';
import { must, publisherPorts, testRepository, type TestRepository } from '../support/repository.ts';

const DAY = 86_400_000;
const refused = (outcome: Outcome<unknown, Failure>, exit: number, text: RegExp): Failure => refusedWith(outcome, exit, text, allWords);

async function published(): Promise<TestRepository> {
  const r = await testRepository('renew');
  await r.add('demo');
  await r.add('other');
  await r.publish('demo', { a: '1' });
  return r;
}

const warned = async (r: TestRepository): Promise<readonly string[]> => {
  const { problems, warnings } = must(await checkRepository(r.ports, { dir: r.dir }));
  assert.equal(problems.map(failureText), []);
  return warnings.map((w) => allWords(w).replaceAll(r.dir, 'DIR').replace('DIR/metadata/', ''));
};

test('root, targets and components go on for as long as the repository was made for, and nothing but dates changes', async () => {
  const r = await published();
  const before = must(readRepository(r.ports, r.dir));
  const first = readFileSync(r.rootFile, 'utf8');
  r.ports.at += 100 * DAY;
  const { roles } = must(await renew(r.ports, { dir: r.dir }));
  const after = must(readRepository(r.ports, r.dir));
  assert.equal(roles.map(({ role, version, change }) => [role, version, change]), [
    ['root', 2, 'made'],
    ['targets', 4, 'made'],
    ['snapshot', 5, 'made'],
    ['timestamp', 5, 'made'],
    ['demo', 3, 'made'],
    ['other', 2, 'made'],
  ]);
  const year = r.ports.at + 365 * DAY;
  for (const { role, expires } of roles) assert.is(expires, role === 'snapshot' ? r.ports.at + 30 * DAY : role === 'timestamp' ? r.ports.at + 7 * DAY : year, role);
  assert.equal({ ...after.root, version: 1, expires: 0 }, { ...before.root, expires: 0 });
  assert.equal({ ...after.targets, version: 3, expires: 0 }, { ...before.targets, expires: 0 });
  assert.equal(after.roles.get('demo')?.targets, before.roles.get('demo')?.targets);
  assert.is(readFileSync(r.rootFile, 'utf8'), first, 'the copy for endpoints is the first root still');
  assert.equal(await warned(r), []);
  const { expires } = must(await checkRepository(r.ports, { dir: r.dir }));
  assert.equal(expires.map((one) => one.role), ['timestamp', 'snapshot', 'root', 'targets', 'demo', 'other'], 'the first to end first');
  assert.equal(expires.map((one) => one.at), [7, 30, 365, 365, 365, 365].map((days) => r.ports.at + days * DAY));
});

test('machines follow to the renewed root, also from one that has expired', async () => {
  const r = await published();
  const store = new MemoryMetadataStore();
  await readCatalogs(r, store, ['demo']);
  r.ports.at += 364 * DAY;
  must(await renew(r.ports, { dir: r.dir }));
  r.ports.at += 20 * DAY;
  must(await refresh(r.ports, { dir: r.dir }));
  for (const one of [store, new MemoryMetadataStore()]) assert.is(await newestSeen(r, one, 'demo'), 1);
  assert.is(JSON.parse(Buffer.from(store.roles.get('root') ?? []).toString('utf8')).signed.version, 2);
});

test('one role alone needs its own keys alone: root none of the others', async () => {
  const r = await published();
  const timestamp = readFileSync(layout.timestamp(r.dir), 'utf8');
  const away = (name: string): void => renameSync(join(r.keys, name), join(r.root, name));
  const back = (name: string): void => renameSync(join(r.root, name), join(r.keys, name));
  const online = ['targets-1.pem', 'snapshot-1.pem', 'timestamp-1.pem', 'component-demo.pem', 'component-other.pem'];
  online.forEach(away);
  const root = must(await renew(r.ports, { dir: r.dir, roles: ['root'] }));
  assert.equal(root.roles.filter((role) => role.change === 'made').map((role) => role.role), ['root']);
  assert.is(readFileSync(layout.timestamp(r.dir), 'utf8'), timestamp);
  refused(await renew(r.ports, { dir: r.dir }), 26, /snapshot-1\.pem|targets-1\.pem/);
  online.forEach(back);
  ['root-1.pem', 'root-2.pem', 'component-other.pem'].forEach(away);
  refused(await renew(r.ports, { dir: r.dir }), 26, /root-1\.pem of the role root cannot be read: it is not there/);
  const targets = must(await renew(r.ports, { dir: r.dir, roles: ['targets', 'demo'] }));
  assert.equal(targets.roles.filter((role) => role.change === 'none').map((role) => role.role), ['root', 'other']);
  refused(await renew(r.ports, { dir: r.dir, roles: ['other'] }), 26, /component-other\.pem/);
  back('root-2.pem');
  const most = must(await renew(r.ports, { dir: r.dir }));
  assert.equal(most.roles.filter((role) => role.change === 'none').map((role) => role.role), ['other'], 'the spare signs root; a component whose key is elsewhere waits');
  assert.equal(await warned(r), []);
});

test('how long signatures last can be changed, and is remembered', async () => {
  const r = await published();
  const { roles } = must(await renew(r.ports, { dir: r.dir, roles: ['root'], expiryDays: { root: 100, targets: 50 } }));
  assert.is(roles[0]?.expires, r.ports.at + 100 * DAY);
  const later = must(await renew(r.ports, { dir: r.dir }));
  assert.equal(later.roles.filter(({ role }) => role !== 'snapshot' && role !== 'timestamp').map(({ expires }) => (expires - r.ports.at) / DAY), [100, 50, 50, 50]);
  refused(await renew(r.ports, { dir: r.dir, expiryDays: { root: 3651 } }), 64, /--root-days: 3651 is no whole number from 1 to 3650/);
});

test('a lifetime that is shorter than the warning is warned of in its last third, and not just after it was signed', async () => {
  const r = await published();
  must(await renew(r.ports, { dir: r.dir, expiryDays: { root: 30, targets: 21 } }));
  assert.equal(await warned(r), []);
  r.ports.at += 13 * DAY;
  must(await refresh(r.ports, { dir: r.dir }));
  assert.equal(await warned(r), []);
  const early = await r.publish('demo', {}, { path: join(r.root, 'source-1'), channel: 'early' });
  assert.equal(early.warnings, []);
  r.ports.at += 2 * DAY;
  must(await refresh(r.ports, { dir: r.dir }));
  assert.equal((await warned(r)).map((text) => text.split(': ')[0]), ['4.targets.json', '2.other.json'], 'demo was signed with the release');
  const at = join(r.root, 'source-1');
  assert.equal((await r.publish('demo', {}, { path: at, channel: 'late' })).warnings.map((text) => text.split(' end')[0]), ['The signatures of targets']);
  must(await renew(r.ports, { dir: r.dir, roles: ['targets', 'other'] }));
  r.ports.at += 6 * DAY;
  must(await refresh(r.ports, { dir: r.dir }));
  assert.equal((await warned(r)).map((text) => text.split(': ')[0]), ['2.root.json']);
});

test('the end of a short timestamp and snapshot, as init was asked for, is told in the last third too', async () => {
  const r = await testRepository('short', publisherPorts(), { root: 3, targets: 3, snapshot: 3, timestamp: 1 });
  await r.add('demo');
  assert.equal(await warned(r), []);
  r.ports.at += 0.7 * DAY;
  assert.equal((await warned(r)).map((text) => text.split(': ')[0]), ['timestamp.json']);
});

test('keys in another folder are found from then on, as after a rotation; a root that was signed alone moves nothing', async () => {
  const r = await published();
  const moved = join(r.root, 'moved');
  cpSync(r.keys, moved, { recursive: true });
  const alone = must(await renew(r.ports, { dir: r.dir, keys: moved, roles: ['root'] }));
  assert.is(alone.keysMoved, undefined);
  const empty = must(await renew(r.ports, { dir: r.dir, keys: join(r.root, 'empty'), offlineKeys: r.keys, roles: ['targets'] }));
  assert.is(empty.keysMoved, undefined, 'nothing could be published with it');
  must(await refresh(r.ports, { dir: r.dir }));
  const done = must(await renew(r.ports, { dir: r.dir, keys: moved, roles: ['targets'] }));
  assert.equal(done.keysMoved, { from: r.keys, to: moved });
  rmSync(r.keys, { recursive: true });
  must(await refresh(r.ports, { dir: r.dir }));
  assert.is(must(await renew(r.ports, { dir: r.dir })).keysMoved, undefined);
});

test('a role that is none of ours to renew is refused', async () => {
  const r = await published();
  refused(await renew(r.ports, { dir: r.dir, roles: ['nobody'] }), 64, /has no role nobody; it has: root, targets, demo, other/);
  refused(await renew(r.ports, { dir: r.dir, roles: ['timestamp'] }), 64, /timestamp is signed anew by glued repo refresh/);
  refused(await renew(r.ports, { dir: r.dir, roles: [] }), 64, /no role is named/);
  refused(await renew(r.ports, { dir: r.root }), 64, /is no content repository/);
});

test('check says two months ahead what ends, and the command that it names makes it good', async () => {
  const r = await published();
  r.ports.at += 304 * DAY;
  must(await refresh(r.ports, { dir: r.dir }));
  assert.equal(await warned(r), []);
  r.ports.at += 2 * DAY;
  must(await refresh(r.ports, { dir: r.dir }));
  const ends = 'it expires at 2027-11-25T08:00:00Z, in 59.0 days.';
  assert.equal(await warned(r), [`1.root.json: ${ends} Run: glued repo renew DIR root.`, `3.targets.json: ${ends} Run: glued repo renew DIR targets.`]);
  const path = join(r.root, 'source-1');
  const { warnings } = await r.publish('demo', {}, { path, channel: 'early' });
  assert.equal(warnings.map((w) => w.replace(r.dir, 'DIR')), ['root', 'targets'].map((role) => `The signatures of ${role} end at 2027-11-25T08:00:00Z, and clients refuse everything after that. Run: glued repo renew DIR ${role}`));
  r.ports.at += 40 * DAY;
  must(await refresh(r.ports, { dir: r.dir }));
  assert.match((await warned(r)).at(-1) ?? '', /^1\.other\.json: it expires .* Run: glued repo renew DIR other\.$/);
  must(await renew(r.ports, { dir: r.dir }));
  assert.equal(await warned(r), []);
});

test.run();
