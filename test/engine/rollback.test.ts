// runtimes: node
import { rmSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ANY_POLICY, type RunDocument } from '../../src/model/index.ts';
import { brief, type EngineWorld, part, worldOf } from './world.ts';

const test = suite('rollback');
const told = (d: RunDocument) => [d.code, d.outcome, brief(d, 'alpha')];

/** Probation is over, and a run has seen it. */
async function proveAll(world: EngineWorld): Promise<void> {
  world.ports.at += 11 * 60_000;
  await world.settle();
}

/** `alpha` at release 2, with release 1 kept, and `beta` at release 1. */
async function atTwo(): Promise<EngineWorld> {
  const world = await worldOf({ alpha: { plugIn: 'scripted' }, beta: {} });
  await world.settle();
  await world.publish('alpha', '2.0');
  await world.settle();
  await proveAll(world);
  return world;
}

test('it goes back without asking a server, and the release that it left waits for a newer one', async () => {
  const world = await atTwo();
  world.fault = () => ({ fail: 'refused' });
  world.requests = [];
  const document = await world.rollback('alpha');
  assert.equal(told(document), [0, 'updated', 'rolled-back 2>1 null']);
  assert.equal([world.content('alpha'), world.requests, world.journal()], ['alpha 1.0', [], []]);
  assert.equal([world.registered('alpha').installed?.sequence, world.registered('alpha').previous?.sequence], [1, 2]);
  assert.equal(world.quarantine().map((q) => [q.sequence, q.why, q.policyDigest]), [[2, 'rolled-back', ANY_POLICY]]);
  assert.is(world.history('alpha')[0], '1 rolled-back 0');
  assert.equal(world.status().components.map((c) => c.id), ['alpha', 'beta'], 'the status still has them all');
  world.fault = () => undefined;
  world.policy({ download: { parallel: 2 } });
  assert.equal(told(await world.run()), [0, 'current', 'skipped 1>1 quarantined'], 'another policy does not end it');
  await world.publish('alpha', '3.0');
  assert.equal(told(await world.run()), [0, 'updated', 'updated 1>3 up-to-date']);
  assert.equal(world.quarantine().map((q) => q.sequence), [2], 'should the newer one fail its probation, this one must not be next');
  await proveAll(world);
  assert.equal(world.quarantine(), []);
});

test('--force takes the release that a rollback left', async () => {
  const world = await atTwo();
  await world.rollback('alpha');
  assert.equal(told(await world.run({ force: 'yes' })), [0, 'updated', 'updated 1>2 up-to-date']);
});

test('it needs no policy, and says what it could not check', async () => {
  const world = await atTwo();
  rmSync(world.policyFile);
  const document = await world.rollback('alpha');
  assert.equal(told(document), [0, 'updated', 'rolled-back 2>1 null']);
  assert.ok(document.notes.some((n) => n.includes('revoked')));
  assert.equal((await world.rollback('nobody')).notes, [], 'where nothing can go back, nothing was to be checked');
});

test('a release that was revoked is not gone back to', async () => {
  const world = await atTwo();
  world.revoke('alpha', { sequence: 1, reason: 'false alarms' });
  await world.settle();
  const document = await world.rollback('alpha');
  assert.equal(told(document), [13, 'failed', 'failed 2>2 rollback-revoked']);
  assert.match(document.errors[0]?.text ?? '', 'false alarms');
  assert.equal([world.content('alpha'), world.quarantine()], ['alpha 2.0', []]);
});

test('a release that another component still needs is not left: that one goes back first', async () => {
  const world = await atTwo();
  await world.publish('beta', '2.0', { requires: ['alpha:2'] });
  await world.settle();
  await proveAll(world);
  const document = await world.rollback('alpha');
  assert.equal(told(document), [13, 'failed', 'failed 2>2 rollback-needed']);
  assert.match(document.errors[0]?.remedy ?? '', 'glued rollback beta');
  assert.equal([world.content('alpha'), world.content('beta')], ['alpha 2.0', 'beta 2.0']);
  assert.is((await world.rollback('beta')).code, 0);
  assert.equal([(await world.rollback('alpha')).code, world.content('alpha'), world.content('beta')], [0, 'alpha 1.0', 'beta 1.0']);
});

test('with nothing kept it fails, says where it looked, and changes nothing', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  const document = await world.rollback('alpha');
  assert.equal(told(document), [13, 'failed', 'failed 1>1 nothing-to-roll-back']);
  assert.equal(document.errors.map((e) => [e.component, e.stage, e.code]), [['alpha', 'rollback', 13]]);
  assert.is(world.content('alpha'), 'alpha 1.0');
});

test('an id that nobody knows: 64, and the status stays', async () => {
  const world = await atTwo();
  const before = world.status().last?.runId;
  const document = await world.rollback('alhpa');
  assert.equal([document.code, document.components], [64, []]);
  assert.is(world.status().last?.runId, before);
});

test('kept content that is not whole any more is not gone back to', async () => {
  const world = await atTwo();
  const { files } = world.ports;
  const path = `${world.root}/live/.glued-alpha/1/content/rules.txt`;
  assert.ok(files.remove(path).ok);
  assert.equal(told(await world.rollback('alpha')), [13, 'failed', 'failed 2>2 nothing-to-roll-back']);
});

test('kept content that the engine of today refuses is not gone back to: 11, and nothing was touched', async () => {
  const world = await atTwo();
  world.script.set('test alpha', 'fail');
  const document = await world.rollback('alpha');
  assert.equal(told(document), [11, 'failed', 'failed 2>2 content-test-failed']);
  assert.equal([world.content('alpha'), world.journal(), world.quarantine()], ['alpha 2.0', [], []]);
});

test('content beside the install path comes back without the plug-in that brought it', async () => {
  const world = await atTwo();
  world.absent = ['scripted'];
  rmSync(world.policyFile);
  assert.equal(told(await world.rollback('alpha')), [0, 'updated', 'rolled-back 2>1 null']);
  assert.is(world.content('alpha'), 'alpha 1.0');
});

test('what does not confirm gives way to what was there', async () => {
  const world = await atTwo();
  world.script.set('confirm alpha', 'fail');
  const document = await world.rollback('alpha');
  assert.equal(told(document), [12, 'failed', 'failed 2>2 confirm-failed']);
  assert.equal([world.content('alpha'), world.journal(), world.quarantine()], ['alpha 2.0', [], []]);
});

test('neither forward nor back: 13 first, and the journal keeps it for the next run', async () => {
  const world = await atTwo();
  world.script.set('confirm alpha', 'fail');
  world.script.set('restore alpha', 'fail');
  const document = await world.rollback('alpha');
  assert.equal(told(document), [13, 'failed', 'failed 2>2 recovery-failed']);
  assert.is(world.journal().length, 1);
  world.script.clear();
  const next = await world.run();
  assert.is(next.code, 0);
  assert.ok(['alpha 1.0', 'alpha 2.0'].includes(world.content('alpha')));
  assert.equal(world.journal(), []);
});

for (const call of ['swap', 'confirm', 'finish'] as const) {
  for (const behaviour of ['die-before', 'die-after'] as const) {
    test(`it dies in ${call} (${behaviour}): the next run ends with one of the two, whole`, async () => {
      const world = await atTwo();
      world.script.set(`${call} alpha`, behaviour);
      await world.rollback('alpha').then(() => assert.unreachable('it died'), () => undefined);
      world.script.clear();
      const document = await world.run();
      assert.is(document.code, 0);
      assert.is(world.content('alpha'), `alpha ${part(document, 'alpha').after?.version}`);
      assert.is(world.registered('alpha').installed?.version, part(document, 'alpha').after?.version);
      assert.equal(world.journal(), []);
    });
  }
}

test('a rollback that died after it was confirmed stays: the next run does not bring back the release that it left', async () => {
  const world = await atTwo();
  world.script.set('confirm alpha', 'die-after');
  await world.rollback('alpha').then(() => assert.unreachable('it died'), () => undefined);
  world.script.clear();
  const document = await world.run();
  assert.equal([document.code, world.content('alpha'), world.journal()], [0, 'alpha 1.0', []]);
  assert.equal(world.quarantine().map((q) => [q.sequence, q.why, q.policyDigest]), [[2, 'rolled-back', ANY_POLICY]]);
  assert.equal(told(await world.run()), [0, 'current', 'skipped 1>1 quarantined']);
});

test('a run that died is recovered first', async () => {
  const world = await atTwo();
  await world.publish('alpha', '3.0');
  world.script.set('swap alpha', 'die-after');
  await world.run().catch(() => undefined);
  world.script.clear();
  const document = await world.rollback('alpha');
  assert.equal(told(document), [0, 'updated', 'rolled-back 2>1 null']);
  assert.is(world.content('alpha'), 'alpha 1.0');
});

test.run();
