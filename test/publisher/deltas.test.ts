// runtimes: node, deno
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogBytes, parseCatalog } from '../../src/formats/catalog.ts';
import { canMakeDeltas } from '../../src/formats/zstd-make.ts';
import { type Catalog, DELTA_MAX_BYTES, failureText, type Release } from '../../src/model/index.ts';
import { checkRepository, layout, publish, type PublishOptions } from '../../src/publisher/index.ts';
import { makeDeltas } from '../../src/publisher/deltas.ts';
import { readSource } from '../../src/publisher/source.ts';
import { refused } from '../support/outcome.ts';
import { must, testRepository, type TestRepository, writeTree } from '../support/repository.ts';
import { saySkipped } from '../support/skip.ts';

const WITHOUT = 'this runtime makes no deltas';

/** 2 000 lines that zstd alone cannot make small; those below `changed` are another text in each version. */
function lines(version: number, changed = 5): string {
  const line = (i: number): string => createHash('sha256').update(i < changed ? `${version} ${i}` : `${i}`).digest('hex');
  return Array.from({ length: 2000 }, (_, i) => line(i)).join('\n');
}

/** As many releases of `demo` as versions, each with a few lines of its own. */
async function releases(versions: number, options: Partial<PublishOptions> = {}): Promise<TestRepository> {
  const r = await testRepository('deltas');
  await r.add('demo');
  for (let v = 1; v <= versions; v++) await r.publish('demo', { 'a.db': lines(v) }, options);
  return r;
}

function catalogOf(r: TestRepository): Catalog {
  const names = readdirSync(layout.catalogs(r.dir)).filter((n) => n.endsWith('.demo.json'));
  const all = names.map((n) => must(parseCatalog('demo' as Release['component'], readFileSync(join(layout.catalogs(r.dir), n)))));
  return all.reduce((a, b) => (b.releases.length > a.releases.length ? b : a));
}

const stored = (r: TestRepository): number => readdirSync(layout.packages(r.dir)).reduce((n, f) => n + readdirSync(join(layout.packages(r.dir), f)).length, 0);
const problems = async (r: TestRepository): Promise<readonly string[]> => must(await checkRepository(r.ports, { dir: r.dir })).problems.map(failureText);

test('a publish hashes the unpacked tar, and makes deltas from the last five releases of the channel', async () => {
  const r = await releases(7);
  const [newest] = catalogOf(r).releases;
  assert.is(newest?.package.unpackedSha256?.length, 64);
  const tar = execFileSync('zstd', ['-d', '-c', layout.package(r.dir, newest?.package.sha256 ?? '')], { maxBuffer: 1 << 24 });
  assert.is(createHash('sha256').update(tar).digest('hex'), newest?.package.unpackedSha256);
  if (!canMakeDeltas()) return saySkipped(WITHOUT);
  assert.equal(newest?.deltas.map((d) => [d.fromSequence, d.algorithm]), [6, 5, 4, 3, 2].map((n) => [n, 'zstd']));
  for (const delta of newest?.deltas ?? []) {
    const bytes = readFileSync(layout.package(r.dir, delta.sha256));
    assert.equal([createHash('sha256').update(bytes).digest('hex'), bytes.length], [delta.sha256, delta.size]);
    assert.ok(delta.size < 2000, `${delta.size} bytes`);
  }
  assert.equal(await problems(r), []);
});

test('the zstd program makes the new tar of an old one and a delta', async () => {
  if (!canMakeDeltas()) return saySkipped(WITHOUT);
  const r = await releases(2);
  const [newest, older] = catalogOf(r).releases;
  const old = join(r.root, 'old.tar');
  execFileSync('zstd', ['-q', '-d', layout.package(r.dir, older?.package.sha256 ?? ''), '-o', old]);
  const out = execFileSync('zstd', ['-d', '-c', `--patch-from=${old}`, '--long=31', layout.package(r.dir, newest?.deltas[0]?.sha256 ?? '')], { maxBuffer: 1 << 24 });
  assert.is(createHash('sha256').update(out).digest('hex'), newest?.package.unpackedSha256);
});

test('the same publishes give the same deltas', async () => {
  const [a, b] = [await releases(3), await releases(3)];
  const shas = (r: TestRepository) => catalogOf(r).releases.map((x) => [x.package, x.deltas]);
  assert.equal(shas(a), shas(b));
});

test('--deltas says how many, none with 0, and nothing but a whole number', async () => {
  const none = await releases(3, { deltas: 0 });
  assert.equal([catalogOf(none).releases.flatMap((x) => x.deltas), stored(none)], [[], 3]);
  const path = writeTree(join(none.root, 'x'), { a: 'x' });
  for (const deltas of [-1, 1.5, 101, Number.NaN]) refused(await publish(none.ports, { dir: none.dir, id: 'demo', path, version: '9', deltas }), 64, /--deltas: \S+ is no whole number/);
  if (!canMakeDeltas()) return saySkipped(WITHOUT);
  const two = await none.publish('demo', { 'a.db': lines(9) }, { deltas: 2 });
  assert.equal(two.release.deltas.map((d) => d.fromSequence), [3, 2]);
});

test('other channels, paused and revoked releases give no deltas; those between say why', async () => {
  const r = await releases(3);
  await r.publish('demo', { 'a.db': lines(4) }, { channel: 'beta' });
  const [, ...rest] = catalogOf(r).releases;
  const [third, second, first] = rest;
  if (third === undefined || second === undefined || first === undefined) throw new Error('three releases were published');
  const catalog: Catalog = { ...catalogOf(r), releases: [{ ...third, paused: true }, second, first], revoked: [{ sequence: 2, reason: 'it crashes' }] };
  const source = must(readSource(r.ports, join(r.root, 'source-4')));
  const got = must(await makeDeltas(r.ports, r.dir, catalog, { channel: 'stable', made: third.package, source }, 5));
  assert.equal(got.skipped, [{ fromSequence: 3, reason: 'it is paused' }, { fromSequence: 2, reason: 'it is revoked' }]);
  assert.equal(got.made.map((d) => d.fromSequence), canMakeDeltas() ? [1] : []);
  const beta = catalogOf(r).releases[0];
  assert.equal([beta?.channel, beta?.deltas], ['beta', []]);
});

test('a release without the hash of its tar, and two that are too large together, give none and say why', async () => {
  if (!canMakeDeltas()) return saySkipped(WITHOUT);
  const r = await releases(2, { deltas: 0 });
  const whole = catalogOf(r);
  const [second, first] = whole.releases;
  if (second === undefined || first === undefined) throw new Error('two releases were published');
  const { unpackedSha256: _, ...unhashed } = first.package;
  const large = { ...second.package, unpackedSize: DELTA_MAX_BYTES };
  const catalog: Catalog = { ...whole, releases: [{ ...second, package: large }, { ...first, package: unhashed }] };
  assert.is(must(parseCatalog(whole.component, catalogBytes(catalog))).releases[1]?.package.unpackedSha256, undefined);
  const source = must(readSource(r.ports, join(r.root, 'source-2')));
  const { made, skipped } = must(await makeDeltas(r.ports, r.dir, catalog, { channel: 'stable', made: second.package, source }, 5));
  assert.equal(made, []);
  assert.match(skipped[0]?.reason ?? '', /both unpacked are \d+ bytes; deltas are made up to 268435456/);
  assert.match(skipped[1]?.reason ?? '', /no hash of its unpacked bytes/);
});

test('a delta that saves less than a fifth is not kept, and neither is one from a package that is damaged', async () => {
  if (!canMakeDeltas()) return saySkipped(WITHOUT);
  const r = await testRepository('no-gain');
  await r.add('demo');
  await r.publish('demo', { 'a.db': lines(1, 2000) });
  const other = await r.publish('demo', { 'a.db': lines(2, 1900) });
  assert.equal([other.release.deltas, other.deltas.skipped, stored(r)], [[], [{ fromSequence: 1, reason: 'it would save less than 20 % of the package' }], 2]);
  writeFileSync(layout.package(r.dir, other.release.package.sha256), 'junk');
  const third = await r.publish('demo', { 'a.db': lines(2, 1899) });
  assert.equal(third.release.deltas, []);
  assert.match(third.deltas.skipped[0]?.reason ?? '', /^its package is not whole \(.*\); glued repo check/);
  assert.equal(readdirSync(layout.packages(r.dir)).filter((n) => n.startsWith('.')), [], 'nothing half made is left');
});

test('a runtime that makes no deltas says so, and publishes', async () => {
  const r = await releases(1);
  assert.equal((await r.publish('demo', { 'a.db': lines(2) }, { deltas: 0 })).deltas.notes, [], 'nobody asked for any');
  const { release, deltas } = await r.publish('demo', { 'a.db': lines(3) });
  assert.is(release.deltas.length, canMakeDeltas() ? 2 : 0);
  if (canMakeDeltas()) assert.equal(deltas.notes, []);
  else assert.match(deltas.notes.join(), /^No deltas were made: this runtime's zstd ignores dictionaries/);
});

const DAMAGES: readonly (readonly [string, (r: TestRepository, path: string) => void, RegExp])[] = [
  ['is gone', (_, path) => rmSync(path), /\(delta from release 1 to 2 of demo\): it is missing/],
  ['is cut short', (_, path) => writeFileSync(path, readFileSync(path).subarray(1)), /: it is \d+ bytes, the catalog says \d+/],
  ['has other bytes', (_, path) => writeFileSync(path, Buffer.alloc(statSync(path).size)), /: its hash is not its name/],
];
for (const [name, damage, text] of DAMAGES) {
  test(`check finds a delta that ${name}`, async () => {
    if (!canMakeDeltas()) return saySkipped(WITHOUT);
    const r = await releases(2);
    damage(r, layout.package(r.dir, catalogOf(r).releases[0]?.deltas[0]?.sha256 ?? ''));
    const found = await problems(r);
    assert.is(found.length, 1);
    assert.match(found[0] ?? '', text);
  });
}

test("a vendor's own delta is stored as it is, named by its content, and listed with its algorithm", async () => {
  const r = await releases(2, { deltas: 0 });
  const vendor = join(writeTree(join(r.root, 'vendor'), { 'daily:3.cdiff': 'ClamAV-Diff:3:1:\n' }), 'daily:3.cdiff');
  const { release, warnings } = await r.publish('demo', { 'a.db': lines(3) }, { deltas: 0, vendorDeltas: [`2:${vendor}`] });
  const sha256 = createHash('sha256').update(readFileSync(vendor)).digest('hex');
  assert.equal(release.deltas, [{ fromSequence: 2, sha256, size: 17, algorithm: 'cdiff' }]);
  assert.ok(readFileSync(layout.package(r.dir, sha256)).equals(readFileSync(vendor)));
  assert.match(warnings.join(), /cdiff are for the plug-in clamav; machines with files leave them alone/);
  assert.equal(await problems(r), []);
  rmSync(layout.package(r.dir, sha256));
  assert.match((await problems(r)).join(), /delta from release 2 to 3 of demo\): it is missing/);
});

test('what is no vendor delta of an older release is refused, and nothing is published', async () => {
  const r = await releases(2, { deltas: 0 });
  const folder = writeTree(join(r.root, 'vendor'), { 'a.cdiff': 'x', 'a.zip': 'x', 'empty.cdiff': '' });
  const path = writeTree(join(r.root, 'next'), { a: 'x' });
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['a.cdiff'], /"a\.cdiff" is not of the form FROMSEQ:FILE/],
    [['2:'], /"2:" is not of the form/],
    [['02:a.cdiff'], /"02:a\.cdiff" is not of the form/],
    [[`2:${folder}/a.zip`], /"a\.zip" is no delta of a vendor that we know; allowed: \*\.cdiff/],
    [[`2:${folder}/.cdiff`], /is no delta of a vendor/],
    [[`3:${folder}/a.cdiff`], /release 3 is not older than this one, 3/],
    [[`1:${folder}/a.cdiff`, `1:${folder}/b.cdiff`], /release 1 is named twice/],
    [[`1:${folder}/gone.cdiff`], /gone\.cdiff cannot be published: it is not there/],
    [[`1:${folder}/empty.cdiff`], /empty\.cdiff cannot be published: it is empty/],
  ];
  for (const [vendorDeltas, text] of cases) refused(await publish(r.ports, { dir: r.dir, id: 'demo', path, version: '3', vendorDeltas }), 64, text);
  refused(await publish(r.ports, { dir: r.dir, id: 'demo', path, version: '3', sequence: 9, vendorDeltas: [`5:${folder}/a.cdiff`] }), 64, /there is no release 5 of demo/);
  assert.is(catalogOf(r).releases.length, 2);
  assert.is(existsSync(join(layout.packages(r.dir), '.tmp')), false);
});

test('4 MB of signatures with 1.5 % changed, and a tree of 4 000 rules with 1 %, give deltas in proportion to what changed', async () => {
  if (!canMakeDeltas()) return saySkipped(WITHOUT);
  const r = await testRepository('sizes');
  await r.add('demo');
  const signature = (i: number): string => `${createHash('sha256').update(`s${i}`).digest('hex')}:${900 + i}:Win.Trojan.Lab-${i}:73`;
  const database = (first: number, last: number, without: number): string =>
    Array.from({ length: last }, (_, i) => i + first).filter((i) => i % 200 !== without).map(signature).join('\n');
  await r.publish('demo', { 'lab.hsb': database(0, 44_000, -1) });
  const one = await r.publish('demo', { 'lab.hsb': database(0, 44_440, 7) });
  assert.ok((one.release.deltas[0]?.size ?? 1e9) < (600_000 * 4) / 63, `${one.release.deltas[0]?.size} bytes`);
  const rule = (sid: number, rev: number): string =>
    `alert http any any -> any any (msg:"LAB ${createHash('sha1').update(`${sid} ${rev}`).digest('hex')}"; content:"/${createHash('md5').update(`${sid}:${rev}`).digest('hex')}.php"; sid:${sid}; rev:${rev};)`;
  const tree = (rev: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: 50 }, (_, f) => [`lab-${f}.rules`, Array.from({ length: 80 }, (_, i) => rule(f * 80 + i, (f * 80 + i) % 100 === 0 ? rev : 1)).join('\n')]));
  await r.publish('demo', tree(1), { channel: 'rules' });
  const two = await r.publish('demo', tree(2), { channel: 'rules' });
  assert.ok((two.release.deltas[0]?.size ?? 1e9) <= 8_000, `${two.release.deltas[0]?.size} bytes`);
});

test.run();
