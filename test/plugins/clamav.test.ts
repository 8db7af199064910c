import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { asComponentId, type Content, type Failure, failureCode, failureText, type Job, type Outcome, type PlugIn } from '../../src/model/index.ts';
import { skip } from '../support/skip.ts';
import { asCld, clamWorld, clamscanSays, type ClamWorld, fixture, flipped, lacking, SAYS_OK, stub } from './clamav-world.ts';
import { builtIn, dyingFiles, installedAs, jobOf, Killed, readView, realPorts, releaseOf, type Tree, valueOf, VERIFY, viewOf, whyOf } from './world.ts';

const plugIn = builtIn('clamav')(realPorts);
const never = new AbortController().signal;

const when = (lack: string | undefined, name: string, run: () => Promise<void>): void => {
  if (lack === undefined) test(name, run);
  else skip(test, name, lack);
};
const rules = (text: string): string => `Glued.${text}:0:*:${Buffer.from(`glued-${text}`).toString('hex')}\n`;
const refusal = (outcome: Outcome<unknown, Failure>): string => (outcome.ok ? 'ok' : `${failureCode(outcome.failure)} ${outcome.failure.why}`);
const judge = (world: ClamWorld, next: Content, more: Partial<Job> = {}): ReturnType<PlugIn['test']> => plugIn.test(jobOf(world.component, next, null, world.root, more));

when(lacking('data', 'clamscan'), 'every signed fixture passes, and the installed clamscan agrees', async () => {
  for (const name of ['test-1.cvd', 'test-2.cvd', 'test-3.cvd', 'test-4.cvd', 'test-5.cvd', 'test-6.cvd', 'bytecode.cvd']) {
    const world = clamWorld();
    const next = world.content(1, { 'test.cvd': fixture(name), 'local.ndb': rules('Local') });
    assert.is(refusal(await judge(world, next)), 'ok', name);
    assert.is(clamscanSays(join(next.folder, 'content'), new URL(import.meta.url).pathname), 0, name);
  }
});

when(lacking('data', 'clamscan'), 'a .cld, and plain signature files, pass', async () => {
  const world = clamWorld();
  assert.is(refusal(await judge(world, world.content(1, { 'test.cld': asCld(fixture('test-6.cvd')), 'more.ndb': rules('More') }))), 'ok');
});

when(lacking('data'), 'a forged container is refused with 11 by our own check, whatever the engine would say', async () => {
  const good = fixture('test-6.cvd');
  const yes = SAYS_OK;
  const forgeries: readonly (readonly [string, Tree])[] = [
    ['a byte of the body', { 'test.cvd': flipped(good, 2000) }],
    ['a byte of the header', { 'test.cvd': flipped(good, 30) }],
    ['cut', { 'test.cvd': good.subarray(0, -50) }],
    ['longer', { 'test.cvd': Buffer.concat([good, Buffer.from('x')]) }],
    ['empty', { 'test.cvd': '' }],
    ['a page of a captive portal', { 'daily.cvd': '<html>Log in</html>' }],
    ['a member of a .cld', { 'test.cld': flipped(asCld(good), asCld(good).indexOf('test.ndb\0') + 512) }],
    ['one bad among good ones', { 'bytecode.cvd': fixture('bytecode.cvd'), 'test.cvd': flipped(good, 5000) }],
  ];
  for (const [name, tree] of forgeries) {
    const world = clamWorld();
    const component = { ...world.component, settings: { ...world.component.settings, EnginePath: stub(world.root, yes) } };
    const outcome = await judge({ ...world, component }, world.content(1, tree));
    assert.is(refusal(outcome), 'content-test cvd-bad', name);
    assert.ok(!outcome.ok && /\.c[vl]d is no good ClamAV database, it/.test(failureText(outcome.failure)));
  }
});

when(lacking('clamscan'), 'what the real clamscan cannot load is refused with 11 and its own words', async () => {
  const world = clamWorld();
  const outcome = await judge(world, world.content(1, { 'broken.ldb': 'no;signature\n' }));
  assert.is(refusal(outcome), 'content-test content-test-failed');
  assert.ok(!outcome.ok && /broken\.ldb/.test(outcome.failure.detail ?? ''), outcome.ok ? '' : outcome.failure.detail);
});

when(lacking('clamscan'), 'samples that policy names must be detected, clean files must not be, by the real clamscan', async () => {
  const world = clamWorld();
  const next = world.content(1, { 'a.ndb': rules('Sample') });
  const bad = join(world.root, 'bad file: with spaces');
  const clean = join(world.root, 'clean');
  writeFileSync(bad, 'it holds glued-Sample, and more of it');
  writeFileSync(clean, 'it holds nothing of the kind');
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['ok', [bad], [clean]],
    ['content-test must-detect-missed', [bad, clean], []],
    ['content-test false-positive', [], [clean, bad]],
    ['ok', [], [clean, join(world.root, 'not on this machine'), world.root]],
    ['policy-invalid sample-absent', [join(world.root, 'not on this machine')], []],
    ['policy-invalid sample-absent', ['relative'], []],
  ];
  for (const [expected, mustDetect, mustNotDetect] of cases) {
    assert.is(refusal(await judge(world, next, { verify: { ...VERIFY, mustDetect, mustNotDetect } })), expected, JSON.stringify([mustDetect, mustNotDetect]));
  }
});

when(lacking('clamscan'), 'a database that calls a harmless file infected is refused', async () => {
  const world = clamWorld();
  const outcome = await judge(world, world.content(1, { 'a.ndb': `Glued.Everything:0:*:${Buffer.from('harmful').toString('hex')}\n` }));
  assert.is(refusal(outcome), 'content-test false-positive');
  assert.ok(!outcome.ok && failureText(outcome.failure).includes('Glued.Everything'));
});

test('an engine that fails, crashes, hangs, finds what nobody asked for or loads nothing refuses with 11', async () => {
  const cases: readonly (readonly [string, string, Partial<Job['verify']>])[] = [
    ['echo "LibClamAV Error: out of memory" >&2; exit 2', 'content-test content-test-starved', {}],
    ['kill -SEGV $$', 'content-test content-test-killed', {}],
    ['kill -KILL $$', 'content-test content-test-killed', {}],
    ['sleep 60', 'content-test content-test-timeout', { timeoutSeconds: 1 }],
    ['exit 1', 'content-test content-test-failed', {}],
    ['exit 137', 'content-test content-test-failed', {}],
    ['exit 0', 'content-test not-exercised', {}],
    [SAYS_OK, 'ok', {}],
  ];
  for (const [body, expected, verify] of cases) {
    const world = clamWorld();
    const component = { ...world.component, settings: { ...world.component.settings, EnginePath: stub(world.root, body) } };
    assert.is(refusal(await judge({ ...world, component }, world.content(1, { 'a.ndb': rules('A') }), { verify: { ...VERIFY, ...verify } })), expected, body);
  }
});

when(lacking('data'), 'signatures that the engine did not load are no update: 11', async () => {
  const world = clamWorld();
  const component = { ...world.component, settings: { ...world.component.settings, EnginePath: stub(world.root, `${SAYS_OK}\necho "Known viruses: 0"`) } };
  assert.is(refusal(await judge({ ...world, component }, world.content(1, { 'test.cvd': fixture('test-6.cvd') }))), 'content-test nothing-loaded');
  assert.is(refusal(await judge({ ...world, component }, world.content(2, { 'test.cvd': fixture('test-1.cvd') }))), 'ok', 'test-1 says that it holds none');
});

when(lacking('data'), 'fewer signatures than policy allows are a shrink, told in signatures', async () => {
  const world = clamWorld();
  const first = world.content(1, { 'test.cvd': fixture('test-6.cvd') });
  const component = { ...installedAs(world.component, first), settings: { ...world.component.settings, EnginePath: stub(world.root, SAYS_OK) } };
  const with3 = world.content(2, { 'test.cvd': fixture('test-3.cvd') });
  assert.is(refusal(await plugIn.test(jobOf(component, with3, first, world.root))), 'ok', '14 to 11 is within 50 %');
  const outcome = await plugIn.test(jobOf(component, with3, first, world.root, { verify: { ...VERIFY, maxShrinkPercent: 10 } }));
  assert.ok(!outcome.ok && failureText(outcome.failure).includes('21.4 % smaller than what is installed: 11 signatures after 14'), refusal(outcome));
  assert.is(refusal(await plugIn.test(jobOf(component, world.content(3, { 'test.cvd': fixture('test-1.cvd') }), first, world.root))), 'content-test shrunk');
});

test('a layout that ClamAV cannot read is refused', async () => {
  const world = clamWorld();
  for (const tree of [{ 'sub/a.ndb': rules('A') }, { '.hidden.ndb': rules('A') }, { 'README.txt': 'x' }, { ndb: 'x' }, { 'a.ndb': rules('A'), 'b.ndb.sign': 'x' }]) {
    assert.is(refusal(await judge(world, world.content(1, tree))), 'content-test content-layout', JSON.stringify(tree));
  }
  const strange = await judge(world, world.content(1, { 'a.ndb': rules('A'), 'rules.txt': 'x' }));
  assert.match(strange.ok ? '' : failureText(strange.failure), /ClamAV would pass over rules\.txt: it loads cvd, cld, cud, db, hdb.*yara, and a \.sign beside one of them/);
});

test('without any engine the content passes, and the run says that nothing exercised it', async () => {
  const world = clamWorld();
  const bare = builtIn('clamav')({ ...realPorts, proc: { ...realPorts.proc, find: () => undefined } });
  const passed = valueOf(await bare.test(jobOf(world.component, world.content(1, { 'a.ndb': rules('A'), 'a.ndb.sign': 'x' }), null, world.root)));
  assert.match(passed?.notes.join('\n') ?? '', /a\.ndb\.sign of release 1\.0 was not checked: the component has no SignRoot/);
  assert.match(passed?.notes.join('\n') ?? '', /release 1\.0 was not exercised: no clamscan is installed/);
  assert.is(valueOf(await bare.inventory(world.component, 'quick', never)).engineVersion, null);
});

test('before a byte is fetched: a named engine that is not there is 2, an unfit id or path is 12', async () => {
  const { component, content, root } = clamWorld();
  const release = releaseOf(component, content(1, { 'a.ndb': rules('A') }));
  const id = asComponentId('my.cvd');
  assert.ok(id);
  assert.is(refusal(await plugIn.check(component, release)), 'ok');
  assert.is(refusal(await plugIn.check({ ...component, settings: { EnginePath: '/nowhere/clamscan' } }, release)), 'plugin-load test-program-not-run');
  assert.is(refusal(await plugIn.check({ ...component, id }, release)), 'install install-path-unfit');
  writeFileSync(join(root, 'file'), '');
  assert.is(refusal(await plugIn.check({ ...component, installPath: join(root, 'file') }, release)), 'install install-path-unfit');
  symlinkSync('db', join(root, 'linked'));
  assert.is(refusal(await plugIn.check({ ...component, installPath: join(root, 'linked') }, release)), 'ok', 'an administrator may have moved it');
  rmSync(join(component.installPath, '.glued-demo'), { recursive: true });
  symlinkSync('/tmp', join(component.installPath, '.glued-demo'));
  assert.is(refusal(await plugIn.check(component, release)), 'install install-path-foreign');
});

when(lacking('clamscan'), 'the installed scanner is asked for its version, once a run', async () => {
  const { component } = clamWorld();
  let runs = 0;
  const counted = builtIn('clamav')({ ...realPorts, proc: { ...realPorts.proc, run: (request) => (runs++, realPorts.proc.run(request)) } });
  for (const _ of [1, 2, 3]) {
    const inventory = valueOf(await counted.inventory(component, 'quick', never));
    assert.match(inventory.engineVersion ?? '', /^\d+\.\d+\.\d+/);
    assert.is(inventory.loaded, null);
  }
  assert.is(runs, 1);
});

test('the kept copies share their bytes with the installed files', async () => {
  const { root, component, content } = clamWorld();
  const next = content(1, { 'a.ndb': rules('A') });
  valueOf(await plugIn.swap(jobOf(component, next, null, root)));
  assert.is(realPorts.files.stat(join(component.installPath, 'a.ndb')).ok, true);
  const kept = valueOfStat(join(next.folder, 'content/a.ndb'));
  assert.equal([kept.inode, kept.links], [valueOfStat(join(component.installPath, 'a.ndb')).inode, 2]);
});
const valueOfStat = (path: string): { readonly inode: number; readonly links: number } => {
  const seen = realPorts.files.stat(path);
  if (!seen.ok) throw new Error(seen.failure.detail);
  return seen.value;
};

/** freshclam was here before us: a local form of one database, another that nobody replaces, and the very same bytes under our name. */
const FRESHCLAM: Tree = { 'daily.cld': 'freshclam daily', 'main.cvd': 'freshclam main', 'same.ndb': rules('Same') };
const OURS: Tree = { 'daily.cvd': 'our daily', 'same.ndb': rules('Same') };

function besideFreshclam(): { readonly world: ClamWorld; readonly job: Job } {
  const world = clamWorld();
  for (const [name, body] of Object.entries(FRESHCLAM)) writeFileSync(join(world.component.installPath, name), body);
  return { world, job: jobOf(world.component, world.content(1, OURS), null, world.root) };
}

test("freshclam's form of our database is set aside by the first install, and comes back if that is undone", async () => {
  const { world, job } = besideFreshclam();
  valueOf(await plugIn.swap(job));
  valueOf(await plugIn.confirm(job));
  assert.equal(readView(world.component.installPath), viewOf({ ...OURS, 'main.cvd': 'freshclam main' }));
  for (const _ of [1, 2]) {
    valueOf(await plugIn.restore(job));
    assert.equal(readView(world.component.installPath), viewOf(FRESHCLAM));
  }
  valueOf(await plugIn.finish(job));
  assert.equal(readdirSync(world.component.installPath).filter((name) => name.startsWith('.')), []);
  assert.equal(readView(world.component.installPath), viewOf(FRESHCLAM));
});

test("a first install beside freshclam's files that is killed at any operation is undone whole", async () => {
  for (let n = 0; ; n++) {
    const { world, job } = besideFreshclam();
    let reached = 0;
    const dying = builtIn('clamav')({ ...realPorts, files: dyingFiles(realPorts.files, n, 'die', (count) => (reached = count)) });
    await dying.swap(job).catch((error: unknown) => {
      if (!(error instanceof Killed)) throw error;
    });
    valueOf(await plugIn.restore(job));
    assert.equal(readView(world.component.installPath), viewOf(FRESHCLAM), `killed at ${n}`);
    valueOf(await plugIn.finish(job));
    assert.equal(readView(world.component.installPath), viewOf(FRESHCLAM), `killed at ${n}, after finish`);
    if (reached <= n) break;
  }
});

test('what was set aside goes when a second release is proven', async () => {
  const { world, job } = besideFreshclam();
  valueOf(await plugIn.swap(job));
  const first = installedAs(world.component, job.next);
  valueOf(await plugIn.finish({ ...job, component: first }));
  const versions = join(world.component.installPath, '.glued-demo');
  assert.equal(readdirSync(versions).sort(), ['1', 'aside-1']);
  const second = { ...job, component: first, next: world.content(2, OURS), previous: job.next };
  valueOf(await plugIn.swap(second));
  valueOf(await plugIn.finish({ ...second, component: installedAs(first, second.next, job.next) }));
  assert.equal(readdirSync(versions).sort(), ['1', '2']);
});

test('freshclam that writes beside us later is noticed, and the next release wins', async () => {
  const { root, component, content } = clamWorld();
  const first = content(1, { 'daily.cvd': 'our daily' });
  valueOf(await plugIn.swap(jobOf(component, first, null, root)));
  const installed = installedAs(component, first);
  assert.is(valueOf(await plugIn.inventory(installed, 'quick', never)).state, 'whole');
  writeFileSync(join(component.installPath, 'daily.cld'), 'freshclam again');
  const inventory = valueOf(await plugIn.inventory(installed, 'quick', never));
  assert.is(inventory.state, 'damaged');
  assert.match(inventory.detail ?? '', /daily\.cld .*freshclam/);
  const job = jobOf(installed, content(2, { 'daily.cvd': 'newer' }), first, root);
  valueOf(await plugIn.swap(job));
  assert.equal(readView(component.installPath), viewOf({ 'daily.cvd': 'newer' }));
  valueOf(await plugIn.restore(job));
  assert.is(readFileSync(join(component.installPath, 'daily.cvd'), 'utf8'), 'our daily');
  writeFileSync(join(component.installPath, 'daily.cvd'), 'fresh dai');
  assert.is(valueOf(await plugIn.inventory(installed, 'quick', never)).state, 'damaged', 'same size, another file');
});

test('an engine folder that is not there yet is made by what is unpacked into it', async () => {
  const { root, component, content } = clamWorld();
  rmSync(component.installPath, { recursive: true });
  assert.is(valueOf(await plugIn.inventory(component, 'quick', never)).state, 'absent');
  const next = content(1, { 'a.ndb': rules('A') });
  assert.is(refusal(await plugIn.check(component, releaseOf(component, next))), 'ok');
  valueOf(await plugIn.swap(jobOf(component, next, null, root)));
  assert.ok(existsSync(join(component.installPath, 'a.ndb')));
  mkdirSync(join(root, 'other'));
  assert.is(whyOf(await plugIn.swap(jobOf(component, { ...next, folder: join(root, 'other') }, null, root))), 'confirm-not-whole');
});

test.run();
