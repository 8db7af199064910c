// runtimes: node
/** What changed filters make of a proven release must prove itself like a release (facts/safety.md, 8 and 9). */
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RunDocument } from '../../src/model/index.ts';
import { fakeEngine, rule, staleSocket, wellBehaved } from '../plugins/suricata-world.ts';
import { must } from '../support/outcome.ts';
import type { TestRepository } from '../support/repository.ts';
import { type Bed, machine, newRepository, packages, served, set, slots, TREE } from './filtered.ts';
import { brief, part } from './world.ts';

const test = suite('filters on probation');
const MINUTE = 60_000;
const KEPT = ['served.was'];

async function later({ world }: Bed, minutes: number): Promise<RunDocument> {
  world.ports.at += minutes * MINUTE;
  return world.run();
}

/** The engine, which came up with what is installed now, is killed. */
function dies({ world }: Bed): void {
  const socket = join(world.root, 'no.socket');
  if (!existsSync(socket)) staleSocket(socket);
  utimesSync(socket, world.ports.at / 1000, world.ports.at / 1000);
}

/** Release 1 is proven with rule 1 disabled; then rule 2 is, instead of it, and that is on probation. */
async function onProbation(from?: Promise<TestRepository>): Promise<Bed> {
  const bed = await machine('1\n', undefined, from);
  await later(bed, 11);
  set(bed, '2\n');
  await bed.world.settle();
  return bed;
}

const open = ({ world }: Bed): readonly string[] => world.look((s) => must(s.probations.list()).probations.map((p) => `${p.next.sequence} ${p.remade ?? 'new'}`));
const links = (bed: Bed): readonly string[] => slots(bed).filter((name) => KEPT.includes(name));
const told = (document: RunDocument) => [document.code, brief(document, 'rules')];

test('what they make is on probation, what was made before is kept until it is proven, and then it goes', async () => {
  const bed = await onProbation();
  assert.equal([served(bed), open(bed), links(bed), slots(bed).length], ['1 3', ['1 yes'], KEPT, 3]);
  const during = await later(bed, 5);
  assert.equal([part(during, 'rules').action, part(during, 'rules').probation], ['current', { until: new Date(bed.world.ports.at + 5 * MINUTE).toISOString() }]);
  assert.equal([part(await later(bed, 5), 'rules').probation, open(bed), slots(bed).length, served(bed)], [null, [], 1, '1 3']);
});

test('an engine that dies of them has what was made before again: 12, told to the administrator, not held against the release', async () => {
  const bed = await onProbation();
  dies(bed);
  const document = await later(bed, 1);
  assert.equal([told(document), served(bed)], [[12, 'rolled-back 1>1 probation-remade-failed'], '2 3']);
  assert.match(document.errors[0]?.text ?? '', /What the changed filters of rules made of release 1\.0 failed its probation, and what was made of it before is back: The engine of rules died 60 s after/);
  assert.equal([bed.world.quarantine(), open(bed), bed.world.journal(), slots(bed).length, packages(bed.world)], [[], [], [], 1, []]);
});

test('filters that failed are not applied again, each run says so, and changed ones are applied', async () => {
  const bed = await onProbation();
  dies(bed);
  await later(bed, 1);
  for (const _ of [1, 2]) {
    const document = await later(bed, 1);
    assert.equal([document.code, part(document, 'rules').action, served(bed), open(bed)], [0, 'current', '2 3', []]);
    assert.match(document.notes.join(' '), /rules: the filters in .* are not those that it was filtered with; what these make of release 1\.0 failed its probation/);
  }
  set(bed, '3\n');
  assert.equal([told(await later(bed, 1)), served(bed), open(bed)], [[0, 'updated 1>1 reapply'], '1 2', ['1 yes']]);
  assert.equal([(await later(bed, 10)).notes, slots(bed).length], [[], 1]);
});

test('filters that change again meanwhile begin anew, and the way back leads to what was proven, not to what was not', async () => {
  const bed = await onProbation();
  bed.world.ports.at += 9 * MINUTE;
  set(bed, '3\n');
  await bed.world.settle();
  assert.equal([served(bed), open(bed), links(bed)], ['1 2', ['1 yes'], KEPT]);
  assert.not.equal(part(await later(bed, 5), 'rules').probation, null);
  dies(bed);
  assert.equal([told(await later(bed, 1)), served(bed)], [[12, 'rolled-back 1>1 probation-remade-failed'], '2 3']);
});

test('filters that are refused meanwhile leave those on probation on it, with their way back', async () => {
  const bed = await onProbation();
  set(bed, '*\n');
  assert.equal([(await later(bed, 1)).code, served(bed), open(bed), links(bed)], [11, '1 3', ['1 yes'], KEPT]);
  dies(bed);
  await later(bed, 1);
  assert.equal([served(bed), open(bed)], ['2 3', []]);
});

test('filters that the engine does not confirm meanwhile leave what was proven, and are tried again', async () => {
  const bed = await onProbation();
  const socket = join(bed.world.root, 'no.socket');
  const engine = await fakeEngine(socket, wellBehaved(0));
  set(bed, '3\n');
  assert.equal([(await later(bed, 1)).code, served(bed), open(bed), bed.world.journal()], [12, '2 3', [], []]);
  await new Promise((done) => engine.close(done));
  assert.equal([told(await later(bed, 1)), served(bed), open(bed)], [[0, 'updated 1>1 reapply'], '1 2', ['1 yes']]);
});

test('a release that comes meanwhile begins its own, and the way back from it leads to the filters that were proven', async () => {
  const repository = newRepository();
  const bed = await onProbation(repository);
  await (await repository).publish('rules', { ...TREE, 'a.rules': rule(1) + rule(2) + rule(3) + rule(4) }, { version: '2.0', deltas: 0 });
  await later(bed, 1);
  assert.equal([served(bed), open(bed)], ['1 3 4', ['2 new']]);
  dies(bed);
  bed.world.ports.at += MINUTE;
  assert.equal(told(await bed.world.recover()), [12, 'rolled-back 2>1 probation-engine-died']);
  assert.equal([served(bed), bed.world.quarantine().map((q) => q.sequence)], ['2 3', [2]]);
  await bed.world.settle();
  assert.equal([served(bed), open(bed)], ['1 3', ['1 yes']], 'which of them was to blame is not known: they prove themselves again');
});

test('three starts of the machine take them back before the engine starts, with no server and no policy', async () => {
  const bed = await onProbation();
  const codes: number[] = [];
  writeFileSync(bed.world.policyFile, '{ nonsense');
  for (const start of [1, 2, 3]) {
    bed.world.ports.at += MINUTE;
    bed.world.bootId = `filters-${start}`;
    codes.push((await bed.world.recover()).code);
  }
  assert.equal([codes, served(bed), open(bed), bed.world.journal()], [[0, 0, 12], '2 3', [], []]);
});

test('where what was made before is not there any more, what runs stays, and that is 13', async () => {
  const bed = await onProbation();
  rmSync(join(bed.world.root, 'product', '.glued-rules', '1', 'served.was'));
  dies(bed);
  const document = await later(bed, 1);
  assert.equal([told(document), served(bed), open(bed)], [[13, 'failed 1>1 last-good-damaged'], '1 3', ['1 yes']]);
});

test('where what was kept of it cannot be read, it begins anew as what it was, with the same way back', async () => {
  const bed = await onProbation();
  for (const name of ['rules@1.json', 'rules@1.copy.json']) writeFileSync(join(bed.world.state, 'probation', name), 'garbage');
  bed.world.ports.at += MINUTE;
  assert.match((await bed.world.recover()).notes.join(' '), /release 1\.0 begins its probation anew/);
  assert.equal([served(bed), open(bed)], ['1 3', ['1 yes']]);
  bed.world.ports.at += MINUTE;
  dies(bed);
  assert.equal([told(await later(bed, 1)), served(bed)], [[12, 'rolled-back 1>1 probation-remade-failed'], '2 3']);
});

test('glued rollback leaves filters on probation with their release, and what was proven of it stays for later', async () => {
  const repository = newRepository();
  const bed = await machine('1\n', undefined, repository);
  await later(bed, 11);
  await (await repository).publish('rules', { ...TREE, 'a.rules': rule(1) + rule(2) + rule(3) + rule(4) }, { version: '2.0', deltas: 0 });
  await later(bed, 1);
  await later(bed, 11);
  set(bed, '2\n');
  await bed.world.settle();
  assert.equal([served(bed), open(bed)], ['1 3 4', ['2 yes']]);
  assert.is((await bed.world.rollback('rules')).code, 0);
  const left = join(bed.world.root, 'product', '.glued-rules', '2');
  assert.equal([served(bed), open(bed), readdirSync(left).includes('served.was')], ['1 3', [], false]);
  assert.match(readFileSync(join(left, 'served', 'content', 'a.rules'), 'utf8'), /^# alert.*sid:1;/m);
});

/** Dies at each change of the disk in turn while `work` is done, and gives the number of points; `ends` looks at what the next run made of it. */
async function diesAtEach(begin: () => Promise<Bed>, ends: (bed: Bed, at: string) => Promise<void>): Promise<number> {
  for (let point = 1; ; point++) {
    const bed = await begin();
    const died = await bed.world.dies(point);
    assert.ok(['2 3', '1 3', '1 2'].includes(served(bed)), `after ${point}: ${served(bed)}`);
    await ends(bed, `died at ${point}`);
    if (!died) return point - 1;
  }
}

test('the process dies at each change of the disk while they are taken back: the next run ends with what was proven', async () => {
  const begin = async (): Promise<Bed> => {
    const bed = await onProbation();
    dies(bed);
    bed.world.ports.at += MINUTE;
    return bed;
  };
  const points = await diesAtEach(begin, async (bed, at) => {
    await bed.world.run();
    assert.equal([served(bed), open(bed), bed.world.journal()], ['2 3', [], []], at);
    assert.equal([part(await bed.world.run(), 'rules').action, served(bed), bed.world.quarantine()], ['current', '2 3', []], at);
  });
  console.log(`\nNOTE: died at ${points} points while filters were taken back, every one recovered`);
  assert.ok(points > 10);
});

test('the process dies at each change of the disk while they change again on probation: an engine that dies then has what was proven', async () => {
  const begin = async (): Promise<Bed> => {
    const bed = await onProbation();
    set(bed, '3\n');
    bed.world.ports.at += MINUTE;
    return bed;
  };
  const points = await diesAtEach(begin, async (bed, at) => {
    await bed.world.settle();
    assert.equal([served(bed), open(bed), bed.world.journal()], ['1 2', ['1 yes'], []], at);
    dies(bed);
    assert.equal([told(await later(bed, 1)), served(bed)], [[12, 'rolled-back 1>1 probation-remade-failed'], '2 3'], at);
  });
  console.log(`\nNOTE: died at ${points} points while filters changed again on probation, every one recovered`);
  assert.ok(points > 10);
});

test.run();
