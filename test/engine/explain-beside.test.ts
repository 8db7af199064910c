import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Explanation } from '../../src/engine/index.ts';
import type { PlugIn } from '../../src/model/index.ts';
import { createPlugIns } from '../../src/plugins/index.ts';
import { lockState } from '../../src/state/index.ts';
import { must } from '../support/outcome.ts';
import { type EngineWorld, part, treeDigest, worldOf } from './world.ts';

const test = suite('explain beside a run');

/** SQLite's own: readers leave marks in its shared memory */
const SHARED = ['state.db-shm', 'state.db-wal'];

/** The plug-in `files`, with something done first in each content test. */
function testing(world: EngineWorld, first: () => Promise<void>): PlugIn {
  const files = createPlugIns(world.ports).get('files');
  if (files === undefined) throw new Error('no plug-in files');
  return {
    ...files,
    test: async (job) => {
      await first();
      return files.test(job);
    },
  };
}

const choiceOf = ({ plan }: Explanation, id: string) => plan.decisions.find((d) => d.id === id)?.choice;

test('while content is tested it decides as before, names who is at work and at what, and changes nothing', async () => {
  const world = await worldOf({ alpha: {}, beta: {} });
  await world.settle();
  await world.publish('alpha', '2.0');
  const seen: Explanation[] = [];
  const states: object[] = [];
  world.extraPlugIns = [
    testing(world, async () => {
      states.push(treeDigest(world.state, SHARED));
      seen.push(await world.explain());
      states.push(treeDigest(world.state, SHARED));
    }),
  ];
  const document = await world.run();
  assert.equal([document.code, part(document, 'alpha').after?.version], [0, '2.0'], 'the run goes on as if nobody had asked');
  const [explanation] = seen;
  if (explanation === undefined) throw new Error('nothing was explained');
  assert.equal(states[0], states[1]);
  const { underWay } = explanation;
  assert.equal([underWay?.pid, underWay?.command, underWay?.since], [world.ports.os.pid, 'command', world.ports.at]);
  assert.equal(underWay?.installing, [{ component: 'alpha', version: '2.0', sequence: 2, stage: 'testing' }]);
  const alpha = choiceOf(explanation, 'alpha');
  assert.equal([alpha?.kind, alpha?.kind === 'install' ? alpha.why.code : ''], ['install', 'install-newer']);
  assert.is(choiceOf(explanation, 'beta')?.kind, 'current');
  assert.is(explanation.offline, null);
});

test('it needs no lock, and names who has it as long as that is so', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  const lock = must(lockState(world.ports, world.state, 'schedule', world.ports.at));
  assert.equal((await world.explain()).underWay, { pid: world.ports.os.pid, command: 'schedule', since: world.ports.at, installing: [] });
  lock.release();
  assert.is((await world.explain()).underWay, null);
});

test('what a server newly offers is believed, and nothing of it is kept', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  await world.publish('alpha', '2.0');
  const before = treeDigest(world.state);
  assert.is(choiceOf(await world.explain(), 'alpha')?.kind, 'install');
  assert.equal(treeDigest(world.state), before);
  world.fault = () => ({ fail: 'refused' });
  const offline = await world.explain();
  assert.equal([choiceOf(offline, 'alpha')?.kind, offline.offline?.why], ['current', 'server-unreachable']);
});

test('a server that asks to wait is left alone, and that is not remembered for the next run', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  const before = treeDigest(world.state);
  world.fault = () => ({ status: 429, headers: { 'retry-after': '600' } });
  assert.is((await world.explain()).offline?.why, 'cooling-down');
  assert.equal(treeDigest(world.state), before);
});

test('where no run was ever made nothing is made', async () => {
  const world = await worldOf({ alpha: {} });
  const before = readdirSync(world.state);
  assert.is(choiceOf(await world.explain(), 'alpha')?.kind, 'install');
  assert.equal(readdirSync(world.state), before);
});

test('the program of an external plug-in is not started beside the run that it works for', async () => {
  const world = await worldOf({ alpha: { plugIn: 'scripted' } });
  await world.settle();
  let looks = 0;
  world.script.set('inventory', () => {
    looks++;
    return undefined;
  });
  const lock = must(lockState(world.ports, world.state, 'command', world.ports.at));
  assert.is(choiceOf(await world.explain(), 'alpha')?.kind, 'current');
  lock.release();
  assert.is(looks, 0);
  await world.explain();
  assert.is(looks, 1);
});

test('a state.db that is damaged stays where it is, for the next run to mend', async () => {
  const world = await worldOf({ alpha: {} });
  await world.settle();
  world.damageDatabase();
  const before = treeDigest(world.state);
  const explanation = await world.explain();
  assert.is(choiceOf(explanation, 'alpha')?.kind, 'current');
  assert.match(explanation.notes.join('\n'), /state\.db cannot be used .*the next run sets it aside/);
  assert.equal(treeDigest(world.state), before);
  assert.not(existsSync(join(world.state, 'state.db-wal')));
});

test.run();
