// runtimes: node
/** Content on probation in a run, in a poll and in a rollback (facts/safety.md, 8, 10 and 13). */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type EngineLife, failure, type RunDocument } from '../../src/model/index.ts';
import { must } from '../support/outcome.ts';
import { brief, type EngineWorld, part, worldOf } from './world.ts';

const test = suite('content on probation');
const MINUTE = 60_000;
const SCRIPTED = { plugIn: 'scripted' };
const up = (identity = 'a'): EngineLife => ({ kind: 'up', identity, says: 'Engine 1' });
const DEAD: EngineLife = { kind: 'dead', since: null, detail: 'nobody listens any more', lastWords: 'Segmentation fault' };
const told = (d: RunDocument, id = 'alpha') => [d.code, d.outcome, brief(d, id)];

/** Time passes, and a run sees that probation is over. */
async function later(world: EngineWorld, minutes: number): Promise<RunDocument> {
  world.ports.at += minutes * MINUTE;
  return world.run();
}

/** `alpha` at release 3, on probation; 2 and 1 were proven before. */
async function onProbation(): Promise<EngineWorld> {
  const world = await worldOf({ alpha: SCRIPTED });
  world.engines.set('alpha', up());
  await world.settle();
  await later(world, 11);
  await world.publish('alpha', '2.0');
  await world.settle();
  await later(world, 11);
  await world.publish('alpha', '3.0');
  await world.settle();
  return world;
}

const kept = (world: EngineWorld): readonly string[] => readdirSync(join(world.root, 'live', '.glued-alpha')).sort();
const open = (world: EngineWorld): readonly string[] => world.look((s) => must(s.probations.list()).probations.map((p) => `${p.component.id} ${p.next.sequence}`));
const registered = (world: EngineWorld, id = 'alpha') => [world.registered(id).installed?.sequence, world.registered(id).previous?.sequence];

test('the result names the end of probation, the two proven contents stay, and the oldest goes when the newest is proven', async () => {
  const world = await onProbation();
  const installedAt = world.ports.at;
  const dry = await world.run({ mode: 'dry-run' });
  assert.equal(part(dry, 'alpha').probation, { until: new Date(installedAt + 10 * MINUTE).toISOString() });
  assert.equal(part(await world.run(), 'alpha').probation, part(dry, 'alpha').probation);
  assert.equal([kept(world), registered(world), open(world)], [['1', '2', '3'], [3, 2], ['alpha 3']]);
  const proven = await later(world, 10);
  assert.equal([told(proven), part(proven, 'alpha').probation], [[0, 'current', 'current 3>3 up-to-date'], null]);
  assert.equal([kept(world), open(world)], [['2', '3'], []]);
});

test('an engine that dies takes the release back: 12, quarantined under this policy, its last words in the result', async () => {
  const world = await onProbation();
  world.engines.set('alpha', DEAD);
  const document = await later(world, 1);
  assert.equal(told(document), [12, 'failed', 'rolled-back 3>2 probation-engine-died']);
  assert.match(document.errors[0]?.detail ?? '', 'Segmentation fault');
  assert.equal([world.content('alpha'), registered(world), kept(world), open(world), world.journal()], ['alpha 2.0', [2, 1], ['1', '2'], [], []]);
  assert.equal(world.quarantine().map((q) => [q.sequence, q.why]), [[3, 'probation-engine-died']]);
  assert.is(world.history('alpha')[0], '2 rolled-back 12');
  assert.equal(told(await world.run()), [0, 'current', 'skipped 2>2 quarantined']);
  await world.publish('alpha', '4.0');
  assert.equal([told(await world.run()), registered(world)], [[0, 'updated', 'updated 2>4 up-to-date'], [4, 2]]);
});

test('it is judged before anything is asked of a server, and without a policy', async () => {
  const world = await onProbation();
  world.engines.set('alpha', DEAD);
  writeFileSync(world.policyFile, '{ nonsense');
  const document = await later(world, 1);
  assert.equal([document.code, brief(document, 'alpha'), world.content('alpha'), world.requests], [21, 'rolled-back 3>2 probation-engine-died', 'alpha 2.0', []]);
});

test('servers that refuse, are wrong or are not there, and a disk that is full, take nothing back', async () => {
  const world = await onProbation();
  for (const fault of [{ fail: 'refused' as const }, { status: 404 }, { status: 429 }]) {
    world.fault = () => fault;
    const document = await later(world, 1);
    assert.ok(document.code !== 0, JSON.stringify(fault));
    assert.equal([world.content('alpha'), open(world)], ['alpha 3.0', ['alpha 3']], JSON.stringify(fault));
  }
  world.fault = () => undefined;
  world.engines.set('alpha', up('b'));
  const { files } = world.ports;
  world.files = { ...files, replace: (path, bytes, mode) => (path.includes('/probation/') ? { ok: false, failure: { kind: 'full', op: 'write', path, detail: 'ENOSPC' } } : files.replace(path, bytes, mode)) };
  const document = await world.run({ force: 'yes' });
  assert.equal([document.code, world.content('alpha')], [0, 'alpha 3.0']);
  assert.match(document.notes.join(' '), 'no space is left');
});

test('content that cannot be watched over is not installed: the marker is durable before the swap', async () => {
  const world = await onProbation();
  await later(world, 11);
  await world.publish('alpha', '4.0');
  const { files } = world.ports;
  world.files = { ...files, replace: (path, bytes, mode) => (path.includes('/probation/') ? { ok: false, failure: { kind: 'full', op: 'write', path, detail: 'ENOSPC' } } : files.replace(path, bytes, mode)) };
  assert.equal(told(await world.run()), [24, 'failed', 'rolled-back 3>3 state-full']);
  world.files = files;
  assert.equal([world.content('alpha'), world.quarantine(), open(world)], ['alpha 3.0', [], []]);
  world.script.set('swap alpha', () => {
    assert.ok(existsSync(join(world.state, 'probation', 'alpha@4.json')));
    return undefined;
  });
  assert.equal(told(await world.run()), [0, 'updated', 'updated 3>4 up-to-date']);
});

test('a newer release that comes meanwhile begins its own, and what is gone back to is still what was proven', async () => {
  const world = await onProbation();
  await world.publish('alpha', '4.0');
  await later(world, 1);
  assert.equal([registered(world), open(world), kept(world)], [[4, 2], ['alpha 4'], ['1', '2', '4']]);
  world.engines.set('alpha', DEAD);
  assert.equal(told(await later(world, 1)), [12, 'failed', 'rolled-back 4>2 probation-engine-died']);
  assert.equal([world.content('alpha'), registered(world)], ['alpha 2.0', [2, 1]]);
});

test('a newer release that is refused leaves the probation of the one before it, and all that is kept', async () => {
  const world = await onProbation();
  await world.publish('alpha', '4.0');
  world.script.set('confirm alpha', 'fail');
  assert.equal(told(await later(world, 1)), [12, 'failed', 'rolled-back 3>3 confirm-failed']);
  assert.equal([registered(world), open(world), kept(world)], [[3, 2], ['alpha 3'], ['1', '2', '3']]);
});

test('where the last known good is damaged the one before it comes back; where both are, what runs stays, and that is 13', async () => {
  const damage = (world: EngineWorld, sequence: number) => writeFileSync(join(world.root, 'live', '.glued-alpha', String(sequence), 'content', 'rules.txt'), `alpha ${sequence}.0\n`.repeat(49) + 'alpha 9.9\n');
  const world = await onProbation();
  world.engines.set('alpha', DEAD);
  damage(world, 2);
  assert.equal(told(await later(world, 1)), [12, 'failed', 'rolled-back 3>1 probation-engine-died']);
  assert.equal([world.content('alpha'), registered(world)], ['alpha 1.0', [1, undefined]]);
  const worse = await onProbation();
  worse.engines.set('alpha', DEAD);
  damage(worse, 2);
  damage(worse, 1);
  const document = await later(worse, 1);
  assert.equal(told(document), [13, 'failed', 'failed 3>3 last-good-damaged']);
  assert.equal(document.errors.map((e) => e.code), [13, 12]);
  assert.equal([worse.content('alpha'), open(worse)], ['alpha 3.0', ['alpha 3']]);
});

test('a look that is interrupted while the engine is asked has seen nothing, whatever the clock says', async () => {
  const world = await onProbation();
  const stop = new AbortController();
  world.engines.set('alpha', () => (stop.abort(), { kind: 'none' }));
  world.ports.at += 11 * MINUTE;
  await world.run({ signal: stop.signal });
  assert.equal([open(world), kept(world)], [['alpha 3'], ['1', '2', '3']]);
  world.engines.set('alpha', up());
  await world.run();
  assert.equal(open(world), []);
});

test('a plug-in that fails to say how its engine fares condemns nothing: the notes say why, and the clock proves', async () => {
  const world = await onProbation();
  const why = failure('plugin-broke', { plugIn: 'scripted', path: '/p', problem: 'it did not answer alive within 7 seconds and was killed' });
  world.engines.set('alpha', { kind: 'none', why });
  const document = await later(world, 9);
  assert.equal([told(document), open(world)], [[0, 'current', 'current 3>3 up-to-date'], ['alpha 3']]);
  assert.match(document.notes.join(' '), /How the engine of alpha fares could not be asked; .* by the clock alone\. The plug-in scripted \(\/p\) does not work: it did not answer alive/);
  assert.equal([told(await later(world, 1)), open(world)], [[0, 'current', 'current 3>3 up-to-date'], []]);
});

test('a plug-in that had no way to ask an engine when its content was installed is not asked for that content any more', async () => {
  const world = await worldOf({ alpha: SCRIPTED });
  world.engines.set('alpha', { kind: 'none', ever: 'no' });
  await world.settle();
  let asked = 0;
  world.engines.set('alpha', () => ((asked += 1), DEAD));
  assert.equal([told(await later(world, 9)), (await world.poll()).document, asked], [[0, 'current', 'current 1>1 up-to-date'], null, 0]);
  await later(world, 1);
  await world.publish('alpha', '2.0');
  await world.settle();
  assert.is(asked, 1, 'it is asked anew for the next');
});

test('a first release that fails leaves what was there before it', async () => {
  const world = await worldOf({ alpha: SCRIPTED });
  world.engines.set('alpha', up());
  await world.settle();
  world.engines.set('alpha', DEAD);
  assert.equal(told(await later(world, 1)), [12, 'failed', 'rolled-back 1>- probation-engine-died']);
  assert.equal([world.content('alpha'), world.registered('alpha').installed, existsSync(join(world.root, 'live', '.glued-alpha'))], ['absent', null, false]);
});

test('glued rollback leaves a release on probation for what was proven, and ends it', async () => {
  const world = await onProbation();
  assert.equal(told(await world.rollback('alpha')), [0, 'updated', 'rolled-back 3>2 null']);
  assert.equal([registered(world), open(world), kept(world)], [[2, 1], [], ['1', '2']]);
});

test('what needs a release that has to go goes with it', async () => {
  const world = await worldOf({ alpha: SCRIPTED, beta: {} });
  world.engines.set('alpha', up());
  await world.settle();
  await later(world, 11);
  await world.publish('alpha', '2.0');
  await world.publish('beta', '2.0', { requires: ['alpha:2'] });
  await world.settle();
  assert.equal([world.content('alpha'), world.content('beta')], ['alpha 2.0', 'beta 2.0']);
  world.engines.set('alpha', DEAD);
  const document = await later(world, 1);
  assert.equal([told(document), told(document, 'beta')], [[12, 'failed', 'rolled-back 2>1 probation-engine-died'], [12, 'failed', 'rolled-back 2>1 probation-companion-gone']]);
  assert.equal([world.content('alpha'), world.content('beta')], ['alpha 1.0', 'beta 1.0']);
});

test('a poll looks soon again, asks no server, ends with the clock, and tells only what had to go', async () => {
  const world = await onProbation();
  world.requests = [];
  const endsAt = world.ports.at + 10 * MINUTE;
  world.ports.at += MINUTE;
  assert.equal(await world.poll(), { nextPollAt: world.ports.at + 30_000, endsAt, document: null });
  world.ports.at += 8.9 * MINUTE;
  assert.equal(await world.poll(), { nextPollAt: world.ports.at + 6000, endsAt, document: null });
  world.ports.at += 6000;
  assert.equal(await world.poll(), { nextPollAt: null, endsAt: null, document: null });
  assert.equal([await world.poll(), open(world), world.requests], [{ nextPollAt: null, endsAt: null, document: null }, [], []]);
  await world.publish('alpha', '4.0');
  await world.settle();
  world.engines.set('alpha', DEAD);
  world.requests = [];
  const { nextPollAt, document } = await world.poll();
  if (document === null) throw new Error('a document was expected');
  assert.equal([nextPollAt, told(document), world.content('alpha'), world.requests], [null, [12, 'failed', 'rolled-back 4>3 probation-engine-died'], 'alpha 3.0', []]);
  assert.equal([world.status().last?.runId, world.history('alpha')[0]], [document.runId, '3 rolled-back 12']);
});

test('a poll beside a run that holds the state leaves it to that run', async () => {
  const world = await onProbation();
  await world.look(async (state) => {
    assert.ok(state.dir.length > 0);
    assert.equal(await world.poll(), { nextPollAt: world.ports.at + 30_000, endsAt: world.ports.at + 10 * MINUTE, document: null });
  });
});

test.run();
