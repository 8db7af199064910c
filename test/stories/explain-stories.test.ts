// An administrator asks why nothing moves exactly when something takes long; update tools answered that another instance is running.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExplainDocument } from '../../src/report/index.ts';
import { runtimes } from '../support/runtimes.ts';
import { part, StoryWorld } from '../support/story-world.ts';
import { until } from '../support/until.ts';

const test = suite('explain stories');
const world = await StoryWorld.make('demo');
await world.release('demo', '1.0');
test.after(() => world.end());

for (const rt of runtimes()) {
  test(`${rt.name}: explain while a content test takes long is 0, says by which process and at what, and the run ends well`, async () => {
    const machine = world.machine(rt);
    const [mark, go] = [join(machine.folder, 'live', 'testing'), join(machine.folder, 'go')];
    machine.test('demo', `echo > '${mark}'\nuntil [ -e '${go}' ]; do sleep 0.1; done`);
    let pid = 0;
    const running = machine.run([], { settings: { started: (p) => (pid = p) } });
    await until(() => existsSync(mark));
    const told = await machine.glued(['explain', '--json', ...machine.place]);
    const words = await machine.glued(['explain', 'demo', ...machine.place]);
    writeFileSync(go, '');
    const { document } = await running;
    assert.equal([told.code, words.code], [0, 0], told.stderr + words.stderr);
    const explained: ExplainDocument = JSON.parse(told.stdout);
    assert.equal([explained.underWay?.pid, explained.underWay?.installing], [pid, [{ id: 'demo', version: '1.0', sequence: 1, stage: 'testing' }]]);
    assert.is(explained.components[0]?.choice, 'install');
    assert.match(words.stdout.replace(/\s+/g, ' '), new RegExp(`A run is under way: pid ${pid}, .command., since .*; it is testing 1\\.0 \\(1\\) of demo\\.`));
    assert.equal([document.code, part(document).after?.version], [0, '1.0']);
    machine.end();
  });
}

test.run();
