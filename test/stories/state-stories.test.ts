import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runtimes } from '../support/runtimes.ts';
import { part, StoryWorld, told, wordsOf } from '../support/story-world.ts';

const test = suite('state stories');
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
const garbage = (path: string): void => writeFileSync(path, 'this is not what it was\n'.repeat(300));

for (const rt of runtimes()) {
  test(`${rt.name}: a bad plist is set aside with a reason, the others are updated, 16; and the next run is 0`, async () => {
    const machine = world.machine(rt).register('demo');
    const plist = machine.file('NewRegistry', 'bad.plist');
    writeFileSync(plist, '<?xml version="1.0"?><plist version="1.0"><dict><key>ComponentID</key><string>bad</string></dict></plist>');
    const document = await machine.expect(16);
    assert.equal([document.outcome, part(document).action, part(document).after?.version], ['partial', 'updated', '2.0']);
    assert.equal(document.errors.map((e) => [e.code, e.name, e.component]), [[26, 'state', 'bad']]);
    assert.ok(document.errors[0]?.text.includes(plist), document.errors[0]?.text);
    assert.not(existsSync(plist));
    assert.ok(existsSync(`${plist}.bad`));
    assert.match(readFileSync(`${plist}.bad.reason.txt`, 'utf8'), /PlugIn/);
    await machine.expect(0);
  });

  test(`${rt.name}: a damaged state.db, status.json or metadata is noticed, mended, said in notes, and no failure`, async () => {
    const machine = world.machine(rt).register('demo');
    await machine.expect(0);
    const before = machine.digest();
    const noted = async (what: RegExp): Promise<void> => {
      const document = await machine.expect(0);
      assert.equal([document.outcome, part(document).action], ['current', 'current']);
      assert.ok(document.notes.some((n) => what.test(n)), `${String(what)} is not in: ${document.notes.join('\n')}`);
      const quiet = await machine.expect(0);
      assert.equal(quiet.notes, [], 'mended: the next run has nothing to say');
      assert.is(machine.digest(), before);
    };
    garbage(machine.file('state.db'));
    await noted(/state\.db could not be used .* set aside as .* made anew/);
    assert.ok(readdirSync(machine.state).some((name) => /^state\.db\.bad-\d{8}T\d{6}Z$/.test(name)));

    garbage(machine.file('status.json'));
    const shown = await machine.glued(['status', '--state', machine.state]);
    assert.is(shown.code, 0);
    assert.match(`${shown.stdout}${shown.stderr}`, /status\.json is damaged, the next run writes it anew/);
    await noted(/status\.json/);

    for (const role of ['timestamp', 'snapshot', 'targets', 'demo']) {
      const file = filesBelow(machine.file('metadata')).find((path) => path.endsWith(`/metadata/${role}.json`));
      if (file === undefined) throw new Error(`no cached ${role}: ${filesBelow(machine.file('metadata')).join(', ')}`);
      garbage(file);
      await noted(new RegExp(role));
    }
  });

  test(`${rt.name}: a cached package that was damaged is fetched again, and said`, async () => {
    const machine = world.machine(rt).register('demo').policy({ components: { demo: { pin: '1.0' } } });
    await machine.expect(0);
    const [cached, more] = filesBelow(machine.file('cache'));
    if (cached === undefined || more !== undefined) throw new Error('one package was expected in the cache');
    const bytes = readFileSync(cached);
    writeFileSync(cached, Buffer.alloc(bytes.length, 'x'));
    // what is installed was damaged too, so the package is needed again
    writeFileSync(machine.live(), 'changed by another program\n');
    const asked = world.server.packages().length;
    const document = await machine.expect(0, ['--force']);
    assert.equal([part(document).action, part(document).via], ['updated', 'full'], JSON.stringify(part(document)));
    assert.ok(document.notes.some((n) => /cached package [0-9a-f]{64} was damaged .* fetched again/.test(n)), document.notes.join('\n'));
    assert.is(world.server.packages().length, asked + 1);
    assert.equal(readFileSync(cached), bytes);
    assert.match(readFileSync(machine.live(), 'utf8'), /^demo 1\.0\n/);
  });

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

test('what a mended machine says in words is for people', async () => {
  const [rt] = runtimes();
  if (rt === undefined) return;
  const machine = world.machine(rt).register('demo');
  await machine.expect(0);
  garbage(machine.file('state.db'));
  const end = await machine.glued(['run', '--no-input', ...machine.place]);
  assert.is(end.code, 0);
  assert.match(end.stdout, /state\.db could not be used/);
  assert.is(wordsOf((await machine.run()).document).includes('state.db'), false);
});

test.run();
