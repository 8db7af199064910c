// runtimes: node
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { registerComponent } from '../../src/registry/index.ts';
import { must } from '../support/outcome.ts';
import { DIES_OF_RULE_1, machine, packages, served, set, slots } from './filtered.ts';
import { brief, part } from './world.ts';

const test = suite('filters that change while a release stays');
test('a changed filter file takes effect at the next run, through test and swap, without a download', async () => {
  const bed = await machine('1\n');
  assert.is(served(bed), '2 3');
  assert.is(part(await bed.world.settle(), 'rules').action, 'current', 'nothing has changed yet');
  set(bed, '2\n3\n');
  const foreseen = part(await bed.world.run({ mode: 'dry-run' }), 'rules');
  assert.equal([foreseen.action, foreseen.reason?.code, served(bed)], ['updated', 'reapply', '2 3']);
  const document = await bed.world.settle();
  const { action, via, bytes, stages, reason } = part(document, 'rules');
  assert.equal([served(bed), action, via, bytes.downloaded, packages(bed.world)], ['1', 'updated', 'none', 0, []]);
  assert.match(reason?.text ?? '', /^Release 1 \(1\.0\) is made anew, without a download: the filters in .*filters are not those that it was filtered with\.$/);
  assert.ok(['testing', 'swapping', 'confirming'].every((stage) => stages.some((s) => s.stage === stage && s.outcome === 'pass')));
  assert.equal([part(await bed.world.settle(), 'rules').action, slots(bed).length], ['current', 1]);
  assert.is(part(await bed.world.run({ force: 'yes' }), 'rules').action, 'current', 'whole by a deep look');
});

test('the explanation says what would be made anew, and that nothing is fetched for it', async () => {
  const bed = await machine('1\n');
  set(bed, '2\n');
  const choice = (await bed.world.explain()).plan.decisions[0]?.choice;
  assert.equal(choice?.kind === 'install' ? [choice.release.sequence, choice.route, choice.why.code] : [], [1, { kind: 'kept', bytes: 0 }, 'reapply']);
});

test('filters that leave no rule are refused with 11 at each run until they are mended, and the rules before go on', async () => {
  const bed = await machine('1\n');
  set(bed, '*\n');
  for (const _ of [1, 2]) {
    const document = await bed.world.run();
    assert.equal([document.code, part(document, 'rules').reason?.code, served(bed), slots(bed).length], [11, 'rules-none', '2 3', 1]);
    assert.equal(bed.world.quarantine(), [], 'the release is not to blame');
  }
  set(bed, '3\n');
  await bed.world.settle();
  assert.is(served(bed), '1 2');
});

test('a line that cannot be read is 21 with its file, and filters that are there for the first time, or no more, count too', async () => {
  const bed = await machine('1\n');
  set(bed, 'no selector\n');
  const document = await bed.world.run();
  assert.equal([document.code, part(document, 'rules').reason?.code, served(bed)], [21, 'filter-line-bad', '2 3']);
  set(bed, '');
  await bed.world.settle();
  assert.is(served(bed), '1 2 3');
  const plain = await machine(undefined);
  const plist = plain.world.registered('rules');
  writeFileSync(join(plain.filters, 'disable.conf'), '2\n', { mode: 0o644 });
  const settings = { ...plist.settings, Filters: plain.filters };
  must(registerComponent(plain.world.ports, plain.world.state, { ...plist, settings }, plist.installed === null ? null : { ...plist.installed, folder: '' }));
  assert.match(part(await plain.world.settle(), 'rules').reason?.text ?? '', /it is not filtered, and there are filters in/);
  assert.is(served(plain), '1 3');
});

test('an engine that dies of what the new filters make is told as that, and the rules before go on', async () => {
  const bed = await machine('1\n', DIES_OF_RULE_1);
  set(bed, '2\n');
  const document = await bed.world.run();
  assert.equal([document.code, part(document, 'rules').reason?.code, served(bed)], [11, 'content-test-killed', '2 3']);
});

test('the process dies at each change of the disk while filters are applied anew: the rules of before or of now, whole, and the next run ends well', async () => {
  let points = 0;
  for (let point = 1; ; point++) {
    const bed = await machine('1\n');
    set(bed, '2\n');
    const died = await bed.world.dies(point);
    assert.ok(['2 3', '1 3'].includes(served(bed)), `after ${point}: ${served(bed)}`);
    const document = await bed.world.run();
    assert.equal([document.code, served(bed), bed.world.journal()], [0, '1 3', []], `after ${point}: ${JSON.stringify(document.errors)}`);
    assert.is(brief(await bed.world.run({ force: 'yes' }), 'rules').split(' ')[0], 'current', `after ${point}`);
    if (slots(bed).length > 1) {
      // it died while it tidied up: the next change does so
      set(bed, '3\n');
      await bed.world.settle();
    }
    assert.is(slots(bed).length, 1, `after ${point}`);
    if (!died) break;
    points += 1;
  }
  console.log(`\nNOTE: died at ${points} points while filters were applied anew, every one recovered`);
  assert.ok(points > 10);
});

test.run();
