import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clockMoved, hasFaketime } from '../support/faketime.ts';
import { runtimes } from '../support/runtimes.ts';
import { saySkipped } from '../support/skip.ts';
import { part, StoryWorld, wordsOf } from '../support/story-world.ts';

const test = suite('machine stories');
const world = await StoryWorld.make();
await world.release('demo', '1.0');
await world.release('demo', '2.0');
test.after(() => world.end());

const canUnshare = spawnSync('unshare', ['-n', 'true']).status === 0;

for (const rt of runtimes()) {
  test(`${rt.name}: no interface but loopback, and no server there, is 18`, async () => {
    if (!canUnshare) return saySkipped(`no network on ${rt.name}: no network namespace can be made here`);
    const machine = world.machine(rt).register('demo').policy({ servers: [{ url: 'http://192.0.2.1/' }] });
    const document = await machine.expect(18, [], { under: ['unshare', '-n'], settings: { permissions: machine.permissions(['192.0.2.1']) } });
    assert.equal([document.codeName, part(document).action], ['no-network', 'failed']);
    assert.is(machine.digest(), 'absent');
  });

  for (const [when, by] of [['years ahead', '+1500d'], ['years behind', '-1500d']] as const) {
    test(`${rt.name}: a clock that is ${when} is 7, the text says clock and how to set it, and content stays`, async () => {
      if (!hasFaketime) return saySkipped(`wrong clock on ${rt.name}: libfaketime is not installed`);
      const machine = world.machine(rt).register('demo').policy({ components: { demo: { pin: '1.0' } } });
      await machine.expect(0);
      const before = machine.digest();
      machine.policy();
      const document = await machine.expect(7, [], { settings: { env: clockMoved(by) } });
      assert.equal([document.codeName, part(document).after?.version], ['catalog-stale', '1.0']);
      assert.match(document.errors[0]?.text ?? '', /\bclock\b/);
      assert.match(document.errors[0]?.remedy ?? '', /timedatectl/);
      assert.is(machine.digest(), before);
      assert.is(part(await machine.expect(0)).after?.version, '2.0', 'nothing of it is kept against the next run');
    });
  }

  test(`${rt.name}: a stdout that is closed changes no exit code: 0, 20 and 64 stay`, () => {
    // off: this process waits for the shell, so no server of its own could answer
    const machine = world.machine(rt).register('demo').policy({ content: { av: { enabled: false } } });
    const words = (args: readonly string[]): string => [...rt.argv(machine.permissions()), ...args].map((w) => `'${w}'`).join(' ');
    const lines = [
      ['run', '--json', ...machine.place],
      ['run', ...machine.place],
      ['run', '--json', '--policy', `${machine.folder}/none.json`, '--state', machine.state],
      ['run', '--json', '--nonsense'],
      ['explain', '--json', ...machine.place],
      ['status', '--json', '--state', machine.state],
    ];
    const script = lines.map((line) => `{ ${words(line)} 2>/dev/null; echo "piped $?" >&2; } | head -c 0; ${words(line)} >&- 2>/dev/null; echo "closed $?" >&2`).join('\n');
    const done = spawnSync('bash', ['-c', script], { encoding: 'utf8', cwd: machine.folder, env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), DENO_NO_UPDATE_CHECK: '1' } });
    const codes = [0, 0, 20, 64, 0, 0];
    assert.equal(done.stderr.trim().split('\n'), codes.flatMap((code) => [`piped ${code}`, `closed ${code}`]), done.stderr);
  });

  test(`${rt.name}: a state folder that cannot be used is 26, with one document`, async () => {
    const machine = world.machine(rt).register('demo');
    spawnSync('chmod', ['777', machine.state]);
    const document = await machine.expect(26);
    assert.match(wordsOf(document), new RegExp(`${machine.state}.*chmod 755`));
  });
}

test.run();
