// runtimes: node
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { filterFolder, rule, stubEngine, writeConf } from '../plugins/suricata-world.ts';
import { addComponent } from '../../src/publisher/index.ts';
import { registerComponent } from '../../src/registry/index.ts';
import { must } from '../support/outcome.ts';
import { testRepository, type TestRepository } from '../support/repository.ts';
import { brief, EngineWorld, part } from './world.ts';

const MINUTE = 60_000;
const test = suite('filters that change while a release stays');
const TREE = { 'a.rules': rule(1) + rule(2) + rule(3), 'classification.config': 'config classification: x,X,1\n' };
const SAYS = 'echo "Info: detect: 1 rule files processed. 2 rules successfully loaded, 0 rules failed, 0"';

/** An engine that does not survive rule 1. `$5`: what is laid over its configuration for the test. */
const DIES_OF_RULE_1 = `grep -q "^alert.*sid:1;" "$(sed -n 's/^default-rule-path: "\\(.*\\)"$/\\1/p' "$5")/a.rules" && kill -SEGV $$; ${SAYS}`;

let shared: Promise<TestRepository> | undefined;
/** Release 1 of `rules`; no test changes it. */
const repository = (): Promise<TestRepository> =>
  (shared ??= (async () => {
    const made = await testRepository('engine-reapply');
    must(await addComponent(made.ports, { dir: made.dir, id: 'rules', type: 'ips', plugin: 'suricata' }));
    await made.publish('rules', TREE, { version: '1.0', deltas: 0 });
    return made;
  })());

type Bed = { readonly world: EngineWorld; readonly filters: string; readonly install: string };

/** A machine with release 1, filtered by this disable.conf; the cache is empty. */
async function machine(disable: string | undefined, says = SAYS): Promise<Bed> {
  const world = new EngineWorld(await repository());
  const install = join(world.root, 'product', 'rules');
  mkdirSync(join(world.root, 'product'));
  const filters = filterFolder(world.root, disable === undefined ? {} : { 'disable.conf': disable });
  const settings = { ConfigFile: writeConf(world.root, install), CommandSocket: join(world.root, 'no.socket'), EnginePath: stubEngine(world.root, says), ...(disable === undefined ? {} : { Filters: filters }) };
  world.register('rules', { plugIn: 'suricata', type: 'ips', path: install, settings });
  await world.settle();
  rmSync(join(world.state, 'cache'), { recursive: true });
  return { world, filters, install };
}

/** The sids that are on. */
const served = ({ install }: Bed): string =>
  [...readFileSync(join(install, 'a.rules'), 'utf8').matchAll(/^alert .*sid:(\d+);/gm)].map(([, sid]) => sid).join(' ');
const set = ({ filters }: Bed, text: string): void => writeFileSync(join(filters, 'disable.conf'), text);
const packages = (world: EngineWorld): readonly string[] => world.requests.filter((path) => path.startsWith('/packages/'));
const slots = ({ world }: Bed): readonly string[] => readdirSync(join(world.root, 'product', '.glued-rules', '1')).filter((name) => name.startsWith('served.'));

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

test('what changed filters make of a proven release is not on probation; one that is on probation goes on with its own', async () => {
  const bed = await machine('1\n');
  const { until } = part(await bed.world.run(), 'rules').probation ?? {};
  assert.ok(until !== undefined);
  bed.world.ports.at += MINUTE;
  set(bed, '2\n');
  assert.equal([part(await bed.world.run(), 'rules').probation, served(bed)], [{ until }, '1 3']);
  bed.world.ports.at += 10 * MINUTE;
  assert.is(part(await bed.world.run(), 'rules').probation, null);
  set(bed, '3\n');
  assert.equal([part(await bed.world.run(), 'rules').probation, served(bed)], [null, '1 2']);
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
