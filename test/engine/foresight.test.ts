// runtimes: node
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Decision, RunDocument } from '../../src/model/index.ts';
import { type Ask, brief, type EngineWorld, part, treeDigest, worldOf } from './world.ts';

const test = suite('dry run and explain');
const SCRIPTED = { plugIn: 'scripted' };
/** what trusting new metadata changes, and the lock's own files */
const TRUST = ['metadata', 'lock.db', 'lock.json', 'state.db-shm', 'state.db-wal'];

type Scene = { readonly name: string; readonly expected: string; readonly make: (world: EngineWorld) => Promise<void> | void; readonly ask?: Ask };
const SCENES: readonly Scene[] = [
  { name: 'a newer release', expected: 'updated 1>2 install-newer', make: async (w) => void (await w.publish('alpha', '2.0')) },
  { name: 'nothing newer', expected: 'current 1>1 up-to-date', make: () => undefined },
  { name: 'a hold', expected: 'deferred 1>1 held', make: (w) => publishThen(w, { content: { av: { hold: { hours: 48 } } } }) },
  { name: 'its content type off', expected: 'skipped 1>1 disabled', make: (w) => publishThen(w, { content: { av: { enabled: false } } }) },
  { name: 'itself off', expected: 'skipped 1>1 disabled', make: (w) => publishThen(w, { components: { alpha: { enabled: false } } }) },
  { name: 'a pin', expected: 'current 1>1 pinned', make: (w) => publishThen(w, { components: { alpha: { pin: '1.0' } } }) },
  { name: 'a pin that nothing meets', expected: 'skipped 1>1 pin-unmet', make: (w) => publishThen(w, { components: { alpha: { pin: '7' } } }) },
  { name: 'another channel', expected: 'skipped 1>1 channel-empty', make: (w) => publishThen(w, { content: { av: { channel: 'beta' } } }) },
  { name: 'a rollout at nothing', expected: 'deferred 1>1 rollout-not-yet', make: async (w) => void (await w.publish('alpha', '2.0', { rollout: 0 })) },
  {
    name: 'a requirement',
    expected: 'deferred 1>1 requires-unmet',
    make: async (w) => {
      await w.repository.add('other');
      await w.publish('other', '1.0');
      await w.publish('alpha', '2.0', { requires: ['other:1'] });
    },
  },
  { name: 'an optional release, never', expected: 'skipped 1>1 consent-never', make: (w) => publishThen(w, { consent: { optional: 'never' } }, { optional: true }) },
  { name: 'an optional release, and nobody there', expected: 'deferred 1>1 consent-needed', make: (w) => publishThen(w, { consent: { optional: 'ask' } }, { optional: true }) },
  { name: 'a forced release', expected: 'updated 1>2 install-forced', make: async (w) => void (await w.publish('alpha', '2.0', { forced: true })) },
  { name: 'a plug-in that is not there', expected: 'failed 1>1 plugin-absent', make: (w) => void (w.absent = ['scripted']) },
  { name: 'not asked', expected: 'skipped 1>1 not-asked', make: () => undefined, ask: { contentTypes: ['ips'] } },
  { name: 'a revoked release with nothing kept', expected: 'failed 1>1 revoked-no-way-out', make: (w) => w.revoke('alpha', { sequence: 1, reason: 'bad' }) },
  {
    name: 'a quarantined release',
    expected: 'skipped 1>1 quarantined',
    make: async (w) => {
      await w.publish('alpha', '2.0');
      w.script.set('test alpha', 'fail');
      await w.run();
      w.script.clear();
    },
  },
];

async function publishThen(world: EngineWorld, policy: Parameters<EngineWorld['policy']>[0], options: Parameters<EngineWorld['publish']>[2] = {}): Promise<void> {
  await world.publish('alpha', '2.0', options);
  world.policy(policy);
}

/** The code that a decision gives as its reason. */
function reasonOf({ choice }: Decision): string {
  switch (choice.kind) {
    case 'install':
    case 'restore':
      return choice.why.code;
    case 'failed':
      return choice.failure.why;
    default:
      return choice.reason?.code ?? 'null';
  }
}

for (const { name, expected, make, ask = {} } of SCENES) {
  test(`${name}: dry run, explain and the run say the same, and the first two change nothing`, async () => {
    const world = await worldOf({ alpha: SCRIPTED });
    await world.settle();
    await make(world);
    const before = { state: treeDigest(world.state, TRUST), live: treeDigest(join(world.root, 'live')) };
    const explanation = await world.explain(ask);
    const decision = explanation.plan.decisions.find((d) => d.id === 'alpha');
    const dry = await world.run({ ...ask, mode: 'dry-run' });
    assert.equal({ state: treeDigest(world.state, TRUST), live: treeDigest(join(world.root, 'live')) }, before);
    assert.is(brief(dry, 'alpha'), expected);
    assert.is(dry.dryRun, true);
    assert.ok(decision);
    assert.is(reasonOf(decision), part(dry, 'alpha').reason?.code);
    const run = await world.run(ask);
    assert.equal(moves(run), moves(dry), 'the run did what was foreseen');
    assert.equal([run.code, run.rounds], [dry.code, dry.rounds]);
    const isMoved = part(run, 'alpha').action === 'updated';
    assert.is(part(run, 'alpha').reason?.code, isMoved ? 'up-to-date' : part(dry, 'alpha').reason?.code);
    assert.equal(part(run, 'alpha').available, part(dry, 'alpha').available);
    const stop = decision.verdicts.find((v) => v.outcome === 'stop');
    if (part(dry, 'alpha').action === 'skipped' || part(dry, 'alpha').action === 'deferred') assert.is(stop?.reason.code, part(dry, 'alpha').reason?.code);
  });
}

const moves = (document: RunDocument) => document.components.map(({ id, action, before, after, via, bytes }) => ({ id, action, before, after, via, bytes }));

test('a dry run sees through every round: forced ones, and what waits for them', async () => {
  const world = await worldOf({ alpha: {}, beta: {}, gamma: {} });
  await world.settle();
  await world.publish('alpha', '2.0', { forced: true });
  await world.publish('alpha', '3.0');
  await world.publish('beta', '2.0', { requires: ['alpha:3'] });
  await world.publish('gamma', '2.0');
  const dry = await world.run({ mode: 'dry-run' });
  assert.equal(['alpha', 'beta', 'gamma'].map((id) => brief(dry, id)), ['updated 1>3 install-newer', 'updated 1>2 install-newer', 'updated 1>2 install-newer']);
  assert.is(world.content('alpha'), 'alpha 1.0');
  const run = await world.run();
  assert.equal([moves(run), run.rounds], [moves(dry), dry.rounds]);
});

test('a dry run foresees a full disk, fetches no package, and keeps no history', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  await world.publish('alpha', '2.0');
  const { files } = world.ports;
  world.files = { ...files, space: (path) => (path.includes('.glued-alpha') ? { ok: true, value: { freeBytes: 1000, freeInodes: 1000, device: 777 } } : files.space(path)) };
  const dry = await world.run({ mode: 'dry-run' });
  assert.equal([dry.code, brief(dry, 'alpha')], [24, 'failed 1>1 disk-space']);
  assert.equal(world.requests.filter((path) => path.includes('packages')), []);
  assert.is(world.history('alpha').length, 1);
});

test('a dry run says what an earlier run left to recover, and leaves it', async () => {
  const world = await worldOf({ alpha: SCRIPTED });
  await world.settle();
  await world.publish('alpha', '2.0');
  world.script.set('confirm alpha', 'die-before');
  await world.run().catch(() => undefined);
  const dry = await world.run({ mode: 'dry-run' });
  assert.ok(dry.notes.some((n) => n.includes('confirming')), dry.notes.join('\n'));
  assert.is(world.journal().length, 1);
});

test('freshness in a dry run is that of what is there', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  world.repository.ports.at += 3_600_000 * 50;
  world.ports.at = world.repository.ports.at;
  await world.publish('alpha', '2.0');
  const dry = await world.run({ mode: 'dry-run' });
  assert.equal([part(dry, 'alpha').freshness?.ageHours, part(dry, 'alpha').freshness?.stale], [50, true]);
});

test('explain without a server rests on what was verified before, and says so', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  world.fault = () => ({ fail: 'refused' });
  const explanation = await world.explain();
  assert.ok(explanation.offline !== null);
  assert.is(explanation.plan.decisions[0]?.choice.kind, 'current');
});

test.run();
