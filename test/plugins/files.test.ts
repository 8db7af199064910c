import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Component, type Content, type Failure, failureCode, failureText, type Job, type Outcome, type PlugIn } from '../../src/model/index.ts';
import { adopt } from '../../src/plugins/adopt.ts';
import { builtIn, componentAt, dyingFiles, installedAs, isThere, jobOf, Killed, newFolder, readView, realPorts, releaseOf, type Tree, valueOf, VERIFY, viewOf, whyOf, writeContent } from './world.ts';

const plugIn: PlugIn = builtIn('files')(realPorts);

type World = { readonly root: string; readonly component: Component; readonly content: (sequence: number, tree: Tree, shape?: 'file' | 'tree') => Content };
function world(settings: Record<string, string> = {}): World {
  const root = newFolder();
  return { root, component: componentAt('files', join(root, 'rules'), settings), content: (sequence, tree, shape = 'tree') => writeContent(join(root, '.glued-demo'), sequence, shape, tree) };
}
const script = (root: string, body: string): string => {
  const path = join(root, 'judge.sh');
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
};
async function judged(body: string, verify: Partial<Job['verify']> = {}, more: Partial<Job> = {}): Promise<Outcome<unknown, Failure>> {
  const { root, component, content } = world();
  const settings = { TestCommand: JSON.stringify([script(root, body), '{path}']) };
  return plugIn.test(jobOf({ ...component, settings }, content(1, { 'a.rules': 'alert' }), null, root, { verify: { ...VERIFY, ...verify }, ...more }));
}

test('a tree is a relative link beside its versions, so that the folder above can be moved', async () => {
  const { root, component, content } = world();
  const job = jobOf(component, content(7, { a: 'a' }), null, root);
  valueOf(await plugIn.swap(job));
  assert.is(readlinkSync(component.installPath), '.glued-demo/7/content');
});

test('a release that is a file follows one that was a tree, and the other way, and both can be restored', async () => {
  for (const [one, other] of [['tree', 'file'], ['file', 'tree']] as const) {
    const { root, component, content } = world();
    const first = content(1, { a: 'first' }, one);
    valueOf(await plugIn.swap(jobOf(component, first, null, root)));
    const job = jobOf(installedAs(component, first), content(2, { a: 'second' }, other), first, root);
    for (const _ of [1, 2]) valueOf(await plugIn.swap(job));
    valueOf(await plugIn.confirm(job));
    assert.equal(readView(component.installPath), viewOf({ [other === 'tree' ? 'a' : '.']: 'second' }));
    valueOf(await plugIn.restore(job));
    assert.equal(readView(component.installPath), viewOf({ [one === 'tree' ? 'a' : '.']: 'first' }));
  }
});

test('what we did not put at the install path is foreign, refused before the download and at the swap, and stays', async () => {
  const cases: readonly (readonly [string, (path: string) => void])[] = [
    ['a folder', (path) => mkdirSync(path)],
    ['a link to /etc', (path) => symlinkSync('/etc', path)],
    ['a link to ../.glued-demo/1/content', (path) => symlinkSync('../.glued-demo/1/content', path)],
    ['a link to .glued-other/1/content', (path) => symlinkSync('.glued-other/1/content', path)],
  ];
  for (const [found, make] of cases) {
    const { root, component, content } = world();
    make(component.installPath);
    const before = lstatSync(component.installPath).ino;
    const next = content(1, { a: 'a' });
    const inventory = valueOf(await plugIn.inventory(component, 'quick', new AbortController().signal));
    assert.is(inventory.state, 'foreign', found);
    for (const outcome of [await plugIn.check(component, releaseOf(component, next)), await plugIn.swap(jobOf(component, next, null, root))]) {
      assert.is(whyOf(outcome), 'install-path-foreign', found);
      if (outcome.ok) continue;
      assert.is(failureCode(outcome.failure), 'install');
      assert.ok(failureText(outcome.failure).includes(found), failureText(outcome.failure));
    }
    assert.is(lstatSync(component.installPath).ino, before);
  }
});

test('a folder that took the place of our link is foreign, also where a release is installed', async () => {
  const { root, component, content } = world();
  const first = content(1, { a: 'first' });
  valueOf(await plugIn.swap(jobOf(component, first, null, root)));
  rmSync(component.installPath);
  mkdirSync(component.installPath);
  const installed = installedAs(component, first);
  assert.is(valueOf(await plugIn.inventory(installed, 'quick', new AbortController().signal)).state, 'foreign');
  assert.is(whyOf(await plugIn.swap(jobOf(installed, content(2, { a: 'second' }), first, root))), 'install-path-foreign');
});

test('a file that took the place of the link to our tree is foreign and stays', async () => {
  const { root, component, content } = world();
  const first = content(1, { a: 'first' });
  valueOf(await plugIn.swap(jobOf(component, first, null, root)));
  rmSync(component.installPath);
  writeFileSync(component.installPath, 'precious');
  const installed = installedAs(component, first);
  assert.is(valueOf(await plugIn.inventory(installed, 'quick', new AbortController().signal)).state, 'foreign');
  assert.is(whyOf(await plugIn.swap(jobOf(installed, content(2, { a: 'second' }), first, root))), 'install-path-foreign');
  assert.is(readFileSync(component.installPath, 'utf8'), 'precious');
});

test('a file that was there before the first release gives way to it, also where it has the same bytes, and comes back', async () => {
  for (const mine of ['mine', 'the same']) {
    const { root, component, content } = world();
    writeFileSync(component.installPath, mine);
    const inventory = valueOf(await plugIn.inventory(component, 'quick', new AbortController().signal));
    assert.is(inventory.state, 'absent');
    assert.match(inventory.detail ?? '', /first release takes its place/);
    const job = jobOf(component, content(1, { x: 'the same' }, 'file'), null, root);
    valueOf(await plugIn.check(component, releaseOf(component, job.next)));
    const inode = lstatSync(component.installPath).ino;
    valueOf(await plugIn.restore(job));
    assert.is(lstatSync(component.installPath).ino, inode, 'nothing was placed, so nothing is undone');
    valueOf(await plugIn.swap(job));
    assert.is(readFileSync(component.installPath, 'utf8'), 'the same');
    for (const _ of [1, 2]) valueOf(await plugIn.restore(job));
    assert.equal([readFileSync(component.installPath, 'utf8'), lstatSync(component.installPath).ino], [mine, inode]);
    valueOf(await plugIn.finish(job));
    assert.not.ok(isThere(join(root, '.glued-demo')));
  }
});

test('quick sees a wrong size, deep a wrong byte, and both name the file', async () => {
  const { root, component, content } = world();
  const first = content(1, { 'sub/a': 'first' });
  valueOf(await plugIn.swap(jobOf(component, first, null, root)));
  const installed = installedAs(component, first);
  const look = async (depth: 'quick' | 'deep') => valueOf(await plugIn.inventory(installed, depth, new AbortController().signal));
  writeFileSync(join(component.installPath, 'sub/a'), 'fir5t');
  assert.is((await look('quick')).state, 'whole');
  const deep = await look('deep');
  assert.is(deep.state, 'damaged');
  assert.match(deep.detail ?? '', 'sub/a');
  writeFileSync(join(component.installPath, 'sub/a'), 'longer than before');
  assert.match((await look('quick')).detail ?? '', /sub\/a is 18 bytes long and not 5/);
  rmSync(join(component.installPath, 'sub/a'));
  assert.match((await look('quick')).detail ?? '', /sub\/a is missing/);
});

test('where the old content is not whole and cannot be kept, a failed swap puts it back as it was', async () => {
  const { root, component, content } = world();
  const first = content(1, { a: 'first' }, 'file');
  valueOf(await plugIn.swap(jobOf(component, first, null, root)));
  rmSync(component.installPath);
  writeFileSync(component.installPath, 'edited by hand');
  rmSync(first.folder, { recursive: true });
  const job = jobOf(installedAs(component, first), content(2, { a: 'second' }, 'file'), null, root);
  valueOf(await plugIn.swap(job));
  assert.is(readFileSync(component.installPath, 'utf8'), 'second');
  for (const _ of [1, 2]) valueOf(await plugIn.restore(job));
  assert.is(readFileSync(component.installPath, 'utf8'), 'edited by hand');
});

test('a previous content that is gone is a failed restore with 13, which says what is missing', async () => {
  const { root, component, content } = world();
  const first = content(1, { a: 'first' });
  const job = jobOf(installedAs(component, first), content(2, { a: 'second' }), first, root);
  rmSync(join(first.folder, 'content/a'));
  const restored = await plugIn.restore(job);
  assert.is(whyOf(restored), 'restore-incomplete');
  assert.ok(!restored.ok && failureCode(restored.failure) === 'rollback-failed' && failureText(restored.failure).includes('content/a is missing'));
});

test('content that shrank beyond the limit of policy is refused with 11, and one that did not is not', async () => {
  const { root, component, content } = world();
  const first = content(1, { a: 'x'.repeat(1000) });
  const installed = installedAs(component, first);
  // each in a folder of its own, as releases have: a manifest is known by its file's time and size
  for (const [i, [bytes, why]] of ([[0, 'shrunk'], [499, 'shrunk'], [500, 'ok'], [5000, 'ok']] as const).entries()) {
    assert.is(whyOf(await plugIn.test(jobOf(installed, content(i + 2, { a: 'y'.repeat(bytes) }), first, root))), why, `${bytes} bytes`);
  }
  const older = jobOf(installedAs(component, { ...first, sequence: 9 }), content(8, { a: '' }), { ...first, sequence: 9 }, root);
  assert.is(whyOf(await plugIn.test(older)), 'ok', 'a downgrade is asked for');
});

test('unpacked content without its manifest is refused with 11, and one without a file is not confirmed: 12', async () => {
  const { root, component, content } = world();
  const job = jobOf(component, content(1, { a: 'a', b: 'b' }), null, root);
  rmSync(join(job.next.folder, 'content/b'));
  valueOf(await plugIn.swap(job));
  const confirmed = await plugIn.confirm(job);
  assert.ok(!confirmed.ok && failureText(confirmed.failure).includes('content/b is missing'));
  valueOf(await plugIn.restore(job));
  rmSync(join(job.next.folder, 'manifest.json'));
  const outcome = await plugIn.test(job);
  assert.is(whyOf(outcome), 'content-damaged');
  assert.ok(!outcome.ok && failureCode(outcome.failure) === 'content-test');
});

test('the content test is given the content, an environment of its own and its scratch folder, and passes with 0', async () => {
  const { root, component, content } = world();
  const judge = script(root, `cat "$1/a.rules" > seen; env | sort | cut -d= -f1 | grep -v -E '^(_|PWD|SHLVL|OLDPWD)$' >> seen; pwd >> seen`);
  const job = jobOf({ ...component, settings: { TestCommand: JSON.stringify([judge, '{path}']) } }, content(1, { 'a.rules': 'alert\n' }), null, root);
  valueOf(await plugIn.test(job));
  assert.equal(readFileSync(join(job.scratch, 'seen'), 'utf8').trim().split('\n'), ['alert', 'HOME', 'LANG', 'PATH', 'TMPDIR', job.scratch]);
});

test('a content test that fails, is killed, hangs or eats memory is 11, with its last words', async () => {
  const cases: readonly (readonly [string, string, Partial<Job['verify']>, RegExp])[] = [
    ['echo no such field >&2; exit 3', 'content-test-failed', {}, /exit status 3/],
    ['echo last words >&2; kill -SEGV $$', 'content-test-killed', {}, /killed by SIGSEGV/],
    ['echo waiting >&2; sleep 60', 'content-test-timeout', { timeoutSeconds: 1 }, /within 1 seconds/],
    ['trap "" TERM; sleep 60 & sleep 60', 'content-test-timeout', { timeoutSeconds: 1 }, /within 1 seconds/],
  ];
  for (const [body, why, verify, text] of cases) {
    const outcome = await judged(body, verify);
    assert.is(whyOf(outcome), why, body);
    if (outcome.ok) continue;
    assert.is(failureCode(outcome.failure), 'content-test');
    assert.match(failureText(outcome.failure), text);
    if (body.includes('echo')) assert.match(outcome.failure.detail ?? '', /no such field|last words|waiting/);
  }
});

test('a content test that eats memory is stopped with 11', async () => {
  const eater = `exec awk 'BEGIN { s = "xxxxxxxxxxxxxxxx"; while (length(s) < 80000000) s = s s; while (1) n++ }'`;
  const outcome = await judged(eater, { maxMemoryBytes: 64 * 1024 * 1024 });
  assert.is(whyOf(outcome), 'content-test-memory');
  assert.ok(!outcome.ok && failureCode(outcome.failure) === 'content-test');
});

test('of a flood on stderr the last 8 KiB are kept', async () => {
  const outcome = await judged('yes 0123456789 | head -c 1000000 >&2; echo THE END >&2; exit 1');
  assert.ok(!outcome.ok);
  assert.ok((outcome.failure.detail ?? '').length <= 8192, String(outcome.failure.detail?.length));
  assert.match(outcome.failure.detail ?? '', /THE END$/);
});

test('a run that is stopped while content is tested says so, and blames nobody', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort('SIGINT'), 200);
  const outcome = await judged('sleep 60', {}, { signal: stop.signal });
  assert.is(whyOf(outcome), 'interrupted');
  assert.ok(!outcome.ok && failureText(outcome.failure).includes('SIGINT'));
});

test('a content test that cannot be run has judged nothing: 2, told before the download where it can be', async () => {
  const { root, component, content } = world();
  const next = content(1, { a: 'a' });
  const cases: readonly (readonly [string, 'check' | 'test'])[] = [['relative/judge', 'check'], ['["judge"]', 'check'], ['[1]', 'check'], ['[', 'check'], ['[]', 'check'], ['/nowhere/judge', 'test'], [join(root, 'plain'), 'test']];
  writeFileSync(join(root, 'plain'), 'no program');
  for (const [TestCommand, call] of cases) {
    const set = { ...component, settings: { TestCommand } };
    const outcome = call === 'check' ? await plugIn.check(set, releaseOf(set, next)) : await plugIn.test(jobOf(set, next, null, root));
    assert.is(whyOf(outcome), 'test-program-not-run', TestCommand);
    assert.ok(!outcome.ok && failureCode(outcome.failure) === 'plugin-load');
  }
});

test('what the file system refuses names the path: 12 where it is denied, 24 where the disk is full, 13 in a restore', async () => {
  const { root, component, content } = world();
  const first = content(1, { a: 'first' });
  valueOf(await plugIn.swap(jobOf(component, first, null, root)));
  const job = jobOf(installedAs(component, first), content(2, { a: 'second' }), first, root);
  for (const [kind, swapping] of [['denied', 'install'], ['full', 'disk-space'], ['io', 'install']] as const) {
    const refusing = builtIn('files')({ ...realPorts, files: { ...realPorts.files, rename: (_, path) => ({ ok: false, failure: { kind, op: 'rename', path, detail: 'E' } }) } });
    for (const [outcome, code] of [[await refusing.swap(job), swapping], [await refusing.restore({ ...job, next: first, previous: job.next }), 'rollback-failed']] as const) {
      assert.ok(!outcome.ok && failureCode(outcome.failure) === code, `${kind}: ${whyOf(outcome)}`);
      assert.ok(!outcome.ok && failureText(outcome.failure).includes(component.installPath));
    }
  }
  assert.equal(readView(root.concat('/rules')), viewOf({ a: 'first' }));
});

test('adopting moves a folder with all that is in it into release 0, and a link takes its place', async () => {
  const { root, component, content } = world();
  const tree: Tree = { 'a.rules': 'mine', 'deep/er/b': 'also mine', 'tool.sh': '#!/bin/sh' };
  writeTree(component.installPath, tree);
  symlinkSync('a.rules', join(component.installPath, 'current'));
  chmodSync(join(component.installPath, 'tool.sh'), 0o755);
  const adopted = valueOf(adopt(realPorts, component));
  assert.ok(adopted);
  assert.is(adopted.sequence, 0);
  assert.is(readlinkSync(component.installPath), '.glued-demo/0/content');
  assert.equal(readView(component.installPath), viewOf({ ...tree, current: 'mine' }));
  const installed = installedAs(component, adopted);
  assert.is(valueOf(await plugIn.inventory(installed, 'deep', new AbortController().signal)).state, 'whole');
  const job = jobOf(installed, content(1, { a: 'new' }), adopted, root);
  valueOf(await plugIn.swap(job));
  valueOf(await plugIn.restore(job));
  assert.equal(readView(component.installPath), viewOf({ ...tree, current: 'mine' }));
  assert.is(valueOf(adopt(realPorts, component)), null, 'a second time there is nothing to take over');
});

test('adopting a file keeps it where it is, and it can be restored after a release took its place', async () => {
  const { root, component, content } = world();
  writeFileSync(component.installPath, 'mine');
  const adopted = valueOf(adopt(realPorts, component));
  assert.ok(adopted);
  const job = jobOf(installedAs(component, adopted), content(1, { x: 'new' }, 'file'), adopted, root);
  valueOf(await plugIn.swap(job));
  assert.is(readFileSync(component.installPath, 'utf8'), 'new');
  valueOf(await plugIn.restore(job));
  assert.is(readFileSync(component.installPath, 'utf8'), 'mine');
});

test('what cannot be a release is not adopted, and stays as it is', () => {
  const { component } = world();
  mkdirSync(component.installPath);
  symlinkSync('/etc/passwd', join(component.installPath, 'out'));
  const outcome = adopt(realPorts, component);
  assert.is(whyOf(outcome), 'adopt-failed');
  assert.ok(lstatSync(component.installPath).isDirectory());
  rmSync(component.installPath, { recursive: true });
  symlinkSync('/etc', component.installPath);
  assert.is(whyOf(adopt(realPorts, component)), 'install-path-foreign');
  rmSync(component.installPath);
  assert.is(valueOf(adopt(realPorts, component)), null);
});

test('adopting that is killed at any operation is finished by giving it again, and nothing is lost', () => {
  for (let n = 0; ; n++) {
    const { component } = world();
    const tree: Tree = { a: 'mine', 'sub/b': 'mine too' };
    writeTree(component.installPath, tree);
    let reached = 0;
    const files = dyingFiles(realPorts.files, n, 'die', (count) => (reached = count));
    try {
      valueOf(adopt({ files }, component));
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
    const adopted = valueOf(adopt(realPorts, component));
    assert.equal(readView(component.installPath), viewOf(tree), `killed at ${n}`);
    assert.ok(adopted !== null || isThere(component.installPath));
    assert.ok(lstatSync(component.installPath).isSymbolicLink());
    assert.ok(existsSync(join(component.installPath, 'a')));
    if (reached <= n) break;
    assert.ok(n < 50);
  }
});

function writeTree(root: string, tree: Tree): void {
  for (const [path, body] of Object.entries(tree)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), body);
  }
}

test.run();
