// flynn/flynn#2397, dennisvang/tufup#74: old versions are only ever added, and nobody knows how they may be removed
import { readdirSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { layout } from '../../src/publisher/index.ts';
import { documentOf, runtimes } from '../support/runtimes.ts';
import { part, StoryWorld } from '../support/story-world.ts';

const test = suite('prune stories');

for (const rt of runtimes()) {
  test(`${rt.name}: a machine on a release that was taken out goes on to the newest, and back to its own`, async () => {
    const world = await StoryWorld.make();
    const { dir, root } = world.repo;
    const repo = (command: string, ...args: readonly string[]) => rt.run(['repo', command, dir, ...args], { cwd: root });
    try {
      await world.release('demo', '1');
      const machine = world.machine(rt).register('demo');
      assert.is(part(await machine.expect(0)).after?.version, '1');
      const first = machine.digest();
      for (const version of ['2', '3']) await world.release('demo', version);
      const look = await repo('prune', '--keep', '1', '--days', '0', '--dry-run');
      assert.match(look.stdout, /^Dry run, nothing was changed\.\ndemo: would take out 2, up to release 2; 1 stay\.\nWould remove 0 files .*\n.* after 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\.\n$/);
      const pruned = await repo('prune', '--keep', '1', '--days', '0', '--json');
      assert.is(pruned.code, 0, pruned.stdout + pruned.stderr);
      assert.equal(documentOf(pruned)['components'], [{ id: 'demo', kept: 1, removed: [2, 1] }]);
      assert.is(readdirSync(layout.packages(dir)).length, 3, 'packages wait for whoever still reads');
      assert.match((await repo('check')).stdout, /^Whole: 1 component, 1 release, 1 package /);
      const run = part(await machine.expect(0));
      assert.equal([run.before?.version, run.after?.version, run.via], ['1', '3', 'full']);
      assert.is((await machine.glued(['rollback', 'demo', ...machine.place])).code, 0);
      assert.is(machine.digest(), first, 'its last good content is its own');
      assert.is(part(await machine.expect(0)).after?.version, '1', 'what was rolled back stays away');
    } finally {
      world.end();
    }
  });
}

test.run();
