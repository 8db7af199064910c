import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runtimes } from '../support/runtimes.ts';
import { part, StoryWorld, told } from '../support/story-world.ts';

const test = suite('rollback stories');
const world = await StoryWorld.make('demo');
await world.release('demo', '1.0');
await world.release('demo', '2.0');
test.after(() => world.end());

/** Every file below a folder. */
function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
}
/** Names and bytes of everything in these places. */
function fingerprint(...places: readonly string[]): string {
  const hash = createHash('sha256');
  for (const place of places.flatMap((p) => (existsSync(p) && statSync(p).isFile() ? [p] : filesBelow(p).sort()))) hash.update(`${place}\0`).update(readFileSync(place));
  return hash.digest('hex');
}
for (const rt of runtimes()) {
  test(`${rt.name}: a rollback works with every server down; what it left is skipped until --force`, async () => {
    const machine = world.machine(rt).register('demo').policy({ components: { demo: { pin: '1.0' } } });
    await machine.expect(0);
    const old = machine.digest();
    machine.policy();
    await machine.expect(0);
    assert.not.equal(machine.digest(), old);
    machine.policy({ servers: [{ url: 'http://127.0.0.1:1/' }] });
    const asked = world.server.asked.length;
    const back = told(await machine.glued(['rollback', 'demo', '--json', ...machine.place], { settings: { permissions: machine.permissions(['127.0.0.1:1']) } }));
    assert.is(back.code, 0, back.stdout);
    assert.equal([part(back.document).action, part(back.document).before?.version, part(back.document).after?.version], ['rolled-back', '2.0', '1.0']);
    assert.is(machine.digest(), old);
    assert.is(world.server.asked.length, asked);

    machine.policy();
    const next = await machine.expect(0);
    assert.equal([part(next).action, part(next).reason?.code, part(next).after?.version], ['skipped', 'quarantined', '1.0']);
    assert.match(part(next).reason?.text ?? '', /Release 2 is in quarantine since .*(rolled|rollback)/i);
    const forced = await machine.expect(0, ['--force']);
    assert.equal([part(forced).action, part(forced).after?.version], ['updated', '2.0']);
    assert.is(part(await machine.expect(0)).action, 'current', 'and it stays');
  });

  test(`${rt.name}: a dry run says what a run would do, fetches no package and changes nothing`, async () => {
    const machine = world.machine(rt).register('demo').policy({ components: { demo: { pin: '1.0' } } });
    await machine.expect(0);
    machine.policy();
    const places = ['ActiveRegistry', 'NewRegistry', 'status.json', 'cache'].map((name) => machine.file(name));
    const history = async (): Promise<string> => (await machine.glued(['history', '--json', '--state', machine.state])).stdout;
    const before = [fingerprint(...places, join(machine.folder, 'live')), machine.digest(), await history()];
    const packages = world.server.packages().length;
    const dry = await machine.expect(0, ['--dry-run']);
    assert.equal([dry.dryRun, part(dry).action, part(dry).before?.version, part(dry).after?.version, part(dry).via], [true, 'updated', '1.0', '2.0', 'full']);
    assert.is(world.server.packages().length, packages);
    assert.equal([fingerprint(...places, join(machine.folder, 'live')), machine.digest(), await history()], before);
    const run = await machine.expect(0);
    assert.equal([run.dryRun, part(run).after, part(run).bytes], [undefined, part(dry).after, part(dry).bytes], 'the run did what was foreseen');
  });

  test(`${rt.name}: status --field gives one value, and names a path that is not there`, async () => {
    const machine = world.machine(rt).register('demo');
    const field = async (path: string) => machine.glued(['status', '--field', path, '--state', machine.state], { settings: { permissions: ['--allow-read'] } });
    assert.equal([(await field('health')).stdout, (await field('last')).stdout], ['degraded\n', 'null\n']);
    await machine.expect(0);
    const expected = { health: 'ok', 'last.code': '0', 'last.components.demo.after.version': '2.0', 'last.components.0.id': 'demo', 'components.demo.history.0.version': '2.0', 'last.dryRun': undefined };
    for (const [path, value] of Object.entries(expected)) {
      const end = await field(path);
      assert.equal([end.code, end.stdout], value === undefined ? [64, ''] : [0, `${value}\n`], path);
      if (value === undefined) assert.ok(end.stderr.includes(path), end.stderr);
    }
  });
}

test.run();
