// runtimes: node
/** `glued recover`: boot loops, lost and damaged state, and that it never makes anything worse (facts/safety.md, 9). */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CODES, type RunDocument } from '../../src/model/index.ts';
import { must } from '../support/outcome.ts';
import { brief, type EngineWorld, worldOf } from './world.ts';

const test = suite('recover');
const MINUTE = 60_000;
const told = (d: RunDocument, id = 'alpha') => [d.code, brief(d, id)];

/** `alpha` at release 2, on probation; release 1 was proven. No server, no valid policy from here on. */
async function onProbation(): Promise<EngineWorld> {
  const world = await worldOf({ alpha: { plugIn: 'scripted' } });
  await world.settle();
  world.ports.at += 11 * MINUTE;
  await world.settle();
  await world.publish('alpha', '2.0');
  await world.settle();
  world.fault = () => ({ fail: 'refused' });
  writeFileSync(world.policyFile, '{ nonsense');
  world.requests = [];
  return world;
}

let boots = 1;
/** The machine starts, and recovers before its engines do. */
function boot(world: EngineWorld, afterMinutes = 1): Promise<RunDocument> {
  world.ports.at += afterMinutes * MINUTE;
  world.bootId = `boot-${++boots}`;
  return world.recover();
}

const probationFiles = (world: EngineWorld): readonly string[] => readdirSync(join(world.state, 'probation')).map((name) => join(world.state, 'probation', name)).sort();
const open = (world: EngineWorld): readonly number[] => world.look((s) => must(s.probations.list()).probations.map((p) => p.next.sequence));
const plist = (world: EngineWorld): string => join(world.state, 'ActiveRegistry', 'alpha.plist');

test('the third start within the time puts the last known good back, without policy, server or catalog; the fourth changes nothing', async () => {
  const world = await onProbation();
  for (const _ of [1, 2]) assert.equal(told(await boot(world)), [0, 'current 2>2 null']);
  assert.equal(told(await boot(world)), [12, 'rolled-back 2>1 probation-boot-loop']);
  assert.equal([world.content('alpha'), world.requests, open(world)], ['alpha 1.0', [], []]);
  assert.equal([world.quarantine().map((q) => [q.sequence, q.why]), world.history('alpha')[0]], [[[2, 'probation-boot-loop']], '1 rolled-back 12']);
  assert.is(world.status().last?.trigger, 'command');
  const last = world.status().last?.runId;
  const again = await boot(world);
  assert.equal([again.code, again.components, world.content('alpha'), world.status().last?.runId], [0, [], 'alpha 1.0', last]);
});

test('being called again in the same start counts for nothing, and starts that lie apart do not either', async () => {
  const world = await onProbation();
  await boot(world);
  for (const _ of [1, 2, 3]) assert.equal(told(await world.recover()), [0, 'current 2>2 null']);
  await boot(world, 5);
  assert.equal([(await boot(world, 6)).code, world.content('alpha')], [0, 'alpha 2.0']);
});

test('where the system has no boot ids, each call is a start', async () => {
  const world = await onProbation();
  world.bootId = undefined;
  for (const _ of [1, 2]) assert.is((await world.recover()).code, 0);
  assert.equal(told(await world.recover()), [12, 'rolled-back 2>1 probation-boot-loop']);
});

test('probation that is over by the clock ends at a start too', async () => {
  const world = await onProbation();
  assert.is((await boot(world, 11)).code, 0);
  assert.equal([open(world), world.content('alpha')], [[], 'alpha 2.0']);
  for (const _ of [1, 2, 3]) assert.is((await boot(world)).code, 0);
  assert.is(world.content('alpha'), 'alpha 2.0');
});

type Damage = readonly [name: string, damage: (world: EngineWorld) => void];
const garbage = (path: string): void => writeFileSync(path, 'garbage'.repeat(300));
const DATABASE: Damage = ['state.db is garbage', (world) => world.damageDatabase()];
const NO_DATABASE: Damage = ['state.db is gone', (world) => ['', '-wal', '-shm'].forEach((end) => rmSync(join(world.state, `state.db${end}`), { force: true }))];
const PLIST: Damage = ['the plist is garbage', (world) => garbage(plist(world))];
const NO_PLIST: Damage = ['the plist is gone', (world) => rmSync(plist(world))];
const FIRST: Damage = ['one copy of the probation is garbage', (world) => garbage(probationFiles(world)[1] ?? '')];
const OTHER: Damage = ['the other copy is empty', (world) => truncateSync(probationFiles(world)[0] ?? '')];
const BOTH: Damage = ['neither copy can be read', (world) => probationFiles(world).forEach(garbage)];
const METADATA: Damage = ['trusted metadata is garbage', (world) => readdirSync(join(world.state, 'metadata')).forEach((name) => statSync(join(world.state, 'metadata', name)).isFile() && garbage(join(world.state, 'metadata', name)))];

const HALVES: readonly (readonly Damage[])[] = [[DATABASE], [NO_DATABASE], [PLIST], [NO_PLIST], [FIRST], [OTHER], [DATABASE, PLIST, FIRST, METADATA], [NO_DATABASE, NO_PLIST, OTHER]];
for (const damages of HALVES) {
  test(`a boot loop ends in the last known good although ${damages.map(([name]) => name).join(', ')}`, async () => {
    const world = await onProbation();
    await boot(world);
    for (const [, damage] of damages) damage(world);
    await boot(world);
    const third = await boot(world);
    assert.equal([told(third), world.content('alpha')], [[12, 'rolled-back 2>1 probation-boot-loop'], 'alpha 1.0'], JSON.stringify(third.errors));
    assert.equal([world.registered('alpha').installed?.sequence, (await boot(world)).code, world.content('alpha')], [1, 0, 'alpha 1.0']);
  });
}

test('where neither copy can be read probation begins anew, by the registry and what is kept; and still ends a boot loop', async () => {
  const world = await onProbation();
  await boot(world);
  BOTH[1](world);
  const anew = await boot(world);
  assert.equal([anew.code, open(world)], [0, [2]]);
  assert.match(anew.notes.join(' '), 'begins its probation anew');
  await boot(world);
  assert.equal([told(await boot(world)), world.content('alpha')], [[12, 'rolled-back 2>1 probation-boot-loop'], 'alpha 1.0']);
});

test('where nothing says any more what is on probation, it says so with 26, once, and leaves what is there', async () => {
  const world = await onProbation();
  for (const [, damage] of [DATABASE, NO_PLIST, BOTH]) damage(world);
  const document = await boot(world);
  assert.equal([document.code, document.errors.map((e) => e.component), world.content('alpha')], [CODES.state, ['alpha'], 'alpha 2.0']);
  assert.equal([(await boot(world)).code, world.content('alpha')], [0, 'alpha 2.0']);
});

test('a swap that was cut off with its journal lost is finished or undone by what lies there', async () => {
  for (const when of ['die-before', 'die-after'] as const) {
    const world = await worldOf({ alpha: { plugIn: 'scripted' } });
    await world.settle();
    world.ports.at += 11 * MINUTE;
    await world.settle();
    await world.publish('alpha', '2.0');
    world.script.set('swap alpha', when);
    await world.run().then(() => assert.unreachable(), () => undefined);
    world.bury();
    world.script.clear();
    NO_DATABASE[1](world);
    const document = await boot(world);
    assert.is(document.code, 0, JSON.stringify(document.errors));
    const there = when === 'die-before' ? ['alpha 1.0', 1, []] : ['alpha 2.0', 2, [2]];
    assert.equal([world.content('alpha'), world.registered('alpha').installed?.sequence, open(world)], there);
    assert.equal([(await world.recover()).code, world.content('alpha')], [0, there[0]]);
  }
});

test('what a run left unfinished is finished as a run does it', async () => {
  const world = await worldOf({ alpha: { plugIn: 'scripted' } });
  world.script.set('confirm alpha', 'die-before');
  await world.run().then(() => assert.unreachable(), () => undefined);
  world.bury();
  world.script.clear();
  const document = await boot(world);
  assert.equal([told(document), world.journal(), open(world)], [[0, 'updated ->1 null'], [], [1]]);
});

test('it dies before any change of the disk: each time the content is whole, and the next one ends well', async () => {
  let points = 0;
  for (let point = 1; ; point++) {
    const world = await onProbation();
    for (const _ of [1, 2]) await boot(world);
    if (!(await world.dies(point, () => boot(world)))) break;
    points += 1;
    assert.ok(['alpha 1.0', 'alpha 2.0'].includes(world.content('alpha')), `point ${point}: ${world.content('alpha')}`);
    await world.recover();
    assert.equal([world.content('alpha'), world.registered('alpha').installed?.sequence, world.journal(), open(world)], ['alpha 1.0', 1, [], []], `point ${point}`);
    assert.ok(world.quarantine().some((q) => q.sequence === 2), `point ${point}`);
  }
  assert.ok(points > 5, `only ${points}`);
  console.log(`\nNOTE: recover: died at each of ${points} changes of the disk`);
});

/** Every file of the state, and of what is kept beside the install path but for the contents themselves. */
function targets(world: EngineWorld): readonly string[] {
  const out: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== 'content') walk(path);
      else if (entry.isFile()) out.push(path);
    }
  };
  walk(world.state);
  walk(join(world.root, 'live', '.glued-alpha'));
  return out.sort();
}

const HARMS: Readonly<Record<string, (path: string) => void>> = {
  delete: (path) => rmSync(path),
  truncate: (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
  empty: (path) => truncateSync(path),
  garble: (path) => {
    const bytes = readFileSync(path);
    const from = Math.floor(bytes.length / 3);
    bytes.fill(0x5a, from, Math.min(bytes.length, from + 64));
    writeFileSync(path, bytes);
  },
  folder: (path) => {
    rmSync(path);
    mkdirSync(path);
  },
};
const HONEST: readonly number[] = [CODES.ok, CODES.install, CODES['rollback-failed'], CODES.state, CODES['done-with-errors'], CODES['disk-space']];

test('whatever subset of state and metadata is damaged: the content is whole old or whole new, the code is honest, and a second one changes nothing', async () => {
  const seen = new Map<number, number>();
  const world = await onProbation();
  await boot(world);
  await boot(world);
  const kept = join(world.root, 'kept');
  copyDisk(world.root, kept);
  const harm = fc.record({ at: fc.nat(1000), how: fc.constantFrom(...Object.keys(HARMS)) });
  await fc.assert(
    fc.asyncProperty(fc.array(harm, { minLength: 1, maxLength: 12 }), fc.boolean(), async (harms, isThird) => {
      world.bury();
      copyDisk(kept, world.root);
      for (const { at, how } of harms) {
        const all = targets(world);
        const path = all[at % all.length];
        if (path !== undefined && existsSync(path)) HARMS[how]?.(path);
      }
      const document = isThird ? await boot(world) : await world.recover();
      const what = `${JSON.stringify(harms)} third ${isThird} ${JSON.stringify(document.errors)}`;
      const content = world.content('alpha');
      assert.ok(content === 'alpha 1.0' || content === 'alpha 2.0', `${content}: ${what}`);
      assert.ok(HONEST.includes(document.code), `${document.code}: ${what}`);
      seen.set(document.code, (seen.get(document.code) ?? 0) + 1);
      await world.recover();
      assert.is(world.content('alpha'), content, `the second one: ${what}`);
    }),
    { numRuns: 60, includeErrorInReport: true },
  );
  console.log(`\nNOTE: recover over corrupt states: ${[...seen].map(([code, times]) => `code ${code} ${times} times`).join(', ')}`);
});

/** The machine's disk, kept beside it; and put back. */
function copyDisk(from: string, to: string): void {
  for (const name of ['state', 'live']) {
    rmSync(join(to, name), { recursive: true, force: true });
    mkdirSync(to, { recursive: true });
    execFileSync('cp', ['-a', join(from, name), join(to, name)]);
  }
}

test.run();
