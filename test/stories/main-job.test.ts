import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { publisherPorts, temporaryFolder } from '../support/repository.ts';
import { runtimes } from '../support/runtimes.ts';
import { storyServer } from '../support/story-server.ts';
import { part, StoryWorld, told } from '../support/story-world.ts';

const test = suite('main job');
/** Deno makes links only for who may write anywhere; what must not be written is said instead. */
const TREES = ['--allow-read', '--allow-env', '--allow-sys', '--allow-net=127.0.0.1', '--allow-write', '--deny-write=/etc/glued,/usr/lib/glued'];

for (const rt of runtimes()) {
  test(`${rt.name}: publish, run, run again, publish, run: updated, current with two requests, updated`, async () => {
    const folder = temporaryFolder('main-job');
    const server = await storyServer(publisherPorts(), join(folder, 'repo'));
    try {
      const glued = async (...args: string[]): Promise<string> => {
        const end = await rt.run(args, { cwd: folder, permissions: TREES });
        assert.is(end.code, 0, `${args.join(' ')}\n${end.stdout}${end.stderr}`);
        return end.stdout;
      };
      mkdirSync(join(folder, 'rules'));
      const publish = async (version: string): Promise<void> => {
        writeFileSync(join(folder, 'rules', 'demo.rules'), `rules of ${version}\n`);
        await glued('repo', 'publish', 'repo', 'demo', 'rules', '--version', version);
      };
      await glued('repo', 'init', 'repo', '--keys', 'keys');
      await glued('repo', 'add', 'repo', 'demo', '--type', 'ips', '--plugin', 'files');
      await publish('1.0');
      await glued('repo', 'check', 'repo');
      writeFileSync(join(folder, 'policy.json'), JSON.stringify({ id: 'site', version: 7, servers: [{ url: server.url }], trust: { rootFile: join(folder, 'repo/metadata/1.root.json') } }));
      await glued('registry', 'add', 'demo', '--type', 'ips', '--plugin', 'files', '--path', 'live', '--state', 'state');
      const run = async (...more: string[]) => told(await rt.run(['run', '--json', '--policy', 'policy.json', '--state', 'state', ...more], { cwd: folder, permissions: TREES })).document;

      const first = await run();
      assert.equal([first.outcome, first.code, first.policy.id, first.policy.version, first.rounds], ['updated', 0, 'site', 7, 1], JSON.stringify(first, null, 1));
      assert.equal([part(first).before, part(first).after?.version, part(first).action, part(first).via], [null, '1.0', 'updated', 'full']);
      assert.is(readFileSync(join(folder, 'live', 'demo.rules'), 'utf8'), 'rules of 1.0\n');

      server.asked.length = 0;
      const second = await run();
      assert.equal([second.outcome, second.code, second.rounds, part(second).action], ['current', 0, 0, 'current']);
      assert.equal(server.asked.map((path) => path.replace(/\d+/, 'N')), ['/metadata/N.root.json', '/metadata/timestamp.json']);

      await publish('2.0');
      const third = await run();
      assert.equal([third.outcome, part(third).before?.version, part(third).after?.version], ['updated', '1.0', '2.0']);
      assert.is(readFileSync(join(folder, 'live', 'demo.rules'), 'utf8'), 'rules of 2.0\n');
      assert.match(await glued('history', 'demo', '--state', 'state'), /1\.0[^]*2\.0|2\.0[^]*1\.0/);
    } finally {
      server.close();
    }
  });

  test(`${rt.name}: forced releases are installed in order and before others, each in its own round`, async () => {
    const world = await StoryWorld.make('alpha', 'beta');
    try {
      await world.release('alpha', '1.0', { forced: true });
      await world.release('alpha', '2.0', { forced: true });
      await world.release('alpha', '3.0');
      await world.release('beta', '1.0');
      const machine = world.machine(rt);
      // the content test writes down when each content came
      const journal = join(machine.live('.journal'));
      machine.test('alpha', `head -1 "$1/rules.db" >> '${journal}'`).test('beta', `head -1 "$1/rules.db" >> '${journal}'`);
      const document = await machine.expect(0);
      assert.is(document.rounds, 3);
      assert.equal([part(document, 'alpha').after?.version, part(document, 'beta').after?.version], ['3.0', '1.0']);
      assert.is(part(document, 'alpha').before, null);
      const came = readFileSync(journal, 'utf8').trim().split('\n');
      assert.equal(came.slice(0, 2), ['alpha 1.0', 'alpha 2.0']);
      assert.equal(came.slice(2).sort(), ['alpha 3.0', 'beta 1.0']);
    } finally {
      world.end();
    }
  });
}

test.run();
