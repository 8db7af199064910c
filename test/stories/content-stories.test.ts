import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runtimes } from '../support/runtimes.ts';
import { part, StoryWorld, wordsOf } from '../support/story-world.ts';

const test = suite('content stories');
const world = await StoryWorld.make('demo', 'other');
await world.release('demo', '1.0');
await world.release('demo', '2.0');
await world.release('other', '1.0');
test.after(() => world.end());

const MIB = 1024 ** 2;
/** Release 1 passes; what is done with release 2 is the case's. */
const script = (then: string): string => `grep -q '^demo 1.0' "$1/rules.db" && exit 0\n${then}`;

type Case = { readonly name: string; readonly script: string; readonly verify?: { readonly [key: string]: number }; readonly reason: string | RegExp; readonly says: RegExp; /** where Deno cannot look: it reads /proc for nobody but --allow-all, so only the shell's limit is left */ readonly onDeno?: { readonly reason: RegExp; readonly says: RegExp } };
const CASES: readonly Case[] = [
  { name: 'fails', script: 'echo "rules.db: line 1: cannot parse" >&2; exit 3', reason: 'content-test-failed', says: /exit status 3[^]*line 1: cannot parse/ },
  { name: 'hangs', script: 'sleep 600', verify: { timeoutSeconds: 1 }, reason: 'content-test-timeout', says: /did not end within 1 seconds/ },
  { name: 'is killed', script: 'kill -KILL $$', reason: 'content-test-killed', says: /killed by SIGKILL/ },
  // doubles what it holds until it is stopped
  { name: 'eats memory', script: 'x=0123456789; while :; do x=$x$x; sleep 0.1; done', verify: { maxMemoryBytes: 48 * MIB }, reason: 'content-test-memory', says: /used more than 50331648 bytes/, onDeno: { reason: /content-test-(starved|killed)/, says: /out of memory|killed by/i } },
];

for (const rt of runtimes()) {
  for (const one of CASES) {
    test(`${rt.name}: content whose test ${one.name} is 11, and the old content stays`, async () => {
      const machine = world.machine(rt).test('demo', script(one.script)).policy({ components: { demo: { pin: '1.0' } } });
      await machine.expect(0);
      const before = machine.digest();
      machine.policy(one.verify === undefined ? {} : { verify: one.verify });
      const refused = await machine.expect(11);
      const demo = part(refused);
      const { reason, says } = rt.name === 'deno' ? (one.onDeno ?? one) : one;
      assert.equal([refused.codeName, demo.action, demo.before?.version, demo.after?.version], ['content-test', 'failed', '1.0', '1.0']);
      assert.match(demo.reason?.code ?? '', reason);
      assert.match(wordsOf(refused), says);
      assert.is(machine.digest(), before);
    });
  }

  test(`${rt.name}: content that was refused is not tried again, nor fetched again`, async () => {
    const machine = world.machine(rt).test('other', 'exit 1');
    await machine.expect(11);
    const asked = world.server.packages().length;
    const next = await machine.expect(0);
    assert.equal([part(next, 'other').action, part(next, 'other').reason?.code], ['skipped', 'quarantined']);
    assert.match(part(next, 'other').reason?.remedy ?? '', /glued run --force --component other/);
    assert.is(world.server.packages().length, asked);
    assert.is(machine.digest('other'), 'absent');
  });

  test(`${rt.name}: content that is refused costs no other component its update: 16`, async () => {
    const machine = world.machine(rt).test('demo', 'exit 1').register('other');
    const document = await machine.expect(16);
    assert.equal([document.outcome, part(document, 'demo').action, part(document, 'other').action], ['partial', 'failed', 'updated']);
    assert.equal(document.errors.map((e) => [e.component, e.code]), [['demo', 11]]);
    assert.equal([machine.digest('demo'), machine.digest('other') === 'absent'], ['absent', false]);
  });

  test(`${rt.name}: a content test is given none of our environment, and what it starts dies with it`, async () => {
    const machine = world.machine(rt);
    const mark = join(machine.folder, 'live', 'mark');
    machine.test('demo', `env > '${mark}'; (sleep 1; echo late > '${mark}.late') & exit 0`);
    writeFileSync(mark, '');
    await machine.expect(0, [], { settings: { env: { SECRET_TOKEN: 'hunter2', NODE_OPTIONS: '' } } });
    const seen = readFileSync(mark, 'utf8');
    assert.match(seen, /^PATH=/m);
    assert.not.match(seen, /SECRET_TOKEN/);
    await new Promise((done) => setTimeout(done, 1500));
    assert.not(existsSync(`${mark}.late`));
  });
}

test.run();
