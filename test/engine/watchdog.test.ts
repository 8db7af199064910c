import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isStuck, STAGE_LIMITS } from '../../src/engine/index.ts';
import { brief, part, worldOf } from './world.ts';
import type { Call } from './scripted.ts';

const test = suite('watchdog');

/** What hangs, and how its component ends: the code of its error, and whether its content is the new one. */
const HANGS: readonly { readonly call: Call; readonly code: number; readonly brief: string; readonly content: string }[] = [
  { call: 'inventory', code: 3, brief: 'failed 1>1 hung-plugin', content: 'one 1.0' },
  { call: 'test', code: 11, brief: 'failed 1>1 hung-test', content: 'one 1.0' },
  { call: 'swap', code: 12, brief: 'rolled-back 1>1 hung-install', content: 'one 1.0' },
  { call: 'confirm', code: 12, brief: 'rolled-back 1>1 hung-install', content: 'one 1.0' },
  { call: 'finish', code: 0, brief: 'updated 1>2 up-to-date', content: 'one 2.0' },
];

for (const { call, code, brief: expected, content } of HANGS) {
  test(`a ${call} that hangs is ended and named; the old content is whole, and the other component is updated`, async () => {
    const world = await worldOf({ one: { plugIn: 'scripted' }, two: { plugIn: 'scripted' } });
    await world.settle();
    await world.publish('one', '2.0');
    await world.publish('two', '2.0');
    world.script.set(`${call} one`, () => {
      world.script.delete(`${call} one`);
      void world.passTime();
      return 'hang';
    });
    const document = await world.run();
    assert.is(brief(document, 'one'), expected);
    assert.is(world.content('one'), content);
    assert.is(brief(document, 'two'), 'updated 1>2 up-to-date');
    const error = document.errors.find((e) => e.component === 'one');
    assert.is(error?.code ?? 0, code);
    if (error !== undefined) assert.match(error.text, new RegExp(`The stage ${call} of one hung: it did not end within ${STAGE_LIMITS[call].limitMs / 60_000} minutes, and was stopped`));
    assert.not(isStuck());
  });
}

test('a content test within the time that policy gives it does not hang, however long the table says', async () => {
  const world = await worldOf({ one: { plugIn: 'scripted' } });
  world.policy({ verify: { timeoutSeconds: 7200 } });
  world.script.set('test one', () => {
    void world.passTime();
    return 'hang';
  });
  const document = await world.run();
  assert.match(part(document, 'one').reason?.text ?? '', /did not end within 720 minutes/);
});

test('what cannot even be stopped is left alone from there on; its journal stays for the next process', async () => {
  const world = await worldOf({ one: { plugIn: 'scripted' }, two: { plugIn: 'scripted' } });
  await world.settle();
  await world.publish('one', '2.0');
  await world.publish('two', '2.0');
  world.script.set('swap one', () => {
    void world.passTime().then(() => world.passTime());
    return 'hang-deaf';
  });
  const document = await world.run();
  assert.equal([part(document, 'one').action, part(document, 'one').reason?.code], ['failed', 'recovery-failed']);
  assert.ok(document.errors.some((e) => /could not even be stopped/.test(e.text)), JSON.stringify(document.errors));
  assert.is(brief(document, 'two'), 'updated 1>2 up-to-date');
  assert.ok(isStuck());
  assert.equal(world.journal().map((j) => [j.component, j.stage]), [['one', 'restoring']]);
  assert.is(world.content('one'), 'one 1.0');
});

test.run();
