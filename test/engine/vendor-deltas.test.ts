// runtimes: node
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Release } from '../../src/model/index.ts';
import { addComponent } from '../../src/publisher/index.ts';
import { DATA, fixture, lacking, SAYS_OK, stub } from '../plugins/clamav-world.ts';
import { must } from '../support/outcome.ts';
import { testRepository, type TestRepository, writeTree } from '../support/repository.ts';
import { skip } from '../support/skip.ts';
import { brief, EngineWorld, part, treeDigest } from './world.ts';

const test = suite('updates by a vendor’s deltas');
const lack = lacking('data');

type Offer = { readonly repository: TestRepository; readonly releases: readonly Release[] };

/** Versions 1 to 3 of ClamAV's test database, each with the cdiff from the one before. */
async function offer(): Promise<Offer> {
  const repository = await testRepository('engine-vendor');
  must(await addComponent(repository.ports, { dir: repository.dir, id: 'db', type: 'av', plugin: 'clamav' }));
  const releases: Release[] = [];
  for (const version of [1, 2, 3]) {
    const path = writeTree(join(repository.root, `db-${version}`), { 'test.cvd': fixture(`test-${version}.cvd`), 'local.ndb': 'Glued.Local:0:*:676c756564\n' });
    const vendorDeltas = version === 1 ? [] : [`${version - 1}:${new URL(`test-${version}.cdiff`, DATA).pathname}`];
    releases.push((await repository.publish('db', {}, { version: `${version}.0`, path, deltas: 0, vendorDeltas })).release);
  }
  return { repository, releases };
}

/** `db` at release 1; the scanner calls everything clean. */
async function machine({ repository }: Offer): Promise<EngineWorld> {
  const world = new EngineWorld(repository);
  mkdirSync(world.live('db'));
  world.register('db', { plugIn: 'clamav', settings: { Socket: join(world.root, 'no.ctl'), EnginePath: stub(world.root, SAYS_OK) } });
  world.policy({ components: { db: { pin: '1.0' } } });
  await world.settle();
  world.policy();
  return world;
}

const held = (world: EngineWorld): readonly string[] => readdirSync(world.live('db')).filter((name) => !name.startsWith('.')).sort();
const packages = (world: EngineWorld): readonly string[] => world.requests.filter((path) => path.startsWith('/packages/')).map((path) => path.slice(-64));

if (lack === undefined) stories();
else skip(test, 'updates by cdiffs', lack);

function stories(): void {
  let shared: Promise<Offer> | undefined;
  const offered = (): Promise<Offer> => (shared ??= offer());

  test('a chain is downloaded and applied, and nothing of it stays', async () => {
    const { repository, releases } = await offered();
    const world = await machine({ repository, releases });
    const document = await world.settle();
    assert.equal([brief(document, 'db'), part(document, 'db').via, held(world)], ['updated 1>3 up-to-date', 'delta', ['local.ndb', 'test.cld']]);
    assert.equal(packages(world), releases.slice(1).map((r) => r.deltas[0]?.sha256));
    const cached = readdirSync(join(world.state, 'cache')).flatMap((shelf) => readdirSync(join(world.state, 'cache', shelf)));
    assert.equal([cached, world.registered('db').installed?.sha256], [[releases[0]?.package.sha256], releases[2]?.package.sha256]);
  });

  test('no room for what the cdiffs change, unpacked: the full package, without a word of failure', async () => {
    const { repository, releases } = await offered();
    const world = await machine({ repository, releases });
    const { files } = world.ports;
    const { size = 0, unpackedSize = 0 } = releases[2]?.package ?? {};
    const room = (more: number) => ({ ...files, space: () => ({ ok: true, value: { freeBytes: 16 * 1024 * 1024 + size + unpackedSize + more, freeInodes: 1000, device: 1 } }) as const });
    world.files = room(0);
    assert.equal([part(await world.run({ mode: 'dry-run' }), 'db').via, 2 * (releases[2]?.deltas[0]?.outcome?.size ?? 0) > size], ['full', true]);
    world.files = room(2 * (releases[2]?.deltas[0]?.outcome?.size ?? 0));
    assert.is(part(await world.run({ mode: 'dry-run' }), 'db').via, 'delta');
  });

  test('the process dies at every third change of the disk during a chain of cdiffs: old or new content, whole, and the next run ends well', async () => {
    const bed = await offered();
    let points = 0;
    const [old, fresh] = [['local.ndb', 'test.cvd'], ['local.ndb', 'test.cld']];
    let made: Readonly<Record<string, string>> | undefined;
    for (let point = 1; ; point += 3) {
      const world = await machine(bed);
      const died = await world.dies(point);
      assert.ok(held(world).includes('test.cvd') ? readFileSync(join(world.live('db'), 'test.cvd')).equals(fixture('test-1.cvd')) : JSON.stringify(held(world)) === JSON.stringify(fresh), `after ${point}: neither ${old.join()} nor ${fresh.join()}`);
      const document = await world.run();
      assert.equal([document.code, held(world), part(document, 'db').after?.sequence], [0, fresh, 3], `after ${point}: ${JSON.stringify(document.errors)}`);
      const now = treeDigest(world.live('db'), readdirSync(world.live('db')).filter((name) => name.startsWith('.')));
      assert.equal(now, (made ??= now), `after ${point}: the same bytes by whatever way`);
      const beside = readdirSync(join(world.live('db'), '.glued-db'));
      assert.equal([world.journal(), beside.filter((name) => name.startsWith('.')), readdirSync(join(world.state, 'scratch'))], [[], [], []], `after ${point}: nothing temporary is left`);
      if (!died) break;
      points += 1;
    }
    console.log(`\nNOTE: died at ${points} points of an update by a chain of two cdiffs, every one recovered`);
    assert.ok(points > 20);
  });
}

test.run();
