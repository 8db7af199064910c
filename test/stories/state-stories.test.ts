import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runtimes } from '../support/runtimes.ts';
import { part, StoryWorld, wordsOf } from '../support/story-world.ts';

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
const garbage = (path: string): void => writeFileSync(path, 'this is not what it was\n'.repeat(300));

for (const rt of runtimes()) {
  test(`${rt.name}: a bad plist is set aside with a reason, the others are updated, 16; and the next run is 0, the machine not well`, async () => {
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
    const nagios = await machine.glued(['status', '--format', 'nagios', '--state', machine.state]);
    assert.is(nagios.code, 1);
    assert.match(nagios.stdout, /^GLUED WARNING - Not well: bad is not updated: its registration is set aside/);
  });

  test(`${rt.name}: a damaged state.db, status.json or metadata is noticed, mended, said in notes, and no failure`, async () => {
    const machine = world.machine(rt).register('demo');
    await machine.expect(0);
    const before = machine.digest();
    const noted = async (...what: readonly RegExp[]): Promise<void> => {
      const document = await machine.expect(0);
      assert.equal([document.outcome, part(document).action], ['current', 'current']);
      for (const one of what) assert.ok(document.notes.some((n) => one.test(n)), `${String(one)} is not in: ${document.notes.join('\n')}`);
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

    const roles = ['timestamp', 'snapshot', 'targets', 'demo'];
    for (const role of roles) {
      const file = machine.file('metadata', `${role}.json`);
      assert.ok(existsSync(file), file);
      garbage(file);
    }
    await noted(...roles.map((role) => new RegExp(`\\b${role}\\b`)));
    assert.equal((await machine.expect(0)).notes, [], 'all is mended: the next run has nothing to say');
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
