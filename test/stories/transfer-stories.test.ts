import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runtimes } from '../support/runtimes.ts';
import { saySkipped } from '../support/skip.ts';
import type { StoryFault } from '../support/story-server.ts';
import { part, StoryWorld, wordsOf } from '../support/story-world.ts';

const test = suite('transfer stories');
const world = await StoryWorld.make('demo', 'twice', 'large');
for (const [id, version] of [['demo', '1.0'], ['twice', '1.0'], ['twice', '2.0']] as const) await world.release(id, version);
const first = world.server;
const second = await world.anotherServer();
test.before.each(() => {
  first.fault = second.fault = () => undefined;
  first.asked.length = second.asked.length = 0;
});
test.after(() => world.end());

const PACKAGE = /^\/packages\//;
const BAD = {
  'wrong bytes': { kind: 'bytes', change: (whole: Buffer) => Buffer.alloc(whole.length, 'x') },
  'a short body': { kind: 'short', bytes: 40 },
  'an endless body': { kind: 'endless' },
} as const satisfies Record<string, StoryFault>;
const on = (path: RegExp, fault: StoryFault) => (asked: string): StoryFault | undefined => (path.test(asked) ? fault : undefined);

for (const rt of runtimes()) {
  for (const [name, fault] of Object.entries(BAD)) {
    test(`${rt.name}: ${name} from one server: the next one is asked, and the run is updated`, async () => {
      const machine = world.machine(rt).register('demo').policy({ servers: [{ url: first.url }, { url: second.url }] });
      first.fault = on(PACKAGE, fault);
      const document = await machine.expect(0);
      assert.equal([document.outcome, part(document).after?.version], ['updated', '1.0']);
      assert.ok(document.notes.some((n) => n.includes(`${first.url} was passed over`)), document.notes.join('\n'));
      assert.is(second.packages().length, 1);
      assert.not.equal(machine.digest(), 'absent');
    });
  }

  test(`${rt.name}: wrong bytes, a short or an endless body from the only server are 9, and the installed content stays`, async () => {
    const machine = world.machine(rt).register('twice').policy({ components: { twice: { pin: '1.0' } } });
    await machine.expect(0);
    const before = machine.digest('twice');
    machine.policy();
    for (const [name, fault] of Object.entries(BAD)) {
      first.fault = on(PACKAGE, fault);
      const document = await machine.expect(9, ['--force']);
      assert.equal([document.codeName, part(document, 'twice').action, part(document, 'twice').after?.version], ['download', 'failed', '1.0'], name);
      assert.match(part(document, 'twice').reason?.text ?? '', name === 'wrong bytes' ? /expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}/ : /could not be fetched from any server \(1 asked\)/);
      assert.is(machine.digest('twice'), before, name);
    }
    first.fault = () => undefined;
    assert.is(part(await machine.expect(0, ['--force']), 'twice').after?.version, '2.0');
  });

  test(`${rt.name}: a server that is down is 4; where another is up, that is asked`, async () => {
    const machine = world.machine(rt).register('demo');
    const down = await world.anotherServer();
    down.close();
    machine.policy({ servers: [{ url: down.url }] });
    const document = await machine.expect(4);
    assert.equal([document.codeName, document.outcome, part(document).action], ['no-valid-host', 'failed', 'failed']);
    assert.ok(wordsOf(document).includes(down.url));
    assert.match(wordsOf(document), /refused/i);
    machine.policy({ servers: [{ url: down.url }, { url: second.url }] });
    const next = await machine.expect(0);
    assert.equal([next.server.url, next.server.tried.map((t) => t.url)], [second.url, [down.url]]);
  });

  test(`${rt.name}: a second run at the same time is 23 at once, and names the first one's process`, async () => {
    const machine = world.machine(rt).register('demo');
    first.fault = on(PACKAGE, { kind: 'stuck', bytes: 40 });
    const asked = first.whenAsked(PACKAGE);
    let holder = 0;
    const running = machine.run([], { settings: { started: (pid) => (holder = pid) } });
    await asked;
    const document = await machine.expect(23);
    assert.is(document.codeName, 'locked');
    assert.match(wordsOf(document), new RegExp(`\\bpid ${holder}\\b`));
    const ms = Date.parse(document.finishedAt) - Date.parse(document.startedAt);
    assert.ok(ms < 2000, `it took ${ms} ms`);
    process.kill(holder, 'SIGTERM');
    assert.is((await running).code, 130);
  });

  test(`${rt.name}: no room for the package, or for its content, is 24 before a byte of it is fetched`, async () => {
    if (large === undefined) return saySkipped(`full disk on ${rt.name}: ${noMount}`);
    for (const where of ['state', 'live'] as const) {
      const machine = world.machine(rt);
      const point = join(machine.folder, where);
      assert.is(mount(point), 0);
      try {
        mkdirSync(machine.file('NewRegistry'), { recursive: true });
        machine.register('large');
        first.asked.length = 0;
        const document = await machine.expect(24);
        assert.equal([document.codeName, part(document, 'large').action], ['disk-space', 'failed']);
        assert.match(wordsOf(document), new RegExp(`Not enough space at ${machine.folder}/${where}.* need \\d+ bytes, \\d+ are free`));
        assert.equal(first.packages(), [], 'a package was asked for');
      } finally {
        spawnSync('umount', [point]);
      }
    }
  });
}

const mount = (point: string): number | null => spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3M,mode=755', 'glued-story', point]).status;

/** 8 MiB that do not get smaller, published where a file system of 3 MiB can be mounted. */
async function publishLarge(): Promise<string | undefined> {
  const point = join(world.repo.root, 'probe');
  mkdirSync(point);
  if (mount(point) !== 0) return undefined;
  spawnSync('umount', [point]);
  await world.release('large', '1.0', { bytes: randomBytes(8 * 1024 * 1024) });
  return 'large';
}
const noMount = 'no tmpfs can be mounted here (not root, or not allowed)';
const large = await publishLarge();

test.run();
