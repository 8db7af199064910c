import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addComponent } from '../../src/publisher/index.ts';
import { filterFolder, lacking, rule, startSuricata, suricata, writeConf } from '../plugins/suricata-world.ts';
import { readView, type Tree, viewOf } from '../plugins/world.ts';
import { PROVEN_AT_ONCE } from '../support/boots.ts';
import { temporaryFolder, writeTree } from '../support/repository.ts';
import { type Runtime, runtimes } from '../support/runtimes.ts';
import { saySkipped, skip } from '../support/skip.ts';
import { type Machine, part, StoryWorld, wordsOf } from '../support/story-world.ts';

const test = suite('Suricata stories');
const lack = lacking();

const GOOD: Tree = { 'a.rules': rule(1), 'sub/b.rules': rule(2) };
const BETTER: Tree = { 'a.rules': rule(1) + rule(3), 'sub/b.rules': rule(2) };

if (lack !== undefined) skip(test, 'Suricata from publishing to the engine', lack);
else await stories();

async function stories(): Promise<void> {
  const world = await StoryWorld.make('demo');
  test.after(() => world.end());
  const { dir, root } = world.repo;
  const added = await addComponent(world.repo.ports, { dir, id: 'rules', type: 'ips', plugin: 'suricata' });
  assert.ok(added.ok);
  const publish = async (version: string, tree: Tree): Promise<void> => {
    world.repo.ports.at += 1000;
    await world.repo.publish('rules', {}, { version, path: writeTree(join(root, `rules-${version}`), tree) });
  };
  await publish('1.0', GOOD);
  await publish('2.0', BETTER);
  await publish('3.0', { 'a.rules': rule(1), 'sub/b.rules': `# head\n${rule(2, 'contentx:"no"')}` });
  await publish('4.0', { 'a.rules': `# ${rule(1)}`, 'sub/b.rules': '# nothing\n' });
  for (const rt of runtimes()) runOn(world, rt);
}

/** All of Deno's permissions: sockets of engines and their processes are looked at. */
const allowed = (rt: Runtime): { readonly settings?: { readonly permissions: readonly string[]; readonly timeoutMs: number } } =>
  rt.name === 'deno' ? { settings: { permissions: ['--allow-all'], timeoutMs: 120_000 } } : {};

type Story = { readonly machine: Machine; readonly socket: string; readonly pin: (version: string) => Promise<void> };

/** A machine whose component was registered by the command, with its settings, and is at 1.0. */
async function installed(world: StoryWorld, rt: Runtime, more: Readonly<Record<string, string>> = {}): Promise<Story> {
  const machine = world.machine(rt);
  const socket = join(dirname(machine.live()), 'command.socket');
  const ConfigFile = writeConf(machine.folder, machine.live('rules'));
  const settings = Object.entries({ CommandSocket: socket, EnginePath: suricata ?? '', ConfigFile, ...more }).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  const added = await machine.glued(['registry', 'add', 'rules', '--type', 'ips', '--plugin', 'suricata', '--path', machine.live('rules'), ...settings, ...machine.place], allowed(rt));
  assert.is(added.code, 0, added.stderr);
  const pin = async (version: string): Promise<void> => void machine.policy({ components: { rules: { pin: version, allowDowngrade: true } } });
  await pin('1.0');
  const document = await machine.expect(0, [], allowed(rt));
  assert.equal([part(document, 'rules').action, part(document, 'rules').loaded], ['updated', null]);
  return { machine, socket, pin };
}

function runOn(world: StoryWorld, rt: Runtime): void {
  test(`${rt.name}: good rules are swapped and live in the real engine; a broken one and none at all are refused, and the old ones go on`, async () => {
    const { machine, socket, pin } = await installed(world, rt);
    const engine = await startSuricata(machine.folder, machine.live('rules'), socket);
    if (typeof engine === 'string') return saySkipped(`${rt.name}: rules live in the real engine: ${engine}`);
    await pin('2.0');
    const good = part(await machine.expect(0, [], allowed(rt)), 'rules');
    assert.equal([good.action, good.before?.version, good.after?.version], ['updated', '1.0', '2.0']);
    assert.match(good.loaded ?? '', /^Suricata [\d.]+ RELEASE, 3 rules loaded, 0 failed$/);

    await pin('3.0');
    const document = await machine.expect(11, [], allowed(rt));
    const broken = part(document, 'rules');
    assert.equal([broken.action, broken.after?.version, broken.reason?.code], ['failed', '2.0', 'rules-broken']);
    assert.match(wordsOf(document), /1 of its rules do not load, the first is sub\/b\.rules, line 2: unknown rule keyword 'contentx'/);
    assert.match(broken.loaded ?? '', /3 rules loaded, 0 failed/);

    await pin('4.0');
    const empty = part(await machine.expect(11, [], allowed(rt)), 'rules');
    assert.equal([empty.action, empty.after?.version, empty.reason?.code], ['failed', '2.0', 'rules-none']);
    assert.equal(readView(machine.live('rules')), viewOf(BETTER));
    await engine.stop();
  });

  // the rest is the same code under the same runtimes' ports: once is enough
  if (rt.name !== 'binary') return;

  test(`${rt.name}: an administrator's filters hold for every release, updates still come by delta, and a line that is no good is 21`, async () => {
    const filters = filterFolder(world.repo.root, { 'disable.conf': '# noisy\nre:glued 3\n', 'drop.conf': '2\n' });
    const { machine, pin } = await installed(world, rt, { Filters: filters });
    const dropped = rule(2).replace('alert', 'drop');
    assert.equal(readView(machine.live('rules')), viewOf({ ...GOOD, 'sub/b.rules': dropped }));
    await pin('2.0');
    const updated = part(await machine.expect(0), 'rules');
    assert.equal([updated.action, updated.via], ['updated', 'delta']);
    assert.equal(readView(machine.live('rules')), viewOf({ 'a.rules': `${rule(1)}# ${rule(3)}`, 'sub/b.rules': dropped }));
    assert.is(part(await machine.expect(0, ['--force']), 'rules').action, 'current');

    writeFileSync(join(filters, 'disable.conf'), 'what is this\n', { mode: 0o644 });
    await pin('1.0');
    const asked = world.server.packages().length;
    const document = await machine.expect(21);
    assert.match(wordsOf(document), /disable\.conf, line 1: "what is this"/);
    assert.is(world.server.packages().length, asked, 'nothing was downloaded');
    assert.is((await machine.glued(['rollback', 'rules', ...machine.place])).code, 0, 'rolling back needs no filters');
    assert.equal(readView(machine.live('rules')), viewOf({ ...GOOD, 'sub/b.rules': dropped }));
  });

  test(`${rt.name}: changed filters are live in the real engine after the next run, without a download, and those that it refuses leave it as it was`, async () => {
    const filters = filterFolder(temporaryFolder('filters'), { 'disable.conf': '3\n' });
    const { machine, socket, pin } = await installed(world, rt, { Filters: filters });
    await pin('2.0');
    await machine.expect(0);
    const engine = await startSuricata(machine.folder, machine.live('rules'), socket);
    if (typeof engine === 'string') return saySkipped(`${rt.name}: changed filters in the real engine: ${engine}`);
    assert.match(part(await machine.expect(0), 'rules').loaded ?? '', /2 rules loaded, 0 failed$/);
    writeFileSync(join(filters, 'disable.conf'), '# all of them\n', { mode: 0o644 });
    const asked = world.server.packages().length;
    const { action, via, loaded, reason } = part(await machine.expect(0), 'rules');
    assert.equal([action, via, reason?.code, world.server.packages().length - asked], ['updated', 'none', 'reapply', 0]);
    assert.match(loaded ?? '', /3 rules loaded, 0 failed$/);
    writeFileSync(join(filters, 'modify.conf'), '2 "content" "contentx"\n', { mode: 0o644 });
    const refused = part(await machine.expect(11), 'rules');
    assert.equal([refused.action, refused.reason?.code], ['failed', 'rules-broken']);
    assert.match(refused.loaded ?? '', /3 rules loaded, 0 failed$/);
    assert.equal(readView(machine.live('rules')), viewOf(BETTER));
    await engine.stop();
  });

  test(`${rt.name}: the real engine that is killed after filters changed has the rules back that were proven, and these filters are left alone`, async () => {
    const filters = filterFolder(temporaryFolder('filters'), { 'disable.conf': '3\n' });
    const { machine, socket, pin } = await installed(world, rt, { Filters: filters });
    machine.policy({ ...PROVEN_AT_ONCE, components: { rules: { pin: '2.0' } } });
    await machine.expect(0);
    const proven = readView(machine.live('rules'));
    await pin('2.0');
    const engine = await startSuricata(machine.folder, machine.live('rules'), socket);
    if (typeof engine === 'string') return saySkipped(`${rt.name}: filters that the real engine dies of: ${engine}`);
    writeFileSync(join(filters, 'disable.conf'), '# all of them\n', { mode: 0o644 });
    const applied = part(await machine.expect(0), 'rules');
    assert.equal([applied.reason?.code, applied.probation === null], ['reapply', false]);
    await engine.stop();
    const document = await machine.expect(12);
    const { action, reason, before, after } = part(document, 'rules');
    assert.equal([action, reason?.code, before?.version, after?.version], ['rolled-back', 'probation-remade-failed', '2.0', '2.0']);
    assert.equal(readView(machine.live('rules')), proven);
    const next = await machine.expect(0);
    assert.equal([part(next, 'rules').action, readView(machine.live('rules'))], ['current', proven]);
    assert.match(next.notes.join(' '), /failed its probation, so what was made of it before stays until they change/);
  });

  test(`${rt.name}: a folder of rules that is there already is taken over by --adopt, and a setting that nobody reads is refused`, async () => {
    const machine = world.machine(rt);
    const path = machine.live('rules');
    writeTree(path, { 'a.rules': rule(7) });
    const conf = writeConf(machine.folder, path);
    const add = ['registry', 'add', 'rules', '--type', 'ips', '--plugin', 'suricata', '--path', path, '--set', `ConfigFile=${conf}`, '--set', `CommandSocket=${join(machine.folder, 'none')}`, ...machine.place];
    assert.is((await machine.glued(add)).code, 26);
    const strange = await machine.glued([...add, '--set', 'Socket=/x']);
    assert.is(strange.code, 64);
    assert.match(strange.stderr, /the plug-in suricata has no setting Socket; it has: CommandSocket, EnginePath, ConfigFile, Filters/);
    assert.is((await machine.glued([...add, '--adopt'])).code, 0);
    machine.policy({ components: { rules: { pin: '1.0' } } });
    assert.is(part(await machine.expect(0), 'rules').action, 'updated');
    assert.equal(readView(path), viewOf(GOOD));
    assert.is((await machine.glued(['rollback', 'rules', ...machine.place])).code, 0);
    assert.equal(readView(path), viewOf({ 'a.rules': rule(7) }));
  });
}

test.run();
