// runtimes: node, deno
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { canMakeDeltas } from '../../src/formats/zstd-make.ts';
import { type Catalog, failureText } from '../../src/model/index.ts';
import { checkRepository, layout, pause, publish, revoke, type RevokeOptions } from '../../src/publisher/index.ts';
import { findComponent } from '../../src/publisher/component-catalog.ts';
import { readRepository } from '../../src/publisher/repository.ts';
import { must, testRepository, type TestRepository, writeTree } from '../support/repository.ts';
import { digest, refused } from '../support/outcome.ts';
import { rewriteCatalog } from '../support/rewrite-catalog.ts';

/** `demo` with so many releases, each with content of its own. */
async function releases(count: number): Promise<TestRepository> {
  const r = await testRepository('revoke');
  await r.add('demo');
  for (let n = 1; n <= count; n++) await r.publish('demo', { a: `content ${n}` }, { version: `${n}.0`, deltas: 0 });
  return r;
}

const catalogOf = (r: TestRepository): Catalog => must(findComponent(r.ports, must(readRepository(r.ports, r.dir)), 'demo')).catalog;
const packageOf = (r: TestRepository, sequence: number) => catalogOf(r).releases.find((one) => one.sequence === sequence)?.package;
const timestamp = (r: TestRepository): string => readFileSync(layout.timestamp(r.dir), 'utf8');
const withdraw = (r: TestRepository, sequence: number, more: Partial<RevokeOptions> = {}) => revoke(r.ports, { dir: r.dir, id: 'demo', sequence, reason: 'false alarms', ...more });
const toPause = (r: TestRepository, sequence: number, to: 'paused' | 'resumed' = 'paused') => pause(r.ports, { dir: r.dir, id: 'demo', sequence, to });
const warningsOf = async (r: TestRepository): Promise<readonly string[]> => {
  const report = must(await checkRepository(r.ports, { dir: r.dir }));
  assert.equal(report.problems, []);
  return report.warnings.map(failureText);
};

test('revoke withdraws a release by its number and its package, and everything that names it is signed', async () => {
  const r = await releases(3);
  const before = must(readRepository(r.ports, r.dir));
  const done = must(await withdraw(r, 2, { safe: 1, reason: '  flags the C library — 誤検知  ' }));
  assert.equal([done.change, done.release.version, done.safe?.sequence, done.newest?.sequence, done.also, done.warnings], ['made', '2.0', 1, 3, [], []]);
  assert.equal(catalogOf(r).revoked, [{ sequence: 2, sha256: packageOf(r, 2)?.sha256, reason: 'flags the C library — 誤検知', safeSequence: 1 }]);
  assert.equal(catalogOf(r).releases.map((one) => one.sequence), [3, 2, 1], 'releases stay');
  const after = must(readRepository(r.ports, r.dir));
  assert.equal([after.timestamp.version, after.snapshot.version, after.roles.get('demo')?.version, after.targets.version], [before.timestamp.version + 1, before.snapshot.version + 1, (before.roles.get('demo')?.version ?? 0) + 1, before.targets.version]);
  const report = must(await checkRepository(r.ports, { dir: r.dir }));
  assert.equal([report.problems, report.warnings], [[], []]);
  assert.equal(report.revoked, [{ id: 'demo', sequence: 2, version: '2.0', reason: 'flags the C library — 誤検知', safeSequence: 1 }]);
});

test('only the keys of the component, snapshot and timestamp are needed, and they may be elsewhere', async () => {
  const r = await releases(2);
  for (const offline of ['root-1.pem', 'root-2.pem', 'targets-1.pem']) renameSync(join(r.keys, offline), join(r.root, offline));
  must(await withdraw(r, 2));
  renameSync(r.keys, join(r.root, 'moved'));
  refused(await toPause(r, 1), 26, /snapshot-1\.pem of the role snapshot cannot be read: it is not there/);
  assert.is(must(await pause(r.ports, { dir: r.dir, id: 'demo', sequence: 1, to: 'paused', keys: join(r.root, 'moved') })).change, 'made');
  refused(await withdraw(r, 1, { keys: join(r.dir, 'keys') }), 64, /inside the repository/);
});

test('the very same revocation again changes nothing, not even with the keys away', async () => {
  const r = await releases(2);
  must(await withdraw(r, 2, { safe: 1 }));
  const before = timestamp(r);
  renameSync(r.keys, join(r.root, 'away'));
  for (const more of [{ safe: 1 }, {}]) assert.equal([must(await withdraw(r, 2, more)).change, must(await withdraw(r, 2, more)).safe?.sequence], ['none', 1]);
  assert.is(timestamp(r), before);
});

test('given again with another reason or safe release it says that; a safe release that is not named again stays', async () => {
  const r = await releases(3);
  must(await withdraw(r, 2));
  must(await withdraw(r, 2, { safe: 1 }));
  must(await withdraw(r, 2, { reason: 'crashes' }));
  must(await withdraw(r, 2, { reason: 'crashes', safe: 3 }));
  assert.equal(catalogOf(r).revoked.map(({ sequence, reason, safeSequence }) => [sequence, reason, safeSequence]), [[2, 'crashes', 3]]);
});

const wrong = await releases(6);
must(await withdraw(wrong, 3, { reason: 'crashes' }));
must(await toPause(wrong, 4));
await wrong.publish('demo', { a: 'content 5' }, { version: '5.0-early', channel: 'early', deltas: 0 });
const WRONG: readonly (readonly [string, Partial<RevokeOptions>, RegExp])[] = [
  ['a component that is not there', { id: 'nobody' }, /no component nobody; it has: demo/],
  ['a release that is not there', { sequence: 8 }, /^demo has no release 8; it has: 7, 6, 5, 4, 3, 2, 1\.$/],
  ['an empty reason', { reason: ' ' }, /--reason: a reason is needed/],
  ['a reason with an escape sequence', { reason: 'bad \u001b[2J' }, /--reason: .*printable/],
  ['a reason of two lines', { reason: 'a\nb' }, /--reason: .*one line/],
  ['a reason that turns the direction of text', { reason: 'a \u202e b' }, /--reason: .*printable/],
  ['a reason that is a story', { reason: 'x'.repeat(501) }, /--reason: .*at most 500/],
  ['a safe release that is not there', { safe: 9 }, /demo has no release 9/],
  ['itself as the safe release', { safe: 5 }, /--safe: release 5 is the one that is revoked/],
  ['a safe release that was revoked', { safe: 3 }, /--safe: release 3 was revoked itself: crashes/],
  ['a safe release that is paused', { safe: 4 }, /--safe: release 4 is paused/],
  ['a safe release of the same content', { safe: 7 }, /--safe: release 7 has the same content as release 5/],
];
for (const [name, options, text] of WRONG) {
  test(`revoke refuses ${name}, and nothing changes`, async () => {
    const before = timestamp(wrong);
    refused(await withdraw(wrong, 5, options), 64, text);
    assert.is(timestamp(wrong), before);
  });
}

test('the same package under another number is revoked with it', async () => {
  const r = await releases(2);
  await r.publish('demo', { a: 'content 2' }, { version: '2.0-early', channel: 'early', deltas: 0 });
  const done = must(await withdraw(r, 2));
  assert.equal([done.also.map((one) => one.sequence), done.newest?.sequence, done.warnings], [[3], 1, []]);
  refused(await toPause(r, 3), 64, /^Release 3 of demo was revoked, so that no machine takes it/);
  assert.equal(await warningsOf(r), []);
});

test('the same content in another package, as another zstd makes it, is told of', async () => {
  const r = await releases(2);
  await r.publish('demo', { a: 'content 2, packed anew' }, { version: '3.0', deltas: 0 });
  const tar = packageOf(r, 2)?.unpackedSha256;
  if (tar === undefined) throw new Error('no hash of the tar');
  rewriteCatalog(r, 'demo', (c) => ({ ...c, releases: c.releases.map((one) => (one.sequence === 3 ? { ...one, package: { ...one.package, unpackedSha256: tar } } : one)) }));
  const done = must(await withdraw(r, 2));
  assert.equal([done.also, done.warnings.length], [[], 1]);
  assert.match(done.warnings[0] ?? '', /Release 3 has the same content in a package of its own, and stays: revoke it with glued repo revoke \S+ demo 3 --reason TEXT/);
  const { warnings } = must(await checkRepository(r.ports, { dir: r.dir }));
  assert.match(warnings.map(failureText).join('\n'), /revocation of release 2 of demo: release 3 has the same content in another package, and is not revoked/);
});

test('content that was revoked is not published again, in no channel and under no number', async () => {
  const r = await releases(3);
  const again = (text: string, channel: string) => publish(r.ports, { dir: r.dir, id: 'demo', path: writeTree(join(r.root, `again-${text}`), { a: text }), version: '9.0', channel });
  must(await withdraw(r, 2, { reason: 'it deletes mail' }));
  const before = timestamp(r);
  for (const channel of ['stable', 'early']) refused(await again('content 2', channel), 64, /^Nothing was published: .+ is the content of release 2 of demo, which was revoked: it deletes mail$/);
  rewriteCatalog(r, 'demo', (c) => ({ ...c, releases: c.releases.map((one) => (one.sequence === 2 ? { ...one, package: { ...one.package, sha256: digest('other bytes') } } : one)), revoked: c.revoked.map((one) => ({ ...one, sha256: digest('other bytes') })) }));
  refused(await again('content 2', 'stable'), 64, /the content of release 2 of demo, which was revoked/);
  assert.not.equal(timestamp(r), before);
  assert.is(must(await again('content 1', 'stable')).release.sequence, 4, 'older content that is good may be published anew');
});

test('a release that another one leads to may be revoked or paused, and both say whom that leaves', async () => {
  const r = await releases(4);
  must(await withdraw(r, 3, { safe: 2 }));
  assert.match(must(await toPause(r, 2)).warnings.join('\n'), /^It is the safe release for machines that run release 3, revoked: they go to it all the same\. Name another with glued repo revoke \S+ demo 3 --reason TEXT --safe SEQ$/);
  must(await toPause(r, 2, 'resumed'));
  assert.match(must(await withdraw(r, 2)).warnings.join('\n'), /^It was the safe release for machines that run release 3, revoked before: name another/);
  assert.match((await warningsOf(r)).join('\n'), /revocation of release 3 of demo: its safe release is none: release 2 was revoked itself: false alarms\.$/m);
  assert.match(must(await withdraw(r, 3, { reason: 'crashes' })).warnings.join('\n'), /^The safe release is none any more \(release 2 was revoked itself: false alarms\)/);
  must(await withdraw(r, 3, { safe: 1 }));
  assert.equal(await warningsOf(r), []);
});

test('where nothing is left in the channel, there is nothing newest', async () => {
  const r = await releases(2);
  assert.is(must(await withdraw(r, 2)).newest?.sequence, 1);
  assert.is(must(await withdraw(r, 1)).newest, null);
});

test('pause stops a release and --resume lets it go on; the same again changes nothing', async () => {
  const r = await releases(3);
  const paused = must(await toPause(r, 3));
  assert.equal([paused.change, paused.release.paused, paused.instead?.sequence], ['made', true, 2]);
  assert.equal(catalogOf(r).releases.map((one) => one.paused), [true, false, false]);
  assert.equal(must(await checkRepository(r.ports, { dir: r.dir })).paused, [{ id: 'demo', sequence: 3, version: '3.0' }]);
  const before = timestamp(r);
  assert.is(must(await toPause(r, 3)).change, 'none');
  assert.is(must(await toPause(r, 1, 'resumed')).change, 'none');
  assert.is(timestamp(r), before);
  assert.is(must(await toPause(r, 3, 'resumed')).change, 'made');
  assert.equal(catalogOf(r).releases.map((one) => one.paused), [false, false, false]);
  refused(await toPause(r, 9), 64, /demo has no release 9; it has: 3, 2, 1\./);
  refused(await pause(r.ports, { dir: join(r.root, 'nowhere'), id: 'demo', sequence: 1, to: 'paused' }), 64, /no content repository/);
});

test('no delta is made from a revoked package, whatever its number', async () => {
  const r = await testRepository('revoke');
  await r.add('demo');
  await r.publish('demo', { a: '1' }, { deltas: 0 });
  await r.publish('demo', { a: '2' }, { deltas: 0 });
  rewriteCatalog(r, 'demo', (c) => ({ ...c, revoked: [{ sequence: 1, sha256: packageOf(r, 2)?.sha256 ?? digest(''), reason: 'bad' }] }));
  const { deltas } = await r.publish('demo', { a: '3' });
  assert.equal(deltas.skipped, [2, 1].map((fromSequence) => ({ fromSequence, reason: 'it is revoked' })));
  assert.is(canMakeDeltas() || deltas.made.length === 0, true);
});

const DOUBTS: readonly (readonly [string, (c: Catalog) => Catalog['revoked'], RegExp])[] = [
  ['of a release that is not there', () => [{ sequence: 9, reason: 'bad' }], /the catalog lists no such release/],
  ['without a package', () => [{ sequence: 2, reason: 'bad' }], /it names no package/],
  ['of other bytes', () => [{ sequence: 2, sha256: digest('other'), reason: 'bad' }], /it names the package [0-9a-f]{64}, and the release is/],
  ['with a safe release that is not there', (c) => [{ sequence: 2, sha256: c.releases[0]?.package.sha256 ?? digest(''), reason: 'bad', safeSequence: 7 }], /its safe release is none: there is no release 7/],
];
for (const [name, revoked, text] of DOUBTS) {
  test(`check warns of a revocation ${name}, which no command of ours makes`, async () => {
    const r = await releases(2);
    rewriteCatalog(r, 'demo', (c) => ({ ...c, revoked: revoked(c) }));
    const found = await warningsOf(r);
    assert.is(found.length, 1);
    assert.match(found[0] ?? '', text);
  });
}

test('a revoke that dies at any step, or finds no room, leaves the old state or the new one whole', async () => {
  const r = await releases(2);
  const { files } = r.ports;
  const full = (path: string) => ({ ok: false, failure: { kind: 'full', op: 'write', path, detail: 'ENOSPC' } }) as const;
  refused(await revoke({ ...r.ports, files: { ...files, replace: full } }, { dir: r.dir, id: 'demo', sequence: 2, reason: 'bad' }), 24, /disk is full/);
  let steps = 0;
  for (let dieAt = 1; ; dieAt++) {
    let step = 0;
    const dying = { ...files, replace: (...args: Parameters<typeof files.replace>) => {
      if (++step === dieAt) throw new Error('killed');
      return files.replace(...args);
    } };
    try {
      must(await revoke({ ...r.ports, files: dying }, { dir: r.dir, id: 'demo', sequence: 2, reason: 'bad' }));
      break;
    } catch (error) {
      assert.is(error instanceof Error && error.message, 'killed');
    }
    steps++;
    assert.equal(catalogOf(r).revoked, [], `after step ${dieAt}`);
    assert.equal(await warningsOf(r), []);
  }
  assert.is(steps, 4, 'catalog, role, snapshot, timestamp');
  assert.equal(catalogOf(r).revoked.map((one) => one.sequence), [2]);
});

test('two at once do not mix: both revocations hold once both were made', async () => {
  const r = await releases(4);
  const both = () => Promise.all([withdraw(r, 4), withdraw(r, 3)]);
  for (const done of await both()) if (!done.ok) refused(done, 23, /Another `glued repo` command/);
  for (const sequence of [4, 3]) must(await withdraw(r, sequence));
  assert.equal(catalogOf(r).revoked.map((one) => one.sequence), [4, 3]);
});

test('a key that the repository does not trust is named, and nothing changes', async () => {
  const r = await releases(1);
  await r.add('other');
  const before = [timestamp(r), readdirSync(layout.metadata(r.dir)).length];
  mkdirSync(join(r.root, 'odd'));
  execFileSync('cp', ['-a', `${r.keys}/.`, join(r.root, 'odd')]);
  execFileSync('cp', ['-a', join(r.keys, 'component-other.pem'), join(r.root, 'odd', 'component-demo.pem')]);
  refused(await withdraw(r, 1, { keys: join(r.root, 'odd') }), 26, /component-demo\.pem is not one that the repository trusts for the role demo/);
  assert.equal([timestamp(r), readdirSync(layout.metadata(r.dir)).length], before);
});

test.run();
