// runtimes: node
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RunDocument } from '../../src/model/index.ts';
import { EngineWorld, HOUR_MS, part, worldOf } from './world.ts';

const test = suite('restarts');

/** alpha and beta, and a release 2 of alpha that needs this restart. */
async function restartWorld(restart: 'logout' | 'reboot'): Promise<EngineWorld> {
  const world = await worldOf({ alpha: { plugIn: 'scripted' }, beta: {} });
  await world.settle();
  await world.publish('alpha', '2.0', { restart });
  return world;
}

/** What a run's document says is waited for: of alpha, of beta, of the machine. */
const waits = (document: RunDocument): readonly string[] => [part(document, 'alpha').restart, part(document, 'beta').restart, document.restart];
const NONE = ['none', 'none', 'none'];

test('a reboot that is needed is told by every result, and by status, until the boot is another', async () => {
  const world = await restartWorld('reboot');
  world.desktop.sessions = [];
  assert.equal(waits(await world.run()), ['reboot', 'none', 'reboot']);
  const pending = { id: 'alpha', version: '2.0', kind: 'reboot' as const, since: '2026-11-25T08:00:00.000Z', bootId: 'boot-1' };
  assert.equal(world.status().restarts, [pending]);
  assert.equal(waits(await world.run({ components: ['beta'] })), ['reboot', 'none', 'reboot']);
  world.policy({ content: { av: { enabled: false } } });
  assert.equal(waits(await world.run()), ['reboot', 'none', 'reboot'], 'also of what is off now');
  world.policy();
  assert.equal(waits(await world.run({ mode: 'dry-run' })), ['reboot', 'none', 'reboot']);
  world.bootId = 'boot-2';
  assert.equal(waits(await world.run({ mode: 'dry-run' })), NONE, 'a dry run sees it');
  assert.is(world.look((s) => s.restarts.list()).ok, true);
  assert.is(world.look((s) => { const listed = s.restarts.list(); return listed.ok ? listed.value.length : 0; }), 1, 'and changes nothing');
  assert.equal([waits(await world.run()), world.status().restarts], [NONE, []]);
  world.bootId = 'boot-1';
  assert.equal(waits(await world.run()), NONE, 'what happened is over for good');
});

/** [login sessions at the installation, now, the boot now, what is waited for] */
const LOGOUTS: readonly (readonly [readonly string[] | undefined, readonly string[] | undefined, string, string])[] = [
  [['3@7', '4@9'], ['4@9', '5@11'], 'boot-1', 'logout'],
  [['3@7', '4@9'], ['5@11'], 'boot-1', 'none'],
  [['3@7'], [], 'boot-1', 'none'],
  [[], [], 'boot-1', 'none'],
  [['3@7'], undefined, 'boot-1', 'logout'],
  [undefined, [], 'boot-1', 'logout'],
  [undefined, undefined, 'boot-2', 'none'],
  [['3@7'], ['3@7'], 'boot-2', 'none'],
];

const needsLogout = await restartWorld('logout');
for (const [then, now, boot, expected] of LOGOUTS) {
  test(`a logout, with sessions ${String(then)} then and ${String(now)} in ${boot} now: ${expected}`, async () => {
    const world = new EngineWorld(needsLogout.repository);
    world.register('alpha');
    world.desktop.sessions = then;
    const first = await world.run();
    assert.is(first.restart, then?.length === 0 ? 'none' : 'logout', 'where nobody was logged in nobody has to log out');
    world.desktop.sessions = now;
    world.bootId = boot;
    assert.is((await world.run()).restart, expected);
  });
}

test('a newer release that needs none does not take the need away, and a reboot comprises a logout', async () => {
  const world = await restartWorld('logout');
  world.desktop.sessions = ['3@7'];
  await world.run();
  await world.publish('alpha', '3.0');
  await world.publish('beta', '2.0', { restart: 'reboot' });
  assert.equal(waits(await world.run()), ['logout', 'reboot', 'reboot']);
  await world.publish('alpha', '4.0', { restart: 'reboot' });
  assert.equal(waits(await world.run()), ['reboot', 'reboot', 'reboot']);
  assert.equal(world.status().restarts.map((r) => `${r.id} ${r.version} ${r.kind}`), ['alpha 2.0 logout', 'alpha 4.0 reboot', 'beta 2.0 reboot']);
});

test('a run that was killed after the swap told nobody: the next one does', async () => {
  const world = await restartWorld('reboot');
  world.script.set('confirm alpha', 'die-after');
  await assertDies(world);
  world.script.clear();
  const document = await world.run();
  assert.equal([part(document, 'alpha').after?.sequence, document.restart], [2, 'reboot']);
});

test('content that was refused or rolled back needs no restart', async () => {
  const world = await restartWorld('reboot');
  world.script.set('confirm alpha', 'fail');
  const document = await world.run();
  assert.equal([part(document, 'alpha').after?.sequence, waits(document)], [1, NONE]);
});

test('where older content comes back before it, no restart is waited for any more', async () => {
  const world = await restartWorld('reboot');
  assert.is((await world.run()).restart, 'reboot');
  assert.is((await world.rollback('alpha')).restart, 'none');
  assert.equal([waits(await world.run()), world.status().restarts], [NONE, []]);
});

test('desktops are told once a day, with name and version, and until somebody was there to see it', async () => {
  const world = await restartWorld('reboot');
  await world.run();
  assert.equal(world.desktop.told, []);
  world.desktop.person = 'cannot-answer';
  await world.run({ mode: 'dry-run' });
  assert.equal(world.desktop.told, []);
  const notice = { title: 'Restart this computer to finish an update', text: 'ALPHA 2.0 is installed, and takes effect after that.' };
  for (const [hours, times] of [[0, 1], [1, 1], [22, 1], [2, 2], [1, 2], [-30, 3]] as const) {
    world.ports.at += hours * HOUR_MS;
    await world.run();
    assert.equal(world.desktop.told, Array.from({ length: times }, () => notice), `${hours} hours on`);
  }
  world.bootId = 'boot-2';
  world.ports.at += 60 * HOUR_MS;
  await world.run();
  assert.is(world.desktop.told.length, 3);
});

test('a system that does not tell its boots apart: the result of that run says it, with a note, and no later one', async () => {
  const world = await restartWorld('reboot');
  world.bootId = undefined;
  const document = await world.run();
  assert.is(document.restart, 'reboot');
  assert.ok(document.notes.some((n) => /alpha 2\.0 needs a reboot\. The system does not tell its boots apart/.test(n)), document.notes.join('\n'));
  world.ports.at += HOUR_MS;
  assert.equal(waits(await world.run()), NONE);
});

test('a state.db that is lost forgets what was needed, and stops nothing', async () => {
  const world = await restartWorld('reboot');
  await world.run();
  world.bury();
  world.damageDatabase();
  const document = await world.run();
  assert.equal([document.code, document.restart], [0, 'none']);
});

async function assertDies(world: EngineWorld): Promise<void> {
  try {
    await world.run();
  } catch {
    world.bury();
    return;
  }
  throw new Error('the run was to die');
}

test.run();
