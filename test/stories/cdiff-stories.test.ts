import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writePlist } from '../../src/formats/plist.ts';
import { verifyCvd } from '../../src/formats/cvd.ts';
import { asSha256, type Delta, type Release } from '../../src/model/index.ts';
import { addComponent } from '../../src/publisher/index.ts';
import { layout } from '../../src/publisher/layout.ts';
import { clamscan, DATA, fixture, lacking, SAYS_OK, startClamd, stub } from '../plugins/clamav-world.ts';
import { realPorts } from '../plugins/world.ts';
import { digest } from '../support/outcome.ts';
import { writeTree } from '../support/repository.ts';
import { rewriteCatalog } from '../support/rewrite-catalog.ts';
import { type Runtime, runtimes } from '../support/runtimes.ts';
import { skip } from '../support/skip.ts';
import { type Machine, part, StoryWorld, wordsOf } from '../support/story-world.ts';
import { until } from '../support/until.ts';

const test = suite('cdiff stories');
const lack = lacking('data');
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');
const LOCAL = `Glued.Local:0:*:${Buffer.from('glued-local').toString('hex')}\n`;

if (lack !== undefined) skip(test, 'ClamAV by cdiffs, from publishing to the engine’s folder', lack);
else await stories();

/** The members of a database, `name sha256`, sorted. */
async function membersOf(bytes: Buffer, kind: 'cvd' | 'cld'): Promise<readonly string[]> {
  const read = await verifyCvd(() => [bytes], kind, { maxUnpackedBytes: 1e8 });
  if (!read.ok) throw new Error(read.failure);
  return read.value.members.map((m) => `${m.name} ${m.sha256}`).sort();
}

/** Two components of the same six versions, each with the cdiff from the one before: the second is for what goes wrong. */
async function stories(): Promise<void> {
  const world = await StoryWorld.make('demo');
  test.after(() => world.end());
  test.before.each(() => void (world.server.asked.length = 0));
  const made = new Map<string, Release>();
  for (const id of ['good', 'bad']) {
    const { repo } = world;
    assert.ok((await addComponent(repo.ports, { dir: repo.dir, id, type: 'av', plugin: 'clamav' })).ok);
    for (const version of [1, 2, 3, 4, 5, 6]) {
      repo.ports.at += 1000;
      const files = { 'test.cvd': fixture(`test-${version}.cvd`), 'test.cvd.sign': fixture(`test-${version}.cvd.sign`), 'local.ndb': LOCAL };
      const path = writeTree(join(repo.root, `${id}-${version}`), files);
      const vendorDeltas = version === 1 ? [] : [`${version - 1}:${new URL(`test-${version}.cdiff`, DATA).pathname}`];
      const { release } = await repo.publish(id, {}, { version: `${version}.0`, path, deltas: 0, vendorDeltas });
      made.set(`${id} ${version}`, release);
    }
  }
  for (const rt of runtimes()) runOn(world, rt, (id, version) => releaseOf(made, id, version));
  const [first] = runtimes();
  const name = 'what five cdiffs made passes the real clamscan, and the real clamd finds with it what CVD 6 finds';
  const without = lacking('clamscan', 'clamd');
  if (without !== undefined || first === undefined) skip(test, name, without ?? 'no runtime');
  else test(name, () => inTheRealEngine(world, first));
}

function releaseOf(made: ReadonlyMap<string, Release>, id: string, version: number): Release {
  const found = made.get(`${id} ${version}`);
  if (found === undefined) throw new Error(`no release ${version} of ${id}`);
  return found;
}

function cdiffTo(release: Release): Delta {
  const [first] = release.deltas;
  if (first === undefined) throw new Error(`no cdiff to ${release.sequence}`);
  return first;
}

/** All of Deno's permissions: an engine and its processes are looked for. */
const way = (rt: Runtime) => (rt.name === 'deno' ? { settings: { permissions: ['--allow-all'], timeoutMs: 60_000 } } : {});

/** A machine at this version, with a scanner that calls everything clean: it is the way there that is tested. */
async function machineAt(world: StoryWorld, rt: Runtime, id: string, version: number, more: Readonly<Record<string, string>> = {}): Promise<Machine> {
  const machine = world.machine(rt);
  const Settings = { Socket: join(machine.folder, 'no.ctl'), EnginePath: stub(machine.folder, SAYS_OK), ...more };
  mkdirSync(machine.live(id));
  writeFileSync(machine.file('NewRegistry', `${id}.plist`), writePlist({ ComponentID: id, Name: id, ContentType: 'av', PlugIn: 'clamav', InstallPath: machine.live(id), Settings }));
  machine.policy({ components: { [id]: { pin: `${version}.0` } } });
  await machine.expect(0, [], way(rt));
  world.server.asked.length = 0;
  return machine.policy();
}

const held = (machine: Machine, id: string): readonly string[] => readdirSync(machine.live(id)).filter((name) => !name.startsWith('.')).sort();

/** Signs a catalog whose cdiff to release 6 of `bad` is another one. */
function resign(world: StoryWorld, change: (delta: Delta) => { readonly delta: Delta; readonly bytes?: Uint8Array }): Delta {
  let changed: Delta | undefined;
  rewriteCatalog(world.repo, 'bad', (catalog) => ({
    ...catalog,
    releases: catalog.releases.map((r) => {
      if (r.sequence !== 6) return r;
      const { delta, bytes } = change(cdiffTo(r));
      changed = delta;
      const path = layout.package(world.repo.dir, delta.sha256);
      mkdirSync(dirname(path), { recursive: true });
      if (bytes !== undefined) writeFileSync(path, bytes);
      return { ...r, deltas: [delta] };
    }),
  }));
  if (changed === undefined) throw new Error('no release 6');
  return changed;
}

function runOn(world: StoryWorld, rt: Runtime, release: (id: string, version: number) => Release): void {
  test(`${rt.name}: from 1 to 6 by five cdiffs: explain, a dry run and the run say so, and the members are those of CVD 6`, async () => {
    const machine = await machineAt(world, rt, 'good', 1);
    const bytes = [2, 3, 4, 5, 6].reduce((sum, v) => sum + cdiffTo(release('good', v)).size, 0);
    const { size: full, sha256 } = release('good', 6).package;
    const explained = JSON.parse((await machine.glued(['explain', 'good', '--json', ...machine.place], way(rt))).stdout);
    assert.equal([explained.components[0].route.via, explained.components[0].route.bytes, explained.components[0].route.steps.length], ['delta', bytes, 5]);
    assert.match((await machine.glued(['explain', 'good', ...machine.place], way(rt))).stdout.replace(/\s+/g, ' '), /Download: delta \(cdiff\), 5\.2 KiB of 14\.2 KiB, by release 1 > 2 > 3 > 4 > 5 > 6 from the installed content\./);
    assert.equal(part(await machine.expect(0, ['--dry-run'], way(rt)), 'good').bytes, { downloaded: bytes, full });
    const document = await machine.expect(0, [], way(rt));
    const { action, via, after, bytes: told } = part(document, 'good');
    assert.equal([action, via, after?.version, told], ['updated', 'delta', '6.0', { downloaded: bytes, full }]);
    assert.ok(bytes * 2 < full, `${bytes} of ${full}`);
    assert.equal(held(machine, 'good'), ['local.ndb', 'test.cld']);
    assert.equal(await membersOf(readFileSync(join(machine.live('good'), 'test.cld')), 'cld'), await membersOf(fixture('test-6.cvd'), 'cvd'));
    assert.is(readFileSync(join(machine.live('good'), 'local.ndb'), 'utf8'), LOCAL);
    assert.match(readFileSync(machine.file('ActiveRegistry', 'good.plist'), 'utf8'), new RegExp(sha256), 'it is that release');
    const again = part(await machine.expect(0, ['--force'], way(rt)), 'good');
    assert.equal([again.action, again.via], ['current', 'none'], 'whole by a deep look');
    console.log(`\nNOTE: ${rt.name}: CVD 1 to 6 by five cdiffs: ${bytes} bytes of ${full}`);
  });

  test(`${rt.name}: what a cdiff made is the base of the next, and the way back leads to the CVD`, async () => {
    const machine = await machineAt(world, rt, 'good', 4);
    for (const version of [5, 6]) {
      machine.policy({ components: { good: { pin: `${version}.0` } }, probation: { minutes: 0 } });
      assert.is(part(await machine.expect(0, [], way(rt)), 'good').via, 'delta');
    }
    assert.equal((await machine.glued(['rollback', 'good', ...machine.place], way(rt))).code, 0);
    assert.equal(await membersOf(readFileSync(join(machine.live('good'), 'test.cld')), 'cld'), await membersOf(fixture('test-5.cvd'), 'cvd'));
  });

  test(`${rt.name}: a cdiff that is no good costs the full package once, says why, and is left alone afterwards`, async () => {
    const good = fixture('test-6.cdiff');
    const forged = Buffer.from(good);
    forged.writeUInt8(forged.readUInt8(200) ^ 1, 200);
    const other = asSha256(createHash('sha256').update('another').digest('hex'));
    const cases: readonly (readonly [RegExp, (delta: Delta) => ReturnType<Parameters<typeof resign>[1]>])[] = [
      [/its signature is not ClamAV's/, (delta) => ({ delta: { ...delta, sha256: digest(forged), size: forged.length }, bytes: forged })],
      [/it makes version 5, and test\.cvd is version 5/, (delta) => ({ delta: { ...delta, sha256: digest(fixture('test-5.cdiff')), size: fixture('test-5.cdiff').length }, bytes: fixture('test-5.cdiff') })],
      [/test\.cld: with the files beside it, it is not what the release promises/, (delta) => ({ delta: { ...delta, sha256: digest(good), size: good.length, outcome: { size: 1, sha256: other ?? digest(good) } }, bytes: good })],
    ];
    for (const [words, change] of cases) {
      const delta = resign(world, change);
      const machine = await machineAt(world, rt, 'bad', 5);
      const full = release('bad', 6).package;
      world.server.fault = (path) => (path.endsWith(full.sha256) ? { kind: 'status', status: 404 } : undefined);
      const failed = await machine.expect(9, [], way(rt));
      assert.equal([part(failed, 'bad').action, part(failed, 'bad').after?.sequence, held(machine, 'bad')], ['failed', 5, ['local.ndb', 'test.cvd', 'test.cvd.sign']]);
      world.server.fault = () => undefined;
      assert.match(wordsOf(failed), words);
      world.server.asked.length = 0;
      const document = await machine.expect(0, [], way(rt));
      assert.equal([part(document, 'bad').via, part(document, 'bad').bytes.downloaded], ['full', full.size], 'the cdiff was not fetched again');
      assert.equal(world.server.packages().some((path) => path.endsWith(delta.sha256)), false);
      assert.equal(readFileSync(join(machine.live('bad'), 'test.cvd')), fixture('test-6.cvd'));
      assert.not.ok(existsSync(join(machine.live('bad'), 'test.cld')));
    }
  });

  test(`${rt.name}: a base that was changed gives the full package in the same run, with the reason in the result`, async () => {
    resign(world, (delta) => ({ delta: { ...delta, ...cdiffTo(release('bad', 6)) } }));
    const machine = await machineAt(world, rt, 'bad', 5);
    const path = join(machine.live('bad'), 'local.ndb');
    writeFileSync(path, LOCAL.replace('Local', 'Lokal'));
    const document = await machine.expect(0, [], way(rt));
    const { via, reason, after } = part(document, 'bad');
    assert.equal([via, reason?.code, after?.version], ['full', 'delta-failed', '6.0']);
    assert.match(wordsOf(document), /the bytes of [^ ]*local\.ndb are not those of the release/);
    assert.is(readFileSync(path, 'utf8'), LOCAL);
  });
}

/** The real engine, once: what it loads does not depend on our runtime. */
async function inTheRealEngine(world: StoryWorld, rt: Runtime): Promise<void> {
  const machine = await machineAt(world, rt, 'good', 1, { EnginePath: clamscan ?? '', Socket: join(world.repo.root, 'clamd.ctl') });
  const clamd = await startClamd(world.repo.root, machine.live('good'));
  const sample = join(machine.folder, 'eicar');
  writeFileSync(sample, EICAR);
  const scan = async (): Promise<string> => {
    const answer = await realPorts.sockets.ask(clamd.socket, Buffer.from(`zSCAN ${sample}\0`), { timeoutMs: 20_000, maxBytes: 4096 });
    return answer.ok ? Buffer.from(answer.value).toString() : answer.failure.detail;
  };
  assert.match(await scan(), /OK/, 'version 1 does not know it');
  machine.policy({ verify: { mustDetect: [sample] } });
  const { via, loaded } = part(await machine.expect(0), 'good');
  assert.is(via, 'delta');
  assert.match(loaded ?? '', /^ClamAV /);
  // version 6 knows it, and so does what the cdiffs made
  await until(async () => /FOUND/.test(await scan()));
  await clamd.stop();
}

test.run();
