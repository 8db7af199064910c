import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { verifyCvd } from '../../src/formats/cvd.ts';
import { writePlist } from '../../src/formats/plist.ts';
import { addComponent } from '../../src/publisher/index.ts';
import { DATA, fixture, lacking, SAYS_OK, stub } from '../plugins/clamav-world.ts';
import { keptMachine, killShim, sweepKills } from '../support/kill-sweep.ts';
import { must, writeTree } from '../support/repository.ts';
import { runtimes } from '../support/runtimes.ts';
import { skip } from '../support/skip.ts';
import { type Machine, part, StoryWorld } from '../support/story-world.ts';

const test = suite('ClamAV: kill sweep');
const NAME = 'a run that updates a set of databases, and another by a chain of cdiffs, is killed at any rename or fsync, and ends well the next time';
const shim = killShim();
const binary = runtimes().find(({ name }) => name === 'binary');
const lack = lacking('data') ?? (shim === undefined ? 'no gcc to build the shim' : undefined);

const line = (name: string): string => `Glued.${name}:0:*:${Buffer.from(name).toString('hex')}\n`;
/** Every database of the set is another one, one is gone, one is new. */
const OLD = { 'a.ndb': line('Old-A'), 'b.ndb': line('Old-B'), 'gone.ndb': line('Gone') };
const NEW = { 'a.ndb': line('New-A'), 'b.ndb': line('New-B'), 'new.ndb': line('New') };

const held = (machine: Machine, id: string): Readonly<Record<string, string>> =>
  Object.fromEntries(readdirSync(machine.live(id)).filter((name) => !name.startsWith('.')).sort().map((name) => [name, readFileSync(join(machine.live(id), name), 'latin1')]));

async function publishAll(world: StoryWorld): Promise<void> {
  const { repo } = world;
  const publish = async (id: string, version: number, files: Readonly<Record<string, string | Uint8Array>>, vendorDeltas: readonly string[] = []): Promise<void> => {
    repo.ports.at += 1000;
    await repo.publish(id, {}, { version: `${version}.0`, path: writeTree(join(repo.root, `${id}-${version}`), files), deltas: 0, vendorDeltas });
  };
  for (const id of ['set', 'chain']) must(await addComponent(repo.ports, { dir: repo.dir, id, type: 'av', plugin: 'clamav' }));
  await publish('set', 1, OLD);
  await publish('set', 2, NEW);
  for (const version of [1, 2, 3]) await publish('chain', version, { 'test.cvd': fixture(`test-${version}.cvd`) }, version === 1 ? [] : [`${version - 1}:${new URL(`test-${version}.cdiff`, DATA).pathname}`]);
}

/** Both components at their first release. */
async function prepared(machine: Machine): Promise<void> {
  const EnginePath = stub(machine.folder, SAYS_OK);
  for (const id of ['set', 'chain']) {
    mkdirSync(machine.live(id));
    const Settings = { Socket: join(machine.folder, 'no.ctl'), EnginePath };
    writeFileSync(machine.file('NewRegistry', `${id}.plist`), writePlist({ ComponentID: id, Name: id, ContentType: 'av', PlugIn: 'clamav', InstallPath: machine.live(id), Settings }));
  }
  machine.policy({ components: { set: { pin: '1.0' }, chain: { pin: '1.0' } } });
  await machine.expect(0);
  machine.policy();
}

/** The downloads are another sweep's; of the members that a cdiff changes, every third is enough. */
function unpackingAndLater(): (call: string) => boolean {
  let hasBegun = false;
  let members = 0;
  return (call) => {
    hasBegun ||= call.includes('/.glued-chain/');
    return hasBegun && (!call.includes('/members/') || members++ % 3 === 0);
  };
}

async function sweep(world: StoryWorld): Promise<void> {
  if (shim === undefined || binary === undefined) throw new Error('no shim or no binary');
  const machine = world.machine(binary);
  await prepared(machine);
  const dry = await machine.expect(0, ['--dry-run']);
  assert.equal([part(dry, 'set').via, part(dry, 'chain').via], ['full', 'delta']);
  const old = fixture('test-1.cvd').toString('latin1');
  let made: string | undefined;
  const kills = await sweepKills(machine, shim, keptMachine(machine), {
    afterKill: (call) => {
      const all: readonly Readonly<Record<string, string>>[] = [OLD, NEW];
      for (const [name, bytes] of Object.entries(held(machine, 'set'))) assert.ok(all.some((tree) => tree[name] === bytes), `after the kill at ${call}: ${name} is neither old nor new`);
      for (const [name, bytes] of Object.entries(held(machine, 'chain'))) assert.ok(bytes === (name === 'test.cvd' ? old : made), `after the kill at ${call}: ${name} is neither old nor new`);
    },
    afterNext: (call) => {
      assert.equal(held(machine, 'set'), NEW, `after the kill at ${call} and a run`);
      const chain = held(machine, 'chain');
      made ??= chain['test.cld'];
      assert.equal(chain, { 'test.cld': made }, `after the kill at ${call} and a run`);
    },
  }, unpackingAndLater());
  const cld = await verifyCvd(() => [Buffer.from(made ?? '', 'latin1')], 'cld', { maxUnpackedBytes: 1e8 });
  assert.is(cld.ok ? cld.value.header.version : cld.failure, 3);
  console.log(`\nNOTE: kill sweep with a set of three databases and a chain of two cdiffs: ${kills} kills at rename, fsync and fdatasync, every one recovered`);
}

if (lack === undefined) {
  const world = await StoryWorld.make('demo');
  test.after(() => world.end());
  await publishAll(world);
  test(NAME, () => sweep(world));
} else skip(test, NAME, lack);

test.run();
