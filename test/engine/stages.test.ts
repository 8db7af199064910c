// runtimes: node
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RunDocument } from '../../src/model/index.ts';
import type { TestRepository } from '../support/repository.ts';
import { type Behaviour, Bug, Died } from './scripted.ts';
import { brief, EngineWorld, part, worldOf } from './world.ts';

const test = suite('the cycle, stage by stage');
const SCRIPTED = { plugIn: 'scripted' };

let shared: Promise<TestRepository> | undefined;

/** A repository with two releases of `alpha` and of `beta`; no test publishes to it. */
function twoReleases(): Promise<TestRepository> {
  return (shared ??= worldOf({ alpha: {}, beta: {} }).then(async (world) => {
    for (const id of ['alpha', 'beta']) await world.publish(id, '2.0');
    return world.repository;
  }));
}

/** `alpha` (scripted) and `beta` (files) at release 1, installed, while the server offers release 2 of both. */
async function twoAtOne(): Promise<EngineWorld> {
  const world = new EngineWorld(await twoReleases());
  world.register('alpha', SCRIPTED);
  world.register('beta');
  world.policy({ components: { alpha: { pin: '1.0' }, beta: { pin: '1.0' } } });
  await world.settle();
  world.policy();
  return world;
}

const noPackageOf = (world: EngineWorld, sha256: string): void => {
  world.fault = (path) => (path.includes(sha256) ? { status: 404 } : undefined);
};

type Failing = {
  readonly stage: string;
  readonly script: readonly (readonly [string, Behaviour])[];
  readonly why: string;
  readonly code: number;
  readonly action: 'failed' | 'rolled-back';
  readonly quarantined: boolean;
  readonly journal: number;
};
const FAILING: readonly Failing[] = [
  { stage: 'testing', script: [['test alpha', 'fail']], why: 'content-test-failed', code: 11, action: 'failed', quarantined: true, journal: 0 },
  { stage: 'swapping', script: [['swap alpha', 'fail']], why: 'swap-failed', code: 12, action: 'rolled-back', quarantined: false, journal: 0 },
  { stage: 'confirming', script: [['confirm alpha', 'fail']], why: 'confirm-failed', code: 12, action: 'rolled-back', quarantined: true, journal: 0 },
  { stage: 'restoring', script: [['confirm alpha', 'fail'], ['restore alpha', 'fail']], why: 'recovery-failed', code: 13, action: 'failed', quarantined: true, journal: 1 },
  { stage: 'check', script: [['check alpha', 'fail']], why: 'install-path-unfit', code: 12, action: 'failed', quarantined: false, journal: 0 },
  { stage: 'gather', script: [['inventory alpha', 'fail']], why: 'install-read', code: 12, action: 'failed', quarantined: false, journal: 0 },
];

for (const row of FAILING) {
  test(`${row.stage} fails: the component keeps its old content, the other is updated, and the run ends with 16`, async () => {
    const world = await twoAtOne();
    for (const [call, behaviour] of row.script) world.script.set(call, behaviour);
    const document = await world.run();
    assert.is(document.code, 16);
    assert.is(document.outcome, 'partial');
    assert.is(brief(document, 'alpha'), `${row.action} 1>1 ${row.why}`);
    assert.is(part(document, 'beta').action, 'updated');
    assert.is(world.content('beta'), 'beta 2.0');
    if (row.journal === 0) assert.is(world.content('alpha'), 'alpha 1.0');
    const error = document.errors.find((e) => e.component === 'alpha');
    assert.equal([error?.code, error?.stage], [row.code, row.stage]);
    assert.is(world.quarantine().some((q) => q.component === 'alpha'), row.quarantined);
    assert.is(world.journal().length, row.journal);
    assert.is(world.history('alpha')[0], `1 ${row.action} ${row.code}`);
    assert.equal([world.registered('alpha').installed?.sequence, world.registered('beta').installed?.sequence], [1, 2]);
    assert.is(world.status().health, 'degraded');
    world.script.clear();
    const next = await world.run({ force: 'yes' });
    assert.is(next.code, 0);
    assert.is(world.content('alpha'), 'alpha 2.0');
    assert.equal(world.journal(), []);
  });

  test(`${row.stage} fails and there is no other component: the run ends with ${row.code}`, async () => {
    const world = await worldOf({ alpha: SCRIPTED });
    await world.settle();
    await world.publish('alpha', '2.0');
    for (const [call, behaviour] of row.script) world.script.set(call, behaviour);
    const document = await world.run();
    assert.equal([document.code, document.outcome], [row.code, 'failed']);
    assert.is(world.status().health, 'failed');
  });
}

test('a download that fails leaves the component, and its third run puts the release into quarantine', async () => {
  const world = await worldOf({ alpha: SCRIPTED, beta: {} });
  await world.settle();
  await world.publish('alpha', '2.0');
  const { release } = await world.publish('alpha', '3.0');
  noPackageOf(world, release.package.sha256);
  for (const run of [1, 2, 3]) {
    const document = await world.run();
    assert.is(brief(document, 'alpha'), 'failed 1>1 package-unavailable', `run ${run}`);
    assert.is(document.code, 16);
    assert.equal(document.errors.map((e) => [e.component, e.stage, e.code]), [['alpha', 'downloading', 9]]);
    assert.is(world.quarantine().length, run < 3 ? 0 : 1);
  }
  const fourth = await world.run();
  assert.is(fourth.code, 0);
  assert.equal([part(fourth, 'alpha').action, world.content('alpha')], ['updated', 'alpha 2.0'], 'the older good release');
});

test('a package that does not unpack is quarantined at once', async () => {
  const world = await twoAtOne();
  world.files = { ...world.files, create: (path, mode) => (path.includes('.glued-alpha/') ? { ok: false, failure: { kind: 'io', op: 'open', path, detail: 'EIO' } } : world.ports.files.create(path, mode)) };
  const document = await world.run();
  assert.equal(document.errors.map((e) => [e.component, e.stage, e.code]), [['alpha', 'unpacking', 10]]);
  assert.is(world.content('alpha'), 'alpha 1.0');
  assert.equal(world.journal(), []);
});

const CALLS = ['inventory', 'check', 'test', 'swap', 'confirm', 'finish'] as const;
for (const call of CALLS) {
  for (const behaviour of ['die-before', 'die-after', 'bug'] as const) {
    test(`${call}: ${behaviour}; the lock is free, and the next run ends with both components at release 2`, async () => {
      const world = await twoAtOne();
      world.script.set(`${call} alpha`, behaviour);
      let thrown: unknown;
      try {
        await world.run();
      } catch (error) {
        thrown = error;
      }
      assert.ok(behaviour === 'bug' ? thrown instanceof Bug : thrown instanceof Died, String(thrown));
      assert.ok(['alpha 1.0', 'alpha 2.0'].includes(world.content('alpha')));
      world.script.clear();
      await endsWell(world);
    });
  }
}

for (const call of ['restore', 'finish'] as const) {
  for (const behaviour of ['die-before', 'die-after'] as const) {
    test(`after a swap that failed, ${call} ${behaviour}: the next run puts the old content back and goes on`, async () => {
      const world = await twoAtOne();
      world.script.set('swap alpha', 'fail');
      world.script.set(`${call} alpha`, behaviour);
      await world.run().then(() => assert.unreachable('it died'), (e: unknown) => assert.instance(e, Died));
      world.script.clear();
      await endsWell(world);
    });
  }
}

const RECOVERY: readonly (readonly [string, string])[] = [
  ['swap', 'restore'],
  ['swap', 'finish'],
  ['confirm', 'confirm'],
  ['confirm', 'finish'],
  ['test', 'finish'],
];
for (const [first, second] of RECOVERY) {
  for (const behaviour of ['die-before', 'die-after'] as const) {
    test(`a run dies in ${first}, and its recovery in ${second} (${behaviour}): the third run ends well`, async () => {
      const world = await twoAtOne();
      world.script.set(`${first} alpha`, 'die-after');
      await world.run().then(() => assert.unreachable('it died'), () => undefined);
      world.script.clear();
      world.script.set(`${second} alpha`, behaviour);
      await world.run().then(() => assert.unreachable('it died again'), (e: unknown) => assert.instance(e, Died));
      world.script.clear();
      await endsWell(world);
    });
  }
}

async function endsWell(world: EngineWorld): Promise<RunDocument> {
  const document = await world.run();
  assert.equal(document.errors, []);
  assert.is(document.code, 0);
  for (const id of ['alpha', 'beta']) {
    assert.is(world.content(id), `${id} 2.0`);
    assert.is(world.registered(id).installed?.sequence, 2);
    assert.is(world.registered(id).previous?.sequence, 1);
  }
  assert.equal(world.journal(), []);
  return document;
}

for (const [name, fault] of [['it dies', Died], ['a bug', Bug]] as const) {
  test(`${name} while a package is downloaded: no job is left at work, and the next run ends well`, async () => {
    for (const path of ['alpha', 'beta'] as const) {
      const world = await twoAtOne();
      const catalog = await world.explain();
      const choice = catalog.plan.decisions.find((d) => d.id === path)?.choice;
      assert.ok(choice?.kind === 'install');
      const { sha256 } = choice.release.package;
      world.fault = (asked) => {
        if (asked.includes(sha256)) throw new fault(`download of ${path}`);
        return undefined;
      };
      await world.run().then(() => assert.unreachable('it threw'), (e: unknown) => assert.instance(e, fault));
      world.fault = () => undefined;
      await endsWell(world);
    }
  });
}

test('a registration that cannot be written is its own component’s failure: 26, and the next run recovers it', async () => {
  const world = await twoAtOne();
  const { files } = world.ports;
  world.files = {
    ...files,
    replace: (path, bytes, mode) =>
      path.endsWith('alpha.plist') ? { ok: false, failure: { kind: 'io', op: 'rename', path, detail: 'EIO' } } : files.replace(path, bytes, mode),
  };
  const document = await world.run();
  assert.equal([document.code, part(document, 'alpha').action, brief(document, 'beta')], [16, 'failed', 'updated 1>2 up-to-date']);
  assert.ok(document.errors.every((e) => e.component === 'alpha' && e.code === 26));
  assert.is(world.journal().length, 1);
  world.files = files;
  await endsWell(world);
});

test('the process dies at each change of the disk: old or new content, whole, then the next run ends well', async () => {
  let points = 0;
  for (let point = 1; ; point++) {
    const world = await twoAtOne();
    const died = await world.dies(point);
    for (const id of ['alpha', 'beta']) assert.ok([`${id} 1.0`, `${id} 2.0`].includes(world.content(id)), `${id} after ${point}: ${world.content(id)}`);
    await endsWell(world);
    if (!died) break;
    points += 1;
  }
  console.log(`died at ${points} points`);
  assert.ok(points > 20);
});

test('recovery that fails keeps its entry and costs the other component nothing', async () => {
  const world = await twoAtOne();
  world.script.set('confirm alpha', 'die-before');
  await world.run().catch(() => undefined);
  world.script.set('confirm alpha', 'fail');
  world.script.set('restore alpha', 'fail');
  const document = await world.run();
  assert.is(brief(document, 'alpha'), 'failed 1>1 recovery-failed');
  assert.equal(document.errors.map((e) => [e.component, e.stage, e.code]), [['alpha', 'recover', 13]]);
  assert.match(document.errors[0]?.detail ?? '', 'the disk is gone');
  assert.equal([document.code, part(document, 'beta').action], [16, 'updated']);
  assert.is(world.journal().length, 1);
});

test('a plug-in that is gone is not needed to put back what lies beside the install path: `files` does', async () => {
  const world = await twoAtOne();
  world.script.set('confirm alpha', 'die-before');
  await world.run().catch(() => undefined);
  world.script.clear();
  world.absent = ['scripted'];
  const document = await world.run();
  assert.equal(document.errors.map((e) => [e.component, e.stage, e.code]), [['alpha', 'plan', 2]]);
  assert.equal(world.journal(), []);
  world.absent = [];
  await endsWell(world);
});

test('a plug-in that is gone cannot recover what nobody else can: code 2, and the journal keeps what is to be done', async () => {
  const world = await twoAtOne();
  world.script.set('confirm alpha', 'die-before');
  await world.run().catch(() => undefined);
  world.script.clear();
  world.absent = ['scripted', 'files'];
  const document = await world.run();
  assert.equal(document.errors.map((e) => [e.component, e.stage, e.code]), [['alpha', 'recover', 2], ['beta', 'plan', 2]]);
  assert.is(world.journal().length, 1);
  world.absent = [];
  await endsWell(world);
});

test('a finish that fails is a note, and no failure', async () => {
  const world = await twoAtOne();
  world.script.set('finish alpha', 'fail');
  const document = await world.run();
  assert.equal([document.code, part(document, 'alpha').action], [0, 'updated']);
  assert.ok(document.notes.some((n) => n.includes('alpha') && n.includes('Old versions')), document.notes.join('\n'));
  assert.equal(world.journal(), []);
});

test.run();
