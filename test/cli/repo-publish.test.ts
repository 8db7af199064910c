// runtimes: node, deno
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { at, NODE } from '../../build/support/root.ts';
import { repoPublish } from '../../src/cli/repo-publish.ts';
import { canMakeDeltas } from '../../src/formats/zstd-make.ts';
import type { Terminal } from '../../src/model/index.ts';
import { checkRepository, layout } from '../../src/publisher/index.ts';
import { must, testRepository, type TestRepository, writeTree } from '../support/repository.ts';
import { saySkipped } from '../support/skip.ts';

const MAIN = at('src', 'main.ts');

/** Text that zstd alone cannot make small; its first line is the version. */
function noise(version: number, lines: number): string {
  return `${version}\n${Array.from({ length: lines }, (_, i) => createHash('sha512').update(`${i}`).digest('base64')).join('\n')}`;
}

async function published(r: TestRepository, version: number, output: 'text' | 'json', lines = 500): Promise<{ readonly out: string; readonly err: string }> {
  const written = { out: '', err: '' };
  const terminal: Terminal = { ...r.ports.terminal, out: (text) => void (written.out += text), err: (text) => void (written.err += text) };
  const path = writeTree(join(r.root, `in-${version}`), { 'a.db': noise(version, lines) });
  assert.is(must(await repoPublish({ ...r.ports, terminal }, { dir: r.dir, id: 'demo', path, version: `${version}`, output })), 0);
  return written;
}

test('publish lists each delta with its release, bytes and percent, and why another was not made', async () => {
  const r = await testRepository('cli-publish');
  await r.add('demo');
  await published(r, 1, 'text');
  await r.publish('demo', { 'a.db': Array.from({ length: 500 }, (_, i) => createHash('sha512').update(`other ${i}`).digest('base64')).join('\n') });
  const { out, err } = await published(r, 3, 'text');
  if (canMakeDeltas()) {
    assert.match(out, /^Delta from release 1 \(zstd\): \d{2,3} bytes, 0\.\d % of the package\.$/m);
    assert.match(out, /^No delta from release 2: it would save less than 20 % of the package\.$/m);
    assert.is(err, '');
  } else assert.match(err, /^NOTE: No deltas were made: this runtime's zstd ignores dictionaries/);
  const { out: json, err: quiet } = await published(r, 4, 'json');
  const document: { deltas: { fromSequence: number; algorithm: string; size: number; percent: number }[]; deltasSkipped: { fromSequence: number; reason: string }[]; notes: string[] } = JSON.parse(json);
  if (!canMakeDeltas()) {
    assert.equal([document.deltas, document.deltasSkipped, document.notes.length], [[], [], 1]);
    assert.match(quiet, /^NOTE: /);
    return;
  }
  assert.equal(document.deltas.map((d) => [d.fromSequence, d.algorithm, d.percent < 1]), [[3, 'zstd', true], [1, 'zstd', true]]);
  assert.equal(document.deltasSkipped, [{ fromSequence: 2, reason: 'it would save less than 20 % of the package' }]);
  assert.equal([document.notes, quiet], [[], '']);
});

test('--deltas and --vendor-delta are read from the command line, the file against the current folder', async () => {
  const r = await testRepository('cli-publish');
  await r.add('demo');
  await r.publish('demo', { a: noise(1, 50) });
  const cwd = writeTree(join(r.root, 'here'), { 'next/a': noise(2, 50), 'vendor/daily-2.cdiff': 'ClamAV-Diff' });
  const line = ['repo', 'publish', r.dir, 'demo', 'next', '--version', '2', '--deltas', '0', '--vendor-delta', '1:vendor/daily-2.cdiff', '--json'];
  const document: { deltas: { fromSequence: number; algorithm: string }[] } = JSON.parse(execFileSync(NODE, [MAIN, ...line], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  assert.equal(document.deltas.map((d) => [d.fromSequence, d.algorithm]), [[1, 'cdiff']]);
});

const temporaries = (r: TestRepository): string[] => readdirSync(layout.packages(r.dir)).filter((n) => n.startsWith('.package.'));

/** Polls until it is so; after half a minute the test fails. */
async function until(isSo: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 30_000; !isSo(); ) {
    if (Date.now() > end) throw new Error(`${what} never came`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('SIGINT while a delta is made ends with 130 and publishes nothing; the next publish sweeps', async () => {
  if (!canMakeDeltas()) return saySkipped('this runtime makes no deltas');
  const r = await testRepository('cli-publish');
  await r.add('demo');
  for (const version of [1, 2]) await published(r, version, 'text', 80_000);
  const before = readdirSync(layout.catalogs(r.dir));
  const path = writeTree(join(r.root, 'next'), { 'a.db': noise(3, 80_000) });
  const child: ChildProcess = spawn(NODE, [MAIN, 'repo', 'publish', r.dir, 'demo', path, '--version', '3'], { stdio: 'ignore', timeout: 60_000 });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const first = (): string | undefined => temporaries(r)[0];
  await until(() => first() !== undefined, 'the package');
  const ofPackage = first();
  await until(() => first() !== undefined && first() !== ofPackage, 'the delta');
  child.kill('SIGINT');
  assert.is(await ended, 130);
  assert.is(temporaries(r).length, 1, 'it was in the middle of one');
  assert.equal(readdirSync(layout.catalogs(r.dir)), before);
  assert.equal(must(await checkRepository(r.ports, { dir: r.dir })).problems, []);
  await r.publish('demo', { a: noise(4, 50) });
  assert.equal(temporaries(r), []);
});

test.run();
