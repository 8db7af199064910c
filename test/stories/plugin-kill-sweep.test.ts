import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { writePlist } from '../../src/formats/plist.ts';
import { readView, viewOf } from '../plugins/world.ts';
import { type Expected, keptMachine, killShim, sweepKills } from '../support/kill-sweep.ts';
import { runtimes } from '../support/runtimes.ts';
import { type Machine, StoryWorld } from '../support/story-world.ts';

const test = suite('external plug-ins: kill sweep');
const shim = killShim();

const RULE = (name: string): string => `rule ${name} {\n  condition:\n    true\n}\n`;
const OLD = { 'a.yar': RULE('one'), 'only-one.yar': RULE('x') };
const NEW = { 'a.yar': RULE('two'), 'only-two.yar': RULE('x') };
const world = await StoryWorld.make('demo');
for (const [version, tree] of [['1.0', OLD], ['2.0', NEW]] as const) {
  world.repo.ports.at += 1000;
  await world.repo.publish('demo', tree, { version });
}
test.after(() => world.end());

type Kind = { readonly id: string; readonly program: string; readonly swaps: 'files' | 'own' };
const KINDS: readonly Kind[] = [
  { id: 'yara', program: at('examples/yara-rules.sh'), swaps: 'files' },
  { id: 'own', program: at('test/plugins/misbehaving/plugin.py'), swaps: 'own' },
];

/** A machine with release 1 installed by this plug-in, and a way back to that. */
async function prepared(machine: Machine, { id, program, swaps }: Kind): Promise<() => void> {
  const path = join(machine.folder, 'plugin');
  copyFileSync(program, path);
  chmodSync(path, 0o755);
  const allow = [{ id, path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') }];
  if (swaps === 'own') mkdirSync(machine.live());
  const plist = { ComponentID: 'demo', Name: 'Demo', ContentType: 'av', PlugIn: id, InstallPath: machine.live(), Settings: {} };
  writeFileSync(join(machine.state, 'NewRegistry', 'demo.plist'), writePlist(plist));
  machine.policy({ plugins: { allow }, components: { demo: { pin: '1.0' } } });
  await machine.expect(0);
  machine.policy({ plugins: { allow } });
  assert.equal(readView(machine.live()), viewOf(OLD));
  return keptMachine(machine);
}

/** What swaps itself is mended by the next run; what glued swaps is whole at each instant. */
const expectedOf = (machine: Machine, { swaps }: Kind): Expected => ({
  afterKill: (call) => {
    const now = JSON.stringify(readView(machine.live()));
    if (swaps === 'files') assert.ok([OLD, NEW].some((tree) => JSON.stringify(viewOf(tree)) === now), `after the kill at ${call}: neither old nor new`);
  },
  afterNext: (call) => assert.equal(readView(machine.live()), viewOf(NEW), `after the kill at ${call} and a run: not the new content`),
});

/** Kills at moments of the clock, so that the plug-in itself is in the midst of its work. */
async function killsByClock(machine: Machine, kind: Kind): Promise<number> {
  const reset = await prepared(machine, kind);
  let killed = 0;
  for (let ms = 100; ms <= 1000; ms += 75) {
    reset();
    const end = await machine.glued(['run', '--json', '--no-input', ...machine.place], { settings: { timeoutMs: ms } });
    if (end.signal === 'SIGKILL') killed += 1;
    await machine.expect(0);
    assert.equal(readView(machine.live()), viewOf(NEW), `after a kill at ${ms} ms and a run: not the new content`);
  }
  return killed;
}

const binary = runtimes().find(({ name }) => name === 'binary');
for (const kind of KINDS) {
  test(`a run with the plug-in ${kind.id} (swap ${kind.swaps}) that is killed at any rename or fsync ends well the next time`, async () => {
    if (shim === undefined || binary === undefined) return console.log('\nSKIP: kill sweep of external plug-ins: no gcc to build the shim');
    const machine = world.machine(binary);
    const kills = await sweepKills(machine, shim, await prepared(machine, kind), expectedOf(machine, kind));
    console.log(`\nNOTE: kill sweep with the plug-in ${kind.id}: ${kills} kills at rename, fsync and fdatasync, every one recovered`);
    machine.end();
  });

  test(`a run with the plug-in ${kind.id} (swap ${kind.swaps}) that is killed at any moment ends well the next time`, async () => {
    if (binary === undefined) throw new Error('no binary');
    const machine = world.machine(binary);
    console.log(`\nNOTE: the plug-in ${kind.id}: ${await killsByClock(machine, kind)} kills by the clock, every one recovered`);
    machine.end();
  });
}

test.run();
