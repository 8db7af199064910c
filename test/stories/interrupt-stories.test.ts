import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runtimes } from '../support/runtimes.ts';
import { part, StoryWorld, wordsOf } from '../support/story-world.ts';
import { until } from '../support/until.ts';

const test = suite('interrupt stories');
const world = await StoryWorld.make('demo');
await world.release('demo', '1.0');
// large enough that half of it is worth keeping
await world.release('demo', '2.0', { bytes: randomBytes(300_000) });
test.after(() => world.end());
test.before.each(() => {
  world.server.fault = () => undefined;
});

const PACKAGE = /^\/packages\//;
for (const rt of runtimes()) {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${rt.name}: ${signal} during a download is 130 with one document; old content stays, and the next run goes on from there`, async () => {
      const machine = world.machine(rt).register('demo').policy({ components: { demo: { pin: '1.0' } } });
      await machine.expect(0);
      const before = machine.digest();
      machine.policy();
      world.server.fault = (path) => (PACKAGE.test(path) ? { kind: 'stuck', bytes: 200_000 } : undefined);
      let pid = 0;
      const asked = world.server.whenAsked(PACKAGE);
      const running = machine.run([], { settings: { started: (p) => (pid = p) } });
      await asked;
      const partial = machine.file('cache', 'partial');
      await until(() => existsSync(partial));
      process.kill(pid, signal);
      const { document } = await running;
      assert.equal([document.code, document.codeName], [130, 'interrupted']);
      assert.match(wordsOf(document), new RegExp(`Interrupted by ${signal}`));
      assert.equal([part(document).before?.version, part(document).after?.version], ['1.0', '1.0']);
      assert.is(machine.digest(), before);
      world.server.fault = () => undefined;
      const next = await machine.expect(0);
      assert.equal([part(next).action, part(next).after?.version], ['updated', '2.0']);
    });

    test(`${rt.name}: ${signal} during a content test is 130, the test dies with it, old content stays; the next run ends 0`, async () => {
      const machine = world.machine(rt);
      const mark = join(machine.folder, 'live', 'testing');
      machine.test('demo', `grep -q '^demo 1.0' "$1/rules.db" && exit 0\n[ -e '${mark}' ] && exit 0\necho $$ > '${mark}.new' && mv '${mark}.new' '${mark}'\nexec sleep 300`);
      machine.policy({ components: { demo: { pin: '1.0' } } });
      await machine.expect(0);
      const before = machine.digest();
      machine.policy();
      let pid = 0;
      const running = machine.run([], { settings: { started: (p) => (pid = p) } });
      await until(() => existsSync(mark));
      process.kill(pid, signal);
      const { document } = await running;
      assert.equal([document.code, document.codeName], [130, 'interrupted']);
      assert.is(machine.digest(), before);
      const tester = Number(readFileSync(mark, 'utf8'));
      assert.throws(() => process.kill(tester, 0), 'the content test outlived the run');
      const next = await machine.expect(0);
      assert.equal([part(next).action, part(next).after?.version], ['updated', '2.0'], 'an interruption does not condemn content');
    });
  }
}

test.run();
