import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Delta, Package } from '../../src/model/index.ts';
import { layout } from '../../src/publisher/layout.ts';
import { digest } from '../support/outcome.ts';
import { rewriteCatalog } from '../support/rewrite-catalog.ts';
import { writeTree } from '../support/repository.ts';
import { type Runtime, runtimes } from '../support/runtimes.ts';
import { type Machine, part, StoryWorld, wordsOf } from '../support/story-world.ts';

// clamav 217: a patch that fails is fetched and fails again at each run
const test = suite('delta stories');
const world = await StoryWorld.make('demo', 'bad');
test.after(() => world.end());
test.before.each(() => {
  world.server.asked.length = 0;
  world.server.fault = () => undefined;
});

/** 2000 lines that no compression makes much of, some 60 of them another in each version. */
function rules(id: string, version: number): string {
  const line = (i: number): string => createHash('sha256').update(`${id} ${i} ${i % 33 === version % 33 ? version : 0}`).digest('base64');
  return `${id} ${version}.0\n${Array.from({ length: 2000 }, (_, i) => line(i)).join('\n')}\n`;
}

type Published = { readonly package: Package; readonly deltas: readonly Delta[] };

/** As an administrator does, with a delta from the release before. Deno makes none, so Node publishes. */
async function publish(rt: Runtime, id: string, version: number): Promise<Published> {
  const path = join(writeTree(join(world.repo.root, `in-${id}-${version}`), { 'rules.db': rules(id, version) }), 'rules.db');
  const end = await rt.run(['repo', 'publish', world.repo.dir, id, path, '--version', `${version}.0`, '--deltas', '1', '--keys', world.repo.keys, '--json']);
  assert.is(end.code, 0, end.stdout + end.stderr);
  return JSON.parse(end.stdout);
}

async function publishAll(id: string, versions: readonly number[]): Promise<ReadonlyMap<number, Published>> {
  const node = runtimes().find((rt) => rt.name === 'node');
  if (node === undefined) throw new Error('no Node');
  const made = new Map<number, Published>();
  for (const version of versions) made.set(version, await publish(node, id, version));
  return made;
}

const demo = await publishAll('demo', [1, 2, 3, 4]);
const bad = await publishAll('bad', [1, 2]);

function packageOf(made: ReadonlyMap<number, Published>, version: number): Package {
  const found = made.get(version)?.package;
  if (found === undefined) throw new Error(`no release ${version}`);
  return found;
}

function deltaOf(made: ReadonlyMap<number, Published>, version: number): Delta {
  const [first] = made.get(version)?.deltas ?? [];
  if (first === undefined) throw new Error(`no delta to ${version}`);
  return first;
}

/** A machine with this version, and with what its installation left in the cache, or without. */
async function machineAt(rt: Runtime, id: string, version: number, cache: 'emptied' | 'kept' = 'emptied'): Promise<Machine> {
  const machine = world.machine(rt).register(id).policy({ components: { [id]: { pin: `${version}.0` } } });
  await machine.expect(0);
  if (cache === 'emptied') rmSync(machine.file('cache'), { recursive: true });
  world.server.asked.length = 0;
  return machine.policy();
}

const installed = (machine: Machine, id = 'demo'): string => readFileSync(machine.live(id), 'utf8');
const asked = (): readonly string[] => world.server.packages().map((path) => path.slice(-64));

/** Changes one byte of what is installed, as a disk or another program does. */
function tamper(machine: Machine): void {
  const path = machine.live();
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(300) ^ 1, 300);
  writeFileSync(path, bytes);
}

/** Signs a delta to release 2 of `bad` that is these bytes. */
function signBad(bytes: Uint8Array): Delta {
  const delta = { ...deltaOf(bad, 2), sha256: digest(bytes), size: bytes.length };
  const path = layout.package(world.repo.dir, delta.sha256);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  rewriteCatalog(world.repo, 'bad', (catalog) => ({ ...catalog, releases: catalog.releases.map((r) => (r.sequence === 2 ? { ...r, deltas: [delta] } : r)) }));
  return delta;
}

for (const rt of runtimes()) {
  test(`${rt.name}: one behind, one delta: that is all that is fetched, and explain, a dry run and the run say so`, async () => {
    const machine = await machineAt(rt, 'demo', 3);
    const { sha256, size } = deltaOf(demo, 4);
    const { size: full } = packageOf(demo, 4);
    const explained = JSON.parse((await machine.glued(['explain', 'demo', '--json', ...machine.place])).stdout);
    const step = { fromSequence: 3, sequence: 4, size, sha256, algorithm: 'zstd' };
    assert.equal(explained.components[0].route, { via: 'delta', bytes: size, full, base: 'tree', steps: [step] });
    const foreseen = part(await machine.expect(0, ['--dry-run']));
    assert.equal([foreseen.via, foreseen.bytes, asked()], ['delta', { downloaded: size, full }, []]);
    const document = await machine.expect(0);
    assert.equal([part(document).action, part(document).via, part(document).bytes], ['updated', 'delta', { downloaded: size, full }]);
    assert.ok(size * 4 < full, `${size} of ${full}`);
    assert.equal([asked(), installed(machine)], [[sha256], rules('demo', 4)]);
    assert.is(part(await machine.expect(0, ['--force'])).action, 'current', 'whole by a deep look');
  });

  test(`${rt.name}: three behind, a chain of three deltas; the table says delta and of how much`, async () => {
    const machine = await machineAt(rt, 'demo', 1);
    const end = await machine.glued(['run', '--no-input', ...machine.place]);
    assert.is(end.code, 0, end.stderr);
    assert.match(end.stdout, /demo +1\.0 \(1\) +-> +4\.0 \(4\) +updated +delta, [\d.]+ KiB of [\d.]+ KiB\b/);
    assert.equal(asked(), [2, 3, 4].map((version) => deltaOf(demo, version).sha256));
    assert.is(installed(machine), rules('demo', 4));
  });

  test(`${rt.name}: the installed content was changed: the cached package is the base, and without one the full package comes`, async () => {
    const cached = await machineAt(rt, 'demo', 3, 'kept');
    tamper(cached);
    assert.equal([part(await cached.expect(0)).via, asked(), installed(cached)], ['delta', [deltaOf(demo, 4).sha256], rules('demo', 4)]);
    const bare = await machineAt(rt, 'demo', 3);
    tamper(bare);
    const document = await bare.expect(0);
    assert.equal([part(document).action, part(document).via, part(document).reason?.code], ['updated', 'full', 'delta-failed']);
    assert.match(wordsOf(document), /Release 3 here cannot be the base of the delta to 4: its bytes are not those that were published/);
    assert.is(part(document).bytes.downloaded, deltaOf(demo, 4).size + packageOf(demo, 4).size);
    assert.equal([asked(), installed(bare)], [[deltaOf(demo, 4).sha256, packageOf(demo, 4).sha256], rules('demo', 4)]);
  });

  test(`${rt.name}: a signed delta that is bad, in whatever way, costs the full package once, and is left alone afterwards`, async () => {
    const good = readFileSync(layout.package(world.repo.dir, deltaOf(bad, 2).sha256));
    const flipped = Buffer.from(good);
    for (let at = good.length >> 1; at < (good.length >> 1) + 20; at++) flipped.writeUInt8(flipped.readUInt8(at) ^ 0x55, at);
    for (const bytes of [Buffer.alloc(good.length, 'no frame '), good.subarray(0, -50), flipped, Buffer.concat([good, good])]) {
      const { sha256, size } = signBad(bytes);
      const machine = await machineAt(rt, 'bad', 1);
      const full = packageOf(bad, 2);
      world.server.fault = (path) => (path.endsWith(full.sha256) ? { kind: 'status', status: 404 } : undefined);
      const failed = await machine.expect(9);
      assert.equal([part(failed, 'bad').action, part(failed, 'bad').after?.sequence], ['failed', 1]);
      assert.match(wordsOf(failed), /bad: the delta to release 2 was of no use, so its full package was taken: The delta [0-9a-f]{64} from release 1 to 2 is refused/);
      assert.ok(asked().includes(sha256));
      world.server.asked.length = 0;
      world.server.fault = () => undefined;
      const document = await machine.expect(0);
      assert.equal([part(document, 'bad').via, asked(), installed(machine, 'bad')], ['full', [full.sha256], rules('bad', 2)]);
      assert.is(part(document, 'bad').bytes.downloaded, full.size, `${size} bytes of the delta were not fetched again`);
    }
  });
}

test.run();
