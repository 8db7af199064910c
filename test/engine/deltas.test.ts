// runtimes: node
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Delta, Files, Release, RunDocument } from '../../src/model/index.ts';
import { layout } from '../../src/publisher/layout.ts';
import { digest } from '../support/outcome.ts';
import { testRepository, type TestRepository } from '../support/repository.ts';
import { brief, EngineWorld, part } from './world.ts';

const test = suite('updates by deltas');

/** 1000 lines that no compression makes much of, 30 of them another in each version. */
function rules(version: number): string {
  const line = (i: number): string => createHash('sha256').update(`${i} ${i % 33 === version % 33 ? version : 0}`).digest('base64');
  return `alpha ${version}.0\n${Array.from({ length: 1000 }, (_, i) => line(i)).join('\n')}\n`;
}

type Offer = { readonly repository: TestRepository; readonly releases: readonly Release[] };

/** A repository with releases 1 to `count` of `alpha`, each with deltas from so many before it. */
async function offer(count: number, deltas: number): Promise<Offer> {
  const repository = await testRepository('engine-deltas');
  await repository.add('alpha');
  const releases: Release[] = [];
  for (let n = 1; n <= count; n++) releases.push((await repository.publish('alpha', { 'rules.txt': rules(n), 'more/same.txt': 'same\n'.repeat(300) }, { version: `${n}.0`, deltas })).release);
  return { repository, releases };
}

let shared: Promise<Offer> | undefined;
/** Four releases, each with a delta from the one before; no test changes it. */
const chain = (): Promise<Offer> => (shared ??= offer(4, 1));

/** `alpha` at release `installed`; what its installation left in the cache is gone, or stays. */
async function machineAt({ repository }: Offer, installed: number, cache: 'emptied' | 'kept' = 'emptied'): Promise<EngineWorld> {
  const world = new EngineWorld(repository);
  world.register('alpha');
  world.policy({ components: { alpha: { pin: `${installed}.0` } } });
  await world.settle();
  if (cache === 'emptied') rmSync(join(world.state, 'cache'), { recursive: true });
  world.policy();
  return world;
}

const of = (releases: readonly Release[], sequence: number): Release => {
  const found = releases.find((r) => r.sequence === sequence);
  if (found === undefined) throw new Error(`no release ${sequence}`);
  return found;
};
const deltaTo = (releases: readonly Release[], sequence: number): Delta => {
  const [first] = of(releases, sequence).deltas;
  if (first === undefined) throw new Error(`no delta to ${sequence}`);
  return first;
};
const bytesOf = (document: RunDocument) => part(document, 'alpha').bytes;
const asked = (world: EngineWorld): readonly string[] => world.requests.filter((path) => path.startsWith('/packages/')).map((path) => path.slice(-64));
const cached = (world: EngineWorld): readonly string[] =>
  readdirSync(join(world.state, 'cache')).flatMap((shelf) => readdirSync(join(world.state, 'cache', shelf))).sort();
const installed = (world: EngineWorld): string => readFileSync(join(world.live('alpha'), 'rules.txt'), 'utf8');

test('one behind: one delta is downloaded, and nothing of it stays', async () => {
  const { repository, releases } = await chain();
  const world = await machineAt({ repository, releases }, 3);
  const document = await world.settle();
  const delta = deltaTo(releases, 4);
  assert.is(brief(document, 'alpha'), 'updated 3>4 up-to-date');
  assert.is(part(document, 'alpha').via, 'delta');
  assert.equal(bytesOf(document), { downloaded: delta.size, full: of(releases, 4).package.size });
  assert.ok(delta.size < of(releases, 4).package.size / 4);
  assert.equal(asked(world), [delta.sha256]);
  assert.is(installed(world), rules(4));
  assert.equal(part(document, 'alpha').stages.map((s) => s.stage), ['inventory', 'downloading', 'unpacking', 'testing', 'swapping', 'confirming', 'finish', 'inventory']);
  assert.equal([cached(world), readdirSync(join(world.state, 'scratch'))], [[], []]);
  assert.is(world.registered('alpha').installed?.sha256, of(releases, 4).package.sha256);
});

test('what came by a delta is whole by a deep look, and is the base of the next', async () => {
  const world = await machineAt(await chain(), 1);
  for (const version of [2, 3, 4]) {
    world.policy({ components: { alpha: { pin: `${version}.0` } } });
    assert.is(part(await world.settle(), 'alpha').via, 'delta');
    const forced = await world.run({ force: 'yes' });
    assert.is(part(forced, 'alpha').action, 'current');
  }
  assert.is(installed(world), rules(4));
});

test('three behind: a chain of three deltas', async () => {
  const { repository, releases } = await chain();
  const world = await machineAt({ repository, releases }, 1);
  const document = await world.settle();
  const deltas = [2, 3, 4].map((n) => deltaTo(releases, n));
  assert.equal([brief(document, 'alpha'), part(document, 'alpha').via], ['updated 1>4 up-to-date', 'delta']);
  assert.is(bytesOf(document).downloaded, deltas.reduce((sum, d) => sum + d.size, 0));
  assert.equal(asked(world), deltas.map((d) => d.sha256));
  assert.is(installed(world), rules(4));
  assert.equal([cached(world), readdirSync(join(world.state, 'scratch'))], [[], []]);
});

test('deltas that are in the cache already are not asked for again', async () => {
  const { repository, releases } = await chain();
  const world = await machineAt({ repository, releases }, 2);
  const { sha256 } = deltaTo(releases, 3);
  const shelf = join(world.state, 'cache', sha256.slice(0, 2));
  mkdirSync(shelf, { recursive: true });
  writeFileSync(join(shelf, sha256), readFileSync(layout.package(repository.dir, sha256)));
  const document = await world.settle();
  assert.equal([part(document, 'alpha').via, asked(world)], ['delta', [deltaTo(releases, 4).sha256]]);
  assert.is(bytesOf(document).downloaded, deltaTo(releases, 4).size);
});

test('a dry run and explain say the route that the run then takes', async () => {
  const { repository, releases } = await chain();
  const world = await machineAt({ repository, releases }, 2);
  const foreseen = part(await world.run({ mode: 'dry-run' }), 'alpha');
  const choice = (await world.explain()).plan.decisions[0]?.choice;
  assert.equal(choice?.kind === 'install' && choice.route.kind === 'delta' ? [choice.route.bytes, choice.route.steps.map((s) => s.to.sequence)] : [], [foreseen.bytes.downloaded, [3, 4]]);
  const { via, bytes, after } = part(await world.settle(), 'alpha');
  assert.equal([foreseen.via, foreseen.bytes, foreseen.after], [via, bytes, after]);
  assert.is(via, 'delta');
});

/** Changes one byte of the installed file; its size stays, so that a quick look sees nothing. */
function tamper(world: EngineWorld): void {
  const path = join(dirname(world.live('alpha')), '.glued-alpha', String(world.registered('alpha').installed?.sequence), 'content', 'rules.txt');
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(500) ^ 1, 500);
  writeFileSync(path, bytes);
}

test('the installed tree was changed: the delta is applied to the cached package instead', async () => {
  const { repository, releases } = await chain();
  const world = await machineAt({ repository, releases }, 3, 'kept');
  tamper(world);
  const document = await world.settle();
  assert.equal([part(document, 'alpha').via, brief(document, 'alpha')], ['delta', 'updated 3>4 up-to-date']);
  assert.is(bytesOf(document).downloaded, deltaTo(releases, 4).size);
  assert.is(installed(world), rules(4));
});

/** It came by its full package in the same run, once, and the result says why. */
function fellBack(world: EngineWorld, document: RunDocument, downloaded: number, problem: RegExp): void {
  const { action, via, reason, bytes } = part(document, 'alpha');
  assert.equal([document.code, document.outcome, action, via, reason?.code], [0, 'updated', 'updated', 'full', 'delta-failed']);
  assert.match(reason?.text ?? '', problem);
  assert.ok(document.notes.some((n) => n.startsWith('alpha: the delta to release 4 was of no use') && problem.test(n)), document.notes.join('\n'));
  assert.is(bytes.downloaded, downloaded);
  assert.is(installed(world), rules(4));
  assert.equal(world.journal(), []);
  assert.equal(readdirSync(join(world.state, 'scratch')), []);
}

test('the installed tree was changed and no package is here: the full package, once, with the reason', async () => {
  const { repository, releases } = await chain();
  const world = await machineAt({ repository, releases }, 3);
  tamper(world);
  const { package: full } = of(releases, 4);
  const document = await world.run();
  fellBack(world, document, deltaTo(releases, 4).size + full.size, /Release 3 here cannot be the base of the delta to 4: its bytes are not those that were published/);
  assert.equal(asked(world), [deltaTo(releases, 4).sha256, full.sha256]);
  assert.equal(part(document, 'alpha').stages.map((s) => s.stage).slice(1, 4), ['downloading', 'downloading', 'unpacking']);
  assert.equal(cached(world), [full.sha256], 'the delta does not stay');
});

test('a file of the installed tree is gone since the look at it: the full package', async () => {
  const { repository, releases } = await chain();
  const world = await machineAt({ repository, releases }, 3);
  rmSync(join(dirname(world.live('alpha')), '.glued-alpha', '3', 'content', 'more', 'same.txt'));
  const inventory = { ...world.ports.files };
  world.files = { ...inventory, stat: (path) => (path.endsWith('same.txt') ? { ok: true, value: { ...asFile(statSync(join(world.live('alpha'), 'rules.txt'))), size: 1500 } } : inventory.stat(path)) };
  fellBack(world, await world.run(), deltaTo(releases, 4).size + of(releases, 4).package.size, /same\.txt cannot be read: it is not there/);
});

const asFile = (s: { readonly mode: number }): Extract<ReturnType<Files['stat']>, { ok: true }>['value'] => ({ type: 'file', size: 0, mode: s.mode & 0o7777, uid: 0, gid: 0, device: 1, inode: 1, links: 1, modifiedAt: 0 });

test('the delta is not on the server, or is another: the full package', async () => {
  const { repository, releases } = await chain();
  const { sha256, size } = deltaTo(releases, 4);
  const full = of(releases, 4).package.size;
  for (const [fault, downloaded, problem] of [
    [{ status: 404 }, full, /Package [0-9a-f]{64} could not be fetched.*status 404/],
    [{ status: 200, body: new Uint8Array(size) }, size + full, /gave other bytes than the signed catalog names/],
  ] as const) {
    const world = await machineAt({ repository, releases }, 3);
    world.fault = (path) => (path.endsWith(sha256) ? fault : undefined);
    fellBack(world, await world.run(), downloaded, problem);
  }
});

/** A repository whose delta to release 4 is signed, and these bytes. */
async function badOffer(bytes: (good: Uint8Array) => Uint8Array): Promise<Offer & { readonly bad: Delta }> {
  const { repository, releases } = await offer(4, 1);
  const world = new EngineWorld(repository);
  const made = bytes(readFileSync(layout.package(repository.dir, deltaTo(releases, 4).sha256)));
  const bad = { ...deltaTo(releases, 4), sha256: digest(made), size: made.length };
  mkdirSync(dirname(layout.package(repository.dir, bad.sha256)), { recursive: true });
  writeFileSync(layout.package(repository.dir, bad.sha256), made);
  world.rewrite('alpha', (catalog) => ({ ...catalog, releases: catalog.releases.map((r) => (r.sequence === 4 ? { ...r, deltas: [bad] } : r)) }));
  return { repository, releases, bad };
}

const garbage = (good: Uint8Array): Uint8Array => Buffer.alloc(good.length, 'no frame ');
/** Right in its outside, wrong in its last block. */
const flipped = (good: Uint8Array): Uint8Array => {
  const bytes = Buffer.from(good);
  for (let at = bytes.length - 40; at < bytes.length - 20; at++) bytes.writeUInt8(bytes.readUInt8(at) ^ 0x55, at);
  return bytes;
};

for (const [name, change, problem] of [
  ['no frame at all', garbage, /The delta [0-9a-f]{64} from release 3 to 4 is refused: it is no zstd frame/],
  ['cut short', (good: Uint8Array) => good.subarray(0, -100), /is refused: it ends in the middle/],
  ['two frames', (good: Uint8Array) => Buffer.concat([good, good]), /is refused: \d+ bytes follow its end/],
  ['wrong inside', flipped, /is refused: /],
] as const) {
  test(`a signed delta that is ${name}: the full package, once, with the reason`, async () => {
    const { bad, ...bed } = await badOffer(change);
    const world = await machineAt(bed, 3);
    fellBack(world, await world.run(), bad.size + of(bed.releases, 4).package.size, problem);
  });
}

test('a delta that failed is not fetched at each run again, but under another policy or by --force', async () => {
  const { bad, ...bed } = await badOffer(garbage);
  const world = await machineAt(bed, 3);
  const { sha256 } = of(bed.releases, 4).package;
  world.fault = (path) => (path.endsWith(sha256) ? { status: 404 } : undefined);
  const first = await world.run();
  assert.equal([first.code, brief(first, 'alpha')], [9, 'failed 3>3 package-unavailable']);
  assert.equal([asked(world).includes(bad.sha256), cached(world).includes(bad.sha256)], [true, false]);
  assert.match(first.notes.join('\n'), /the delta to release 4 was of no use/);
  await world.run();
  assert.equal([...new Set(asked(world))], [sha256], 'the delta is left alone');
  await world.run({ force: 'yes' });
  assert.ok(asked(world).includes(bad.sha256));
  world.policy({ id: 'another' });
  await world.run();
  assert.ok(asked(world).includes(bad.sha256));
  world.fault = () => undefined;
  await world.run({ force: 'yes' });
  assert.is(installed(world), rules(4));
  assert.equal(world.look((s) => s.refusedDeltas.list()), { ok: true, value: [] }, 'forgotten once the release is installed');
});

test('no room for what lies between the deltas: the full package, without a word of failure', async () => {
  const { repository, releases } = await chain();
  const world = await machineAt({ repository, releases }, 1);
  const { files } = world.ports;
  const { size, unpackedSize } = of(releases, 4).package;
  const room = 16 * 1024 * 1024 + size + unpackedSize;
  world.files = { ...files, space: (path) => ({ ok: true, value: { freeBytes: room, freeInodes: 1000, device: path === '' ? 0 : 1 } }) };
  const document = await world.settle();
  assert.equal([brief(document, 'alpha'), part(document, 'alpha').via, asked(world)], ['updated 1>4 up-to-date', 'full', [of(releases, 4).package.sha256]]);
});

test('scratch cannot be written: the full package, and the delta stays good', async () => {
  const { repository, releases } = await chain();
  const world = await machineAt({ repository, releases }, 1);
  const { files } = world.ports;
  world.files = { ...files, create: (path, mode) => (path.includes('delta.tar') ? { ok: false, failure: { kind: 'full', op: 'create', path, detail: 'ENOSPC' } } : files.create(path, mode)) };
  const deltas = [2, 3, 4].map((n) => deltaTo(releases, n).size).reduce((a, b) => a + b, 0);
  fellBack(world, await world.run(), deltas + of(releases, 4).package.size, /disk is full: .*delta\.tar/);
  assert.equal(world.look((s) => s.refusedDeltas.list()), { ok: true, value: [] });
});

test('no room where the content goes: 24, and no full package is fetched for it', async () => {
  const { repository, releases } = await chain();
  const world = await machineAt({ repository, releases }, 3);
  const { files } = world.ports;
  world.files = { ...files, create: (path, mode) => (/\.glued-alpha\/\.4\..*rules/.test(path) ? { ok: false, failure: { kind: 'full', op: 'create', path, detail: 'ENOSPC' } } : files.create(path, mode)) };
  const document = await world.run();
  assert.equal([document.code, brief(document, 'alpha'), asked(world)], [24, 'failed 3>3 unpack-disk-full', [deltaTo(releases, 4).sha256]]);
  world.files = files;
  assert.equal([part(await world.settle(), 'alpha').via, asked(world)], ['delta', []], 'the delta was kept');
});

test('interrupted while a delta is applied: nothing is changed, no full package is fetched, and the next run goes on', async () => {
  const { repository, releases } = await chain();
  const world = await machineAt({ repository, releases }, 3);
  const stop = new AbortController();
  const document = await world.run({ signal: stop.signal, progress: (event) => (event.kind === 'stage' && event.stage === 'unpack' ? stop.abort('SIGTERM') : undefined) });
  assert.equal([document.code, part(document, 'alpha').after?.sequence, asked(world)], [130, 3, [deltaTo(releases, 4).sha256]]);
  assert.equal([part(await world.settle(), 'alpha').via, installed(world)], ['delta', rules(4)]);
});

test('the process dies at each change of the disk during a chain: old or new content, whole, and the next run ends well', async () => {
  const bed = await chain();
  let points = 0;
  for (let point = 1; ; point++) {
    const world = await machineAt(bed, 2);
    const died = await world.dies(point);
    assert.ok([rules(2), rules(4)].includes(installed(world)), `after ${point}`);
    const document = await world.run();
    assert.equal([document.code, installed(world), readdirSync(join(world.state, 'scratch'))], [0, rules(4), []], `after ${point}: ${JSON.stringify(document.errors)}`);
    const beside = readdirSync(join(dirname(world.live('alpha')), '.glued-alpha'));
    assert.equal([world.journal(), beside.filter((name) => name.startsWith('.'))], [[], []], `after ${point}: nothing temporary is left`);
    assert.not.ok(existsSync(join(world.state, 'cache', 'partial')) && readdirSync(join(world.state, 'cache', 'partial')).length > 0);
    if (!died) break;
    points += 1;
  }
  console.log(`\nNOTE: died at ${points} points of an update by a chain of two deltas, every one recovered`);
  assert.ok(points > 20);
});

test.run();
