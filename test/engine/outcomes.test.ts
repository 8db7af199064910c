// runtimes: node
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Files, RunDocument } from '../../src/model/index.ts';
import { standingOf } from '../../src/report/index.ts';
import { lockState } from '../../src/state/index.ts';
import { must } from '../support/outcome.ts';
import { brief, HOUR_MS, part, type EngineWorld, worldOf } from './world.ts';

const test = suite('outcomes and codes');
const SCRIPTED = { plugIn: 'scripted' };
const stagesOf = (d: RunDocument) => d.errors.map((e) => [e.component ?? '', e.stage, e.code]);
const result = (d: RunDocument) => [d.code, d.outcome];

/** A full disk, as far as asking goes, below the paths that hold this text. */
function fullAt(world: EngineWorld, text: string): Files {
  const { files } = world.ports;
  return { ...files, space: (path) => (path.includes(text) ? { ok: true, value: { freeBytes: 1000, freeInodes: 1000, device: 777 } } : files.space(path)) };
}

test('a first run installs, a second is current, and both are kept in plist, history and status', async () => {
  const world = await worldOf({ alpha: {} });
  const first = await world.run();
  assert.equal([...result(first), brief(first, 'alpha'), first.rounds], [0, 'updated', 'updated ->1 up-to-date', 1]);
  assert.equal([part(first, 'alpha').via, part(first, 'alpha').bytes.downloaded > 0], ['full', true]);
  const installedAt = world.ports.at;
  world.ports.at += HOUR_MS;
  const second = await world.run();
  assert.equal([...result(second), brief(second, 'alpha'), second.rounds], [0, 'current', 'current 1>1 up-to-date', 0]);
  assert.equal([part(second, 'alpha').via, part(second, 'alpha').bytes.downloaded], ['none', 0]);
  const kept = world.registered('alpha');
  assert.equal([kept.lastAttempt, kept.lastSuccess], [installedAt + HOUR_MS, installedAt + HOUR_MS]);
  assert.match(world.plist('alpha'), '20261125.001');
  assert.equal(world.history('alpha'), ['1 current 0', '1 updated 0']);
  const status = world.status();
  assert.equal([status.health, status.last?.runId, status.components[0]?.history.length], ['ok', second.runId, 2]);
});

for (const call of ['inventory', 'check', 'test', 'confirm'] as const) {
  test(`a failure of ${call} keeps LastSuccess and moves LastAttempt`, async () => {
    const world = await worldOf({ alpha: SCRIPTED });
    await world.settle();
    const good = world.ports.at;
    await world.publish('alpha', '2.0');
    world.script.set(`${call} alpha`, 'fail');
    world.ports.at += HOUR_MS;
    await world.run();
    const kept = world.registered('alpha');
    assert.equal([kept.lastSuccess, kept.lastAttempt, kept.previous], [good, good + HOUR_MS, null]);
  });
}

test('what is skipped was not attempted', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  const good = world.ports.at;
  world.ports.at += HOUR_MS;
  world.policy({ content: { av: { enabled: false } } });
  await world.run();
  assert.is(world.registered('alpha').lastAttempt, good);
});

type Harm = { readonly name: string; readonly code: number; readonly why: string; readonly stage: string; readonly harm: (world: EngineWorld) => Promise<void> | void };
const HARMS: readonly Harm[] = [
  { name: 'its catalog cannot be fetched', code: 4, why: '', stage: 'plan', harm: (w) => void (w.fault = (path) => (path.includes('/targets/catalog/') && path.includes('alpha') ? { status: 500 } : undefined)) },
  { name: 'its plug-in is not there', code: 2, why: 'plugin-absent', stage: 'plan', harm: (w) => void (w.absent = ['scripted']) },
  { name: 'its content fails the test', code: 11, why: 'content-test-failed', stage: 'testing', harm: (w) => void w.script.set('test alpha', 'fail') },
  { name: 'its package has other bytes', code: 9, why: '', stage: 'downloading', harm: async (w) => {
    const { release } = await w.publish('alpha', '3.0');
    w.fault = (path) => (path.includes(release.package.sha256) ? { status: 200, body: new Uint8Array(release.package.size) } : undefined);
  } },
  { name: 'its file system is full', code: 24, why: 'disk-space', stage: 'downloading', harm: (w) => void (w.files = fullAt(w, '.glued-alpha')) },
  { name: 'its release needs a license, of which its plug-in knows nothing', code: 5, why: 'license-unknown', stage: 'license', harm: async (w) => {
    const { release } = await w.publish('alpha', '3.0', { license: 'gold' });
    w.fault = (path) => (path.includes(release.package.sha256) ? { fail: 'refused' } : undefined);
  } },
  { name: 'its license is not valid', code: 1, why: 'internal-error', stage: 'license', harm: (w) => void w.script.set('license alpha', 'fail') },
];

for (const { name, code, why, stage, harm } of HARMS) {
  for (const company of ['alone', 'beside another'] as const) {
    test(`${name}, ${company}: ${company === 'alone' ? code : 16}, and the other component is updated`, async () => {
      const world = await worldOf(company === 'alone' ? { alpha: SCRIPTED } : { alpha: SCRIPTED, beta: {} });
      await world.settle();
      await world.publish('alpha', '2.0');
      if (company !== 'alone') await world.publish('beta', '2.0');
      await harm(world);
      const document = await world.run();
      assert.equal(result(document), company === 'alone' ? [code, 'failed'] : [16, 'partial']);
      assert.equal(stagesOf(document), [['alpha', stage, code]]);
      const { action, reason, after } = part(document, 'alpha');
      assert.equal([action, after?.sequence], ['failed', 1]);
      if (why !== '') assert.is(reason?.code, why);
      assert.is(world.content('alpha'), 'alpha 1.0');
      if (company !== 'alone') assert.is(brief(document, 'beta'), 'updated 1>2 up-to-date');
      assert.equal(world.journal(), []);
    });
  }
}

test('different failures and nothing moved: the first one’s code', async () => {
  const world = await worldOf({ alpha: SCRIPTED, beta: SCRIPTED });
  world.script.set('test alpha', 'fail');
  world.script.set('check beta', 'fail');
  const document = await world.run();
  assert.equal(stagesOf(document), [['beta', 'check', 12], ['alpha', 'testing', 11]]);
  assert.equal(result(document), [12, 'failed']);
});

test('a full disk costs no byte', async () => {
  const world = await worldOf({ alpha: {} });
  world.files = fullAt(world, '.glued-alpha');
  assert.equal(result(await world.run()), [24, 'failed']);
  assert.equal(world.requests.filter((path) => path.includes('/packages/')), []);
  assert.equal(world.quarantine(), []);
});

test('a bad plist is set aside: 16 beside others, 26 alone', async () => {
  const world = await worldOf({ alpha: {} });
  mkdirSync(join(world.state, 'NewRegistry'), { recursive: true });
  writeFileSync(join(world.state, 'NewRegistry', 'bad.plist'), 'no plist');
  const document = await world.run();
  assert.equal([...result(document), part(document, 'alpha').action], [16, 'partial', 'updated']);
  assert.equal(stagesOf(document), [['bad', 'gather', 26]]);
  assert.is(world.status().health, 'degraded');
  const alone = await worldOf({});
  mkdirSync(join(alone.state, 'NewRegistry'), { recursive: true });
  writeFileSync(join(alone.state, 'NewRegistry', 'bad.plist'), 'no plist');
  assert.equal(result(await alone.run()), [26, 'failed']);
});

test('what an earlier run set aside fails no later run, and the machine is not well until it is registered again', async () => {
  const world = await worldOf({ alpha: {} });
  mkdirSync(join(world.state, 'NewRegistry'), { recursive: true });
  const bad = join(world.state, 'NewRegistry', 'bad.plist');
  writeFileSync(bad, 'no plist');
  await world.run();
  const standing = (): string => standingOf(world.status(), { now: world.ports.at, bootId: undefined }).line;
  for (const again of ['a second run', 'a third']) {
    const document = await world.run();
    assert.equal([...result(document), document.setAside], [0, 'current', [{ id: 'bad', path: `${bad}.bad` }]], again);
    assert.equal([world.status().health, standing()], ['degraded', `Not well: bad is not updated: its registration is set aside, and ${bad}.bad.reason.txt says why.`], again);
    assert.is(world.status().summary, 'Current: 1 current; registration set aside: bad.');
  }
  rmSync(`${bad}.bad`);
  assert.equal([(await world.run()).setAside, world.status().health], [undefined, 'ok']);
});

test('without policy: 20, the components that are known are listed, and status.json says failed', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  rmSync(world.policyFile);
  const document = await world.run();
  assert.equal([...result(document), brief(document, 'alpha')], [20, 'failed', 'failed 1>1 policy-missing']);
  assert.equal([world.status().health, world.status().last?.code], ['failed', 20]);
  assert.is(world.history('alpha')[0], '1 failed 20');
  assert.is(world.content('alpha'), 'alpha 1.0');
  world.policy({ unknown: 1 });
  assert.is((await world.run()).code, 21);
});

test('while another run holds the state: 23, what is off still says so, and nothing is written', async () => {
  const world = await worldOf({ alpha: {}, beta: { type: 'ips' } });
  await world.settle();
  world.policy({ content: { ips: { enabled: false } } });
  const before = readFileSync(join(world.state, 'status.json'), 'utf8');
  const lock = must(lockState(world.ports, world.state, 'test', world.ports.at));
  const document = await world.run();
  lock.release();
  assert.equal([...result(document), brief(document, 'alpha'), brief(document, 'beta')], [23, 'failed', 'failed 1>1 locked', 'skipped 1>1 disabled']);
  assert.equal(stagesOf(document), [['', 'lock', 23]]);
  assert.is(readFileSync(join(world.state, 'status.json'), 'utf8'), before);
});

test('without network: 18, told once; what is off or not asked still says so', async () => {
  const world = await worldOf({ alpha: {}, beta: { type: 'ips' }, gamma: {} });
  await world.settle();
  world.policy({ servers: [{ url: 'https://content.example/' }], content: { ips: { enabled: false } } });
  Object.assign(world.ports, { os: { ...world.ports.os, hasNetwork: () => false } });
  const document = await world.run({ components: ['alpha', 'beta'] });
  assert.equal(result(document), [18, 'failed']);
  assert.equal(stagesOf(document), [['', 'network', 18]]);
  assert.equal(['alpha', 'beta', 'gamma'].map((id) => brief(document, id)), ['failed 1>1 no-network', 'skipped 1>1 disabled', 'skipped 1>1 not-asked']);
  assert.is(world.history('alpha')[0], '1 failed 18');
});

test('a server that is down: 4, the content stays, and the next run goes on', async () => {
  const world = await worldOf({ alpha: {}, beta: { type: 'ips' } });
  await world.settle();
  await world.publish('alpha', '2.0');
  world.policy({ content: { ips: { enabled: false } } });
  world.fault = () => ({ fail: 'refused' });
  const document = await world.run();
  assert.equal([...result(document), part(document, 'alpha').action, brief(document, 'beta')], [4, 'failed', 'failed', 'skipped 1>1 disabled']);
  assert.equal(stagesOf(document), [['', 'trust', 4]]);
  assert.is(document.server.tried.length, 1);
  world.fault = () => undefined;
  assert.is(brief(await world.run(), 'alpha'), 'updated 1>2 up-to-date');
});

test('a content type that is off costs no request', async () => {
  const world = await worldOf({ alpha: {}, beta: { type: 'ips' } });
  world.policy({ content: { av: { enabled: false }, ips: { enabled: false } } });
  const document = await world.run();
  assert.equal([...result(document), brief(document, 'alpha'), world.requests], [0, 'current', 'skipped ->- disabled', []]);
  world.policy({ content: { ips: { enabled: false } } });
  await world.run();
  assert.equal(world.requests.filter((path) => path.includes('beta')), []);
  assert.ok(world.requests.some((path) => path.includes('alpha')));
});

test('a component that nobody knows is a mistake: 64, no history, and the status stays', async () => {
  const world = await worldOf({ alpha: {} });
  const good = await world.settle();
  const document = await world.run({ components: ['alhpa'] });
  assert.equal([...result(document), document.components], [64, 'failed', []]);
  assert.match(document.errors[0]?.text ?? '', 'alpha');
  assert.is(world.status().last?.runId, good.runId);
  assert.is(world.history('alpha').length, 1);
});

test('what is not named is skipped', async () => {
  const world = await worldOf({ alpha: {}, beta: { type: 'ips' } });
  const byName = await world.run({ components: ['alpha'] });
  assert.equal([brief(byName, 'alpha'), brief(byName, 'beta')], ['updated ->1 up-to-date', 'skipped ->- not-asked']);
  const byType = await world.run({ contentTypes: ['ips'] });
  assert.equal([brief(byType, 'alpha'), brief(byType, 'beta')], ['skipped 1>1 not-asked', 'updated ->1 up-to-date']);
});

test('a component that the repository does not have is skipped, and no failure', async () => {
  const world = await worldOf({ alpha: {} });
  world.register('stranger');
  const document = await world.run();
  assert.equal([document.code, brief(document, 'stranger'), part(document, 'alpha').action], [0, 'skipped ->- not-published', 'updated']);
});

test('interrupted while metadata is fetched: 130, and nothing is touched', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  await world.publish('alpha', '2.0');
  const abort = new AbortController();
  world.fault = () => {
    abort.abort();
    return { fail: 'interrupted' };
  };
  const document = await world.run({ signal: abort.signal });
  assert.equal([document.code, part(document, 'alpha').after?.sequence, world.content('alpha')], [130, 1, 'alpha 1.0']);
  assert.equal(document.errors.map(({ stage, text }) => [stage, text.slice(0, 23)]), [['trust', 'Interrupted by SIGTERM;']], 'once, with whose signal it was');
  world.fault = () => undefined;
  assert.is(brief(await world.run(), 'alpha'), 'updated 1>2 up-to-date');
});

for (const stage of ['download', 'unpack', 'test'] as const) {
  test(`interrupted in ${stage}: 130, nothing touched, nothing condemned, and the next run ends well`, async () => {
    const world = await worldOf({ alpha: SCRIPTED, beta: {} });
    await world.settle();
    for (const id of ['alpha', 'beta']) await world.publish(id, '2.0');
    const abort = new AbortController();
    const document = await world.run({ signal: abort.signal, progress: (e) => void (e.kind === 'stage' && e.stage === stage && abort.abort()) });
    assert.equal([document.code, brief(document, 'alpha'), brief(document, 'beta')], [130, 'deferred 1>1 interrupted', 'deferred 1>1 interrupted']);
    assert.equal([world.content('alpha'), world.journal(), world.quarantine()], ['alpha 1.0', [], []]);
    assert.equal(stagesOf(document), [['', 'run', 130]]);
    assert.is((await world.run()).code, 0);
    assert.is(world.content('beta'), 'beta 2.0');
  });
}

test('a folder that may not be written is the machine\'s fault: no release is left alone for it, and the next run installs it', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  await world.publish('alpha', '2.0');
  const { files } = world;
  world.files = { ...files, create: (path, mode) => (path.includes('.glued-alpha') ? { ok: false, failure: { kind: 'denied', op: 'open', path, detail: 'EROFS: read-only file system' } } : files.create(path, mode)) };
  const document = await world.run();
  assert.equal([document.code, brief(document, 'alpha'), world.content('alpha')], [10, 'failed 1>1 unpack-write', 'alpha 1.0']);
  assert.equal(world.quarantine(), []);
  world.files = files;
  assert.is(brief(await world.run(), 'alpha'), 'updated 1>2 up-to-date');
});

for (const call of ['swap', 'confirm', 'finish'] as const) {
  test(`interrupted in ${call}: 130, the component in hand ends, the other waits`, async () => {
    const world = await worldOf({ alpha: SCRIPTED, beta: {} });
    await world.settle();
    for (const id of ['alpha', 'beta']) await world.publish(id, '2.0');
    const abort = new AbortController();
    world.script.set(`${call} alpha`, () => void abort.abort());
    const document = await world.run({ signal: abort.signal });
    assert.equal([document.code, part(document, 'alpha').after?.sequence, brief(document, 'beta')], [130, 2, 'deferred 1>1 interrupted']);
    assert.equal([world.content('alpha'), world.content('beta'), world.journal()], ['alpha 2.0', 'beta 1.0', []]);
    assert.is((await world.run()).code, 0);
  });
}

test('an install path whose folder is not there yet is made', async () => {
  const world = await worldOf({ alpha: {} });
  const path = join(world.root, 'not', 'there', 'yet');
  world.register('alpha', { path });
  const document = await world.run();
  assert.equal([document.code, part(document, 'alpha').action], [0, 'updated']);
  assert.match(readFileSync(join(path, 'rules.txt'), 'utf8'), 'alpha 1.0');
});

test('two components at one install path: the first has it, the other is told, and no run takes it away', async () => {
  const world = await worldOf({ alpha: {}, beta: {} });
  world.register('beta', { path: world.live('alpha') });
  for (const action of ['updated', 'current'] as const) {
    const document = await world.run();
    assert.equal([document.code, part(document, 'alpha').action, part(document, 'beta').action], [16, action, 'failed']);
    assert.match(part(document, 'beta').reason?.text ?? '', 'alpha');
    assert.is(world.content('alpha'), 'alpha 1.0');
  }
});

test('a state folder that cannot be written: 26, with a document', async () => {
  const world = await worldOf({ alpha: {} });
  const denied = (op: string) => (path: string) => ({ ok: false as const, failure: { kind: 'denied' as const, op, path, detail: 'EACCES' } });
  world.files = { ...world.ports.files, replace: denied('open'), create: denied('open'), makeFolder: denied('mkdir'), chmod: denied('chmod') };
  const document = await world.run();
  assert.is(document.code, 26, JSON.stringify(document.errors));
  assert.equal([document.outcome, part(document, 'alpha').action], ['failed', 'failed']);
  assert.not.ok(existsSync(join(world.state, 'status.json')));
});

test('what was registered no more when it was recovered is whole, and not registered again', async () => {
  const world = await worldOf({ alpha: SCRIPTED, beta: {} });
  await world.settle();
  await world.publish('alpha', '2.0');
  world.script.set('swap alpha', 'die-after');
  await world.run().catch(() => undefined);
  world.script.clear();
  rmSync(join(world.state, 'ActiveRegistry', 'alpha.plist'));
  const document = await world.run();
  assert.equal([document.code, document.components.map((c) => c.id)], [0, ['beta']]);
  assert.equal([world.content('alpha'), world.journal()], ['alpha 1.0', []]);
  assert.not.ok(existsSync(join(world.state, 'ActiveRegistry', 'alpha.plist')));
});

test.run();
