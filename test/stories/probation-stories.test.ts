/** The reason people fear automatic content: https://en.wikipedia.org/wiki/2024_CrowdStrike-related_IT_outages */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { writePlist } from '../../src/formats/plist.ts';
import { addComponent } from '../../src/publisher/index.ts';
import { clamscan, fixture, lacking, startClamd } from '../plugins/clamav-world.ts';
import { writeTree } from '../support/repository.ts';
import { type Runtime, runtimes } from '../support/runtimes.ts';
import { skip } from '../support/skip.ts';
import { ALL, boot, bootId, canFakeBoots, onProbation, PROVEN_AT_ONCE } from '../support/boots.ts';
import { type Machine, part, StoryWorld } from '../support/story-world.ts';

const test = suite('probation stories');
const world = await StoryWorld.make('demo');
test.after(() => world.end());
await world.release('demo', '1.0');
await world.release('demo', '2.0');

const garbage = (path: string): void => writeFileSync(path, 'garbage'.repeat(1000));

/** Half of the state folder: database, registration, trusted metadata, and one of the two copies of what is on probation. */
function corrupt(machine: Machine): void {
  for (const end of ['-wal', '-shm']) rmSync(machine.file(`state.db${end}`), { force: true });
  garbage(machine.file('state.db'));
  garbage(machine.file('ActiveRegistry', 'demo.plist'));
  for (const name of readdirSync(machine.file('metadata'))) if (name.endsWith('.json')) garbage(machine.file('metadata', name));
  garbage(machine.file('probation', 'demo@2.json'));
}

for (const rt of runtimes()) {
  if (!canFakeBoots()) {
    skip(test, `${rt.name}: boot loops`, 'unshare -m and mount --bind are not allowed here, so that no boot id can be faked');
    continue;
  }
  test(`${rt.name}: a boot loop ends in the last known good, with the network off, the policy invalid and the state half corrupted`, async () => {
    const machine = await onProbation(world, rt);
    const bad = machine.digest();
    writeFileSync(machine.policyFile, '{ nonsense');
    assert.is((await boot(machine, bootId(1))).code, 0);
    corrupt(machine);
    assert.is((await boot(machine, bootId(2))).code, 0);
    assert.is(machine.digest(), bad);
    const began = performance.now();
    const third = await boot(machine, bootId(3));
    const ms = Math.round(performance.now() - began);
    assert.equal([third.code, part(third.document).action, part(third.document).reason?.code], [12, 'rolled-back', 'probation-boot-loop'], third.stdout);
    assert.not.equal(machine.digest(), bad);
    console.log(`\nNOTE: boot loop on ${rt.name}: the last known good was back ${ms} ms after recover was started`);
    const good = machine.digest();
    const fourth = await boot(machine, bootId(4));
    assert.equal([fourth.code, fourth.document.components, machine.digest()], [0, [], good]);
    const status = await machine.glued(['status', '--field', 'last.components.demo.reason.code', ...machine.place]);
    assert.is(status.stdout.trim(), 'probation-boot-loop');
    machine.policy();
    assert.equal(part(await machine.expect(0, [], { settings: ALL })).reason?.code, 'quarantined');
    machine.policy({ version: 2 });
    assert.equal(part(await machine.expect(0, [], { settings: ALL })).action, 'updated', 'another policy ends the quarantine');
    assert.is(machine.digest(), bad);
    machine.end();
  });
}

for (const rt of runtimes()) {
  test(`${rt.name}: recover without anything to do says so, and leaves the last result`, async () => {
    const machine = world.machine(rt).register('demo').policy(PROVEN_AT_ONCE);
    await machine.expect(0, [], { settings: ALL });
    const end = await machine.glued(['recover', ...machine.place], { settings: ALL });
    assert.equal([end.code, end.stdout], [0, 'Nothing was interrupted, and nothing is on probation.\n'], end.stderr);
    const trigger = await machine.glued(['status', '--field', 'last.trigger', ...machine.place]);
    assert.is(trigger.stdout.trim(), 'command');
    machine.end();
  });
}

const lack = lacking('data', 'clamscan', 'clamd');
if (lack !== undefined) skip(test, 'an engine that dies on probation', lack);
else await withClamd();

async function withClamd(): Promise<void> {
  const { dir, root } = world.repo;
  assert.ok((await addComponent(world.repo.ports, { dir, id: 'daily', type: 'av', plugin: 'clamav' })).ok);
  for (const [version, number] of [['5.0', 5], ['6.0', 6]] as const) {
    world.repo.ports.at += 1000;
    const folder = writeTree(join(root, `daily-${version}`), { 'daily.cvd': fixture(`test-${number}.cvd`) });
    await world.repo.publish('daily', {}, { version, path: join(folder, 'daily.cvd') });
  }
  for (const rt of runtimes()) clamdStories(rt);
}

function clamdStories(rt: Runtime): void {
  test(`${rt.name}: an engine that loads the release and then dies takes it back; one that is stopped does not`, async () => {
    const machine = world.machine(rt);
    const socket = join(dirname(machine.live()), 'clamd.ctl');
    const plist = { ComponentID: 'daily', Name: 'Daily', ContentType: 'av', PlugIn: 'clamav', InstallPath: machine.live('daily'), Settings: { Socket: socket, EnginePath: clamscan ?? '' } };
    writeFileSync(machine.file('NewRegistry', 'daily.plist'), writePlist(plist));
    machine.policy({ ...PROVEN_AT_ONCE, components: { daily: { pin: '5.0' } } });
    await machine.expect(0, [], { settings: ALL });
    machine.policy();
    const stopped = await startClamd(dirname(machine.live()), machine.live('daily'));
    assert.match(part(await machine.expect(0, [], { settings: ALL }), 'daily').loaded ?? '', /\/6\//);
    await stopped.quit();
    const still = part(await machine.expect(0, [], { settings: ALL }), 'daily');
    assert.equal([still.action, still.after?.version, still.probation === null], ['current', '6.0', false], 'an administrator stopped it');
    const clamd = await startClamd(dirname(machine.live()), machine.live('daily'));
    await machine.expect(0, [], { settings: ALL });
    await clamd.stop();
    const document = await machine.expect(12, [], { settings: ALL });
    const daily = part(document, 'daily');
    assert.equal([daily.action, daily.before?.version, daily.after?.version, daily.reason?.code], ['rolled-back', '6.0', '5.0', 'probation-engine-died']);
    const after = part(await machine.expect(0, [], { settings: ALL }), 'daily');
    assert.equal([after.action, after.reason?.code], ['skipped', 'quarantined']);
    machine.end();
  });
}

test.run();
