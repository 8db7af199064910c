// runtimes: node
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { asSha256, ok, type PlugIn } from '../../src/model/index.ts';
import { MAX_ROUNDS } from '../../src/engine/index.ts';
import { brief, type EngineWorld, part, worldOf } from './world.ts';

const test = suite('rounds');
const SCRIPTED = { plugIn: 'scripted' };

/** The order in which releases were put in place: `alpha 2`. */
function swaps(world: EngineWorld): string[] {
  const order: string[] = [];
  for (const id of ['alpha', 'beta']) {
    world.script.set(`swap ${id}`, () => {
      order.push(id);
      return undefined;
    });
  }
  return order;
}

test('forced releases come in order, each in its own round, before the newest', async () => {
  const world = await worldOf({ alpha: SCRIPTED });
  await world.settle();
  await world.publish('alpha', '2.0', { forced: true });
  await world.publish('alpha', '3.0');
  await world.publish('alpha', '4.0', { forced: true });
  await world.publish('alpha', '5.0');
  const document = await world.run();
  assert.equal([document.code, document.rounds, brief(document, 'alpha')], [0, 3, 'updated 1>5 up-to-date']);
  assert.is(part(document, 'alpha').stages.filter((s) => s.stage === 'swapping').length, 3);
  // releases that were replaced before they could prove themselves are nothing to go back to
  assert.equal([world.registered('alpha').installed?.sequence, world.registered('alpha').previous?.sequence], [5, 1]);
  assert.is(world.content('alpha'), 'alpha 5.0');
});

test('forced releases of several components share their rounds, and what is not forced waits for them', async () => {
  const world = await worldOf({ alpha: SCRIPTED, beta: SCRIPTED, gamma: {} });
  await world.settle();
  for (const id of ['alpha', 'beta']) {
    await world.publish(id, '2.0', { forced: true });
    await world.publish(id, '3.0');
  }
  await world.publish('gamma', '2.0');
  const order = swaps(world);
  const document = await world.run();
  assert.equal([document.code, document.rounds], [0, 2]);
  assert.equal(order, ['alpha', 'beta', 'alpha', 'beta']);
  for (const id of ['alpha', 'beta']) assert.is(brief(document, id), 'updated 1>3 up-to-date');
  assert.is(brief(document, 'gamma'), 'updated 1>2 up-to-date');
});

test('a forced release that fails is its own component’s loss: the others go on', async () => {
  const world = await worldOf({ alpha: SCRIPTED, beta: {} });
  await world.settle();
  await world.publish('alpha', '2.0', { forced: true });
  await world.publish('beta', '2.0');
  world.script.set('test alpha', 'fail');
  const document = await world.run();
  assert.equal([document.code, brief(document, 'alpha'), brief(document, 'beta')], [16, 'failed 1>1 content-test-failed', 'updated 1>2 up-to-date']);
});

test('a component that moved and then failed tells both: before, after, its failure, and 16', async () => {
  const world = await worldOf({ alpha: SCRIPTED });
  await world.settle();
  await world.publish('alpha', '2.0', { forced: true });
  await world.publish('alpha', '3.0');
  let tests = 0;
  world.script.set('test alpha', () => (++tests === 2 ? 'fail' : undefined));
  const document = await world.run();
  assert.equal([document.code, document.outcome, brief(document, 'alpha')], [16, 'partial', 'failed 1>2 content-test-failed']);
  assert.is(world.content('alpha'), 'alpha 2.0');
  assert.is(world.history('alpha')[0], '2 failed 11');
});

test('after ten rounds the rest waits for the next run', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  for (let release = 2; release <= 12; release++) await world.publish('alpha', `${release}.0`, { forced: true });
  const first = await world.run();
  assert.equal([first.code, first.rounds, first.outcome, brief(first, 'alpha')], [0, MAX_ROUNDS, 'updated', 'updated 1>11 rounds-exhausted']);
  const second = await world.run();
  assert.equal([second.rounds, brief(second, 'alpha')], [1, 'updated 11>12 up-to-date']);
});

test('a release that is asked for again after it was installed is a loop: an error of its component alone', async () => {
  const world = await worldOf({ alpha: { plugIn: 'forgetful' }, beta: {} });
  const all = await world.world().plugIns();
  const real = all.get('files');
  assert.ok(real);
  const forgetful: PlugIn = {
    ...real,
    id: 'forgetful',
    inventory: async (component, depth, signal) => {
      const seen = await real.inventory(component, depth, signal);
      return seen.ok ? ok({ ...seen.value, state: 'damaged', detail: 'another program was there' }) : seen;
    },
  };
  world.extraPlugIns = [forgetful];
  const document = await world.run();
  assert.equal([document.code, brief(document, 'alpha'), brief(document, 'beta')], [16, 'failed ->1 install-loop', 'updated ->1 up-to-date']);
  assert.equal(document.errors.map((e) => [e.component, e.stage, e.code]), [['alpha', 'plan', 12]]);
});

test('content that was changed behind our back is put back whole, and the result says what was found', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  const live = world.live('alpha');
  const name = 'rules.txt';
  writeFileSync(join(live, name), 'changed by another program');
  const document = await world.run();
  assert.equal([document.code, brief(document, 'alpha')], [0, 'updated 1>1 reinstall-damaged']);
  assert.ok((part(document, 'alpha').reason?.text ?? '').includes(name), part(document, 'alpha').reason?.text);
  assert.is.not(readFileSync(join(live, name), 'utf8'), 'changed by another program');
  assert.is(brief(await world.run(), 'alpha'), 'current 1>1 up-to-date');
});

test('a chain of requirements is climbed in one run', async () => {
  const world = await worldOf({ alpha: {}, beta: {}, gamma: {} });
  await world.settle();
  await world.publish('gamma', '2.0');
  await world.publish('beta', '2.0', { requires: ['gamma:2'] });
  await world.publish('alpha', '2.0', { requires: ['beta:2'] });
  const document = await world.run();
  assert.equal([document.code, document.rounds], [0, 3]);
  for (const id of ['alpha', 'beta', 'gamma']) assert.is(brief(document, id), 'updated 1>2 up-to-date');
});

test('what needs a component that failed waits, and says for which', async () => {
  const world = await worldOf({ alpha: {}, beta: SCRIPTED });
  await world.settle();
  await world.publish('beta', '2.0');
  await world.publish('alpha', '2.0', { requires: ['beta:2'] });
  world.script.set('test beta', 'fail');
  const document = await world.run();
  assert.equal([document.code, brief(document, 'alpha'), brief(document, 'beta')], [11, 'deferred 1>1 requires-unmet', 'failed 1>1 content-test-failed']);
  assert.match(part(document, 'alpha').reason?.text ?? '', 'beta');
});

test('a release that failed is left alone in the next run, for an older good one or for --force', async () => {
  const world = await worldOf({ alpha: SCRIPTED });
  await world.settle();
  await world.publish('alpha', '2.0');
  await world.publish('alpha', '3.0');
  world.script.set('test alpha', 'fail');
  assert.is((await world.run()).code, 11);
  world.script.clear();
  const next = await world.run();
  assert.equal([next.code, brief(next, 'alpha')], [0, 'updated 1>2 quarantined']);
  assert.equal(world.quarantine().map((q) => q.sequence), [3], 'an older one does not forgive a newer bad one');
  const third = await world.run();
  assert.equal([third.code, brief(third, 'alpha')], [0, 'skipped 2>2 quarantined']);
  const forced = await world.run({ force: 'yes' });
  assert.equal([forced.code, brief(forced, 'alpha'), world.quarantine().length], [0, 'updated 2>3 up-to-date', 0]);
});

test('another policy tries a quarantined release again', async () => {
  const world = await worldOf({ alpha: SCRIPTED });
  await world.settle();
  await world.publish('alpha', '2.0');
  world.script.set('test alpha', 'fail');
  await world.run();
  world.script.clear();
  world.policy({ verify: { maxShrinkPercent: 90 } });
  assert.is(brief(await world.run(), 'alpha'), 'updated 1>2 up-to-date');
});

test('a withdrawn release leads to the safe one, lower and held though it be', async () => {
  const world = await worldOf({ alpha: {} });
  await world.publish('alpha', '2.0');
  await world.settle();
  world.policy({ content: { av: { hold: { hours: 1000 } } } });
  world.revoke('alpha', { sequence: 2, reason: 'false alarms', safeSequence: 1 });
  const document = await world.run();
  assert.equal([document.code, brief(document, 'alpha'), world.content('alpha')], [0, 'updated 2>1 revoked-safe', 'alpha 1.0']);
  assert.is(brief(await world.run(), 'alpha'), 'current 1>1 up-to-date');
});

test('a withdrawn release that leads nowhere gives way to what is kept on disk', async () => {
  const world = await worldOf({ alpha: SCRIPTED });
  await world.settle();
  await world.publish('alpha', '2.0');
  await world.settle();
  world.policy({ content: { av: { hold: { hours: 1000 } } } });
  world.revoke('alpha', { sequence: 2, reason: 'false alarms' });
  const foreseen = await world.run({ mode: 'dry-run' });
  assert.is(brief(foreseen, 'alpha'), 'rolled-back 2>1 revoked-previous');
  assert.is(world.content('alpha'), 'alpha 2.0');
  const document = await world.run();
  assert.equal([document.code, document.outcome, brief(document, 'alpha')], [0, 'updated', 'rolled-back 2>1 revoked-previous']);
  assert.equal([world.content('alpha'), world.registered('alpha').installed?.sequence, world.journal().length], ['alpha 1.0', 1, 0]);
  assert.is(part(await world.run(), 'alpha').action, 'current');
});

test('a withdrawn release that leads nowhere, with nothing kept, stays and fails with 12', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  world.revoke('alpha', { sequence: 1, reason: 'false alarms' });
  const document = await world.run();
  assert.equal([document.code, brief(document, 'alpha'), world.content('alpha')], [12, 'failed 1>1 revoked-no-way-out', 'alpha 1.0']);
});

test('bytes that were withdrawn stay withdrawn under another number', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  const { release } = await world.publish('alpha', '2.0');
  const sha256 = asSha256(release.package.sha256);
  assert.ok(sha256);
  world.revoke('alpha', { sequence: 99, sha256, reason: 'false alarms' });
  const document = await world.run();
  assert.equal([document.code, brief(document, 'alpha')], [0, 'current 1>1 up-to-date']);
});

test.run();
