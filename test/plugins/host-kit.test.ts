import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import type { PlugInReport } from '../../src/model/index.ts';
import { CHECK_IDS, checkPlugIn } from '../../src/plugins/host/check/kit.ts';
import { newFolder, realPorts, valueOf } from './world.ts';

const test = suite('glued plugin check: its checks');
const SOURCE = readFileSync(at('test/plugins/misbehaving/plugin.py'), 'utf8');
const BUILT_IN = new Set(['files', 'clamav']);

async function check(path: string, only?: string): Promise<PlugInReport> {
  const dir = newFolder();
  try {
    return valueOf(await checkPlugIn(realPorts, path, dir, { builtIn: BUILT_IN, ...(only === undefined ? {} : { callMs: 4000, isWanted: (id) => id === only }) }));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function inMode(mode: string): string {
  const path = join(newFolder(), 'plugin');
  assert.match(SOURCE, /^MODE = "good"$/m);
  writeFileSync(path, SOURCE.replace(/^MODE = "good"$/m, `MODE = ${JSON.stringify(mode)}`));
  chmodSync(path, 0o755);
  return path;
}

const failedOf = (report: PlugInReport): readonly string[] => report.checks.filter((c) => c.verdict === 'fail').map((c) => c.id);

/** How it misbehaves, the check that must find it, and what that must say. */
const MISBEHAVING: readonly (readonly [mode: string, check: string, says: RegExp])[] = [
  ['a banner', 'silent-start', /it said, unasked: "own plug-in 1\.0 ready"/],
  ['ends at once', 'silent-start', /exit status 3 before it was asked anything/],
  ['never answers', 'hello', /did not answer hello within 4 seconds/],
  ['old protocol', 'hello', /wrong at protocol: found number 0; allowed: a whole number from 1 to 1/],
  ['hello without settings', 'hello', /wrong at settings: found nothing/],
  ['no restore', 'hello', /swap "own" it needs the method restore/],
  ['the wrong id', 'hello', /an answer with the id 2 where 1 was asked/],
  ['bad UTF-8', 'hello', /no JSON message: .*bytes that are not UTF-8/],
  ['a flood', 'hello', /more than 1000 messages that nobody asked for/],
  ['an endless line', 'hello', /a line of more than 1048576 bytes/],
  ['eats memory', 'hello', /more memory than it may|exit status|did not answer/],
  ['a built-in id', 'own-id', /its id is files/],
  ['answers twice', 'hello-again', /an answer with the id 1 where 2 was asked/],
  ['another hello each time', 'hello-again', /something else/],
  ['ends after each answer', 'hello-again', /exit status 0 before it answered hello/],
  ['reads the environment', 'environment', /something else/],
  ['answers what is no request', 'unknown-notification', /it answered: /],
  ['has every method', 'unknown-method', /answered with a result/],
  ['dies of bad JSON', 'not-json', /exit status 1 before it answered/],
  ['accepts anything', 'bad-params', /answered with a result/],
  ['a number for a text', 'inventory', /wrong at loaded: found number 5/],
  ['never licensed', 'before-download', /license: .*not licensed/],
  ['refuses good content', 'test-good', /I like nothing/],
  ['debugging on stdout', 'test-good', /no JSON message: "testing /],
  ['dies of content', 'test-good', /killed by SIGSEGV before it answered test/],
  ['hangs in test', 'test-good', /did not answer test within 4 seconds/],
  ['accepts bad content', 'test-bad', /the bad sample passed the test/],
  ['the wrong code', 'test-bad', /error code 12, which test may not give/],
  ['changes the content', 'test-changes-nothing', /changed the content/],
  ['installs in test', 'test-changes-nothing', /changed the install path/],
  ['swaps once', 'install', /swap again: .*swapped already/],
  ['half a swap', 'install', /what was published is not what is installed.*nothing/],
  ['restores nothing', 'undo-first', /it is not as it was/],
  ['forgets the release before', 'undo-update', /not the release before/],
  ['believes its mark', 'killed-swap', /after a swap that was killed after \d+ ms/],
  ['noise on stderr', 'stderr', /300000 bytes for one test/],
  ['hangs in alive', 'alive', /did not answer alive within 2\.3 seconds/],
  ['a flood in alive', 'alive', /more than 1000 messages that nobody asked for/],
  ['a life of its own', 'alive', /wrong at kind: found text "undead"; allowed: none, up, silent, stopped, dead/],
  ['dies when asked of life', 'alive', /killed by SIGKILL before it answered alive/],
  ['refuses to tell', 'alive', /error 12: I would rather not/],
  ['another engine each time', 'alive', /each would count as a restart/],
  ['ignores bye', 'bye', /still ran 2 seconds after bye/],
  ['ignores the end', 'end-of-input', /ended by SIGKILL/],
  ['leaves somebody behind', 'leaves-nobody', /still had its standard output open/],
];

test('a plug-in that swaps well by itself passes every check', async () => {
  const report = await check(inMode('good'));
  assert.equal(report.checks.filter((c) => c.verdict !== 'pass').map((c) => [c.id, c.found]), []);
  assert.equal(report.checks.map((c) => c.id), CHECK_IDS);
  assert.match(report.checks.find((c) => c.id === 'killed-swap')?.found ?? '', /kills/);
});

for (const [example, skipped] of [['yara-rules.sh', ['killed-swap']], ['geo-database.py', ['killed-swap', 'alive']]] as const) {
  test(`the example ${example} passes, and is shorter than 120 lines`, async () => {
    assert.ok(readFileSync(at('examples', example), 'utf8').trimEnd().split('\n').length < 120);
    const report = await check(at('examples', example));
    assert.equal(failedOf(report), []);
    assert.equal(report.checks.filter((c) => c.verdict === 'skipped').map((c) => c.id), skipped);
  });
}

/** They mostly wait for their limits, so that some may do so side by side. */
const SIDE_BY_SIDE = 4;
let started: readonly Promise<PlugInReport>[] = [];
test.before(() => {
  const ends: Promise<unknown>[] = [];
  started = MISBEHAVING.map(([mode, id], i) => {
    const report = Promise.resolve(ends[i - SIDE_BY_SIDE]).then(() => check(inMode(mode), id));
    // the one that waits for its turn is not what tells of the failure
    ends.push(report.catch(() => undefined));
    return report;
  });
});

for (const [i, [mode, id, says]] of MISBEHAVING.entries()) {
  test(`a plug-in with the fault "${mode}" fails at ${id}, with the reason and what to do`, async () => {
    const report = await (started[i] ?? check(inMode(mode), id));
    const found = report.checks.find((c) => c.id === id);
    assert.is(found?.verdict, 'fail', JSON.stringify(report.checks.filter((c) => c.verdict === 'fail'), null, 1));
    assert.match(found?.found ?? '', says);
    assert.ok((found?.fix ?? '').length > 20);
    if (id !== 'hello') assert.not.ok(failedOf(report).includes('hello') && mode !== 'a banner' && mode !== 'ends at once', 'hello went well');
  });
}

test('every check but those that only a good hello can pass is failed by some plug-in of the table', () => {
  assert.equal(CHECK_IDS.filter((id) => !MISBEHAVING.some(([, check]) => check === id)), []);
});

test('what is no program is told as that, and nothing is checked', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'plain'), 'text', { mode: 0o644 });
  for (const [name, says] of [['absent', /not there/], ['folder', /no regular file/], ['plain', /not executable: chmod \+x/]] as const) {
    const made = await checkPlugIn(realPorts, join(folder, name), newFolder(), { builtIn: BUILT_IN });
    assert.ok(!made.ok && made.failure.why === 'plugin-not-started');
    assert.match(String(made.failure.data['problem']), says);
  }
});

test.run();
