// runtimes: node, deno
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { at, NODE } from '../../build/support/root.ts';
import { repoCheck } from '../../src/cli/repo-check.ts';
import { repoPause, type RepoPauseOptions } from '../../src/cli/repo-pause.ts';
import { repoRevoke, type RepoRevokeOptions } from '../../src/cli/repo-revoke.ts';
import type { Terminal } from '../../src/model/index.ts';
import { testRepository, type TestRepository } from '../support/repository.ts';

const MAIN = at('src', 'main.ts');

async function releases(count: number): Promise<TestRepository> {
  const r = await testRepository('cli-revoke');
  await r.add('demo');
  for (let n = 1; n <= count; n++) await r.publish('demo', { a: `content ${n}` }, { version: `${n}.0`, deltas: 0 });
  return r;
}

type Written = { readonly out: string; readonly err: string };

/** What a command writes; it must end with 0. */
async function written(r: TestRepository, work: (ports: TestRepository['ports']) => Promise<unknown>): Promise<Written> {
  const said = { out: '', err: '' };
  const terminal: Terminal = { ...r.ports.terminal, out: (text) => void (said.out += text), err: (text) => void (said.err += text) };
  assert.equal(await work({ ...r.ports, terminal }), { ok: true, value: 0 });
  return said;
}

const revoked = (r: TestRepository, sequence: number, more: Partial<RepoRevokeOptions> = {}) =>
  written(r, (ports) => repoRevoke(ports, { dir: r.dir, id: 'demo', sequence, reason: 'false alarms', output: 'text', ...more }));
const paused = (r: TestRepository, sequence: number, more: Partial<RepoPauseOptions> = {}) =>
  written(r, (ports) => repoPause(ports, { dir: r.dir, id: 'demo', sequence, to: 'paused', output: 'text', ...more }));
const checked = (r: TestRepository, output: 'text' | 'json') => written(r, (ports) => repoCheck(ports, { dir: r.dir, signal: new AbortController().signal, output }));

test('revoke says what machines will do: the safe release, or the newest, or nothing that is left', async () => {
  const r = await releases(3);
  assert.equal(await revoked(r, 3, { safe: 1 }), {
    out: [
      'Revoked release 3 (3.0) of demo: false alarms',
      'Machines refuse it, and its package under any number, from servers, cache and earlier content.',
      'Machines that run it go to release 1 (1.0) at their next run, past hold, window, rollout and pin.\n',
    ].join('\n'),
    err: '',
  });
  assert.match((await revoked(r, 2)).out, /^Machines that run it go to the newest release that their policy allows \(now 1 \(1\.0\) in the channel stable\), else to earlier content;/m);
  const { out, err } = await revoked(r, 1);
  assert.match(out, /\(the channel stable offers none, so publish one\)/);
  assert.match(err, /^glued: It was the safe release for machines that run release 3, revoked before: name another with glued repo revoke /);
  assert.match((await revoked(r, 1)).out, /^Nothing changed, it was revoked before: release 1 \(1\.0\) of demo: false alarms$/m);
});

test('revoke --json is one document', async () => {
  const r = await releases(2);
  await r.publish('demo', { a: 'content 2' }, { version: '2.0', channel: 'early', deltas: 0 });
  const { out, err } = await revoked(r, 2, { safe: 1, output: 'json' });
  const { sha256, ...document }: { readonly sha256: string } = JSON.parse(out);
  assert.match(sha256, /^[0-9a-f]{64}$/);
  const first = { sequence: 1, version: '1.0', channel: 'stable' };
  assert.equal(document, {
    schema: 'glued.repo-revoke/1', id: 'demo', sequence: 2, version: '2.0', channel: 'stable', reason: 'false alarms', change: 'made',
    safe: first, newest: first, alsoRevoked: [{ sequence: 3, version: '2.0', channel: 'early' }], warnings: [],
  });
  assert.is(err, '');
});

test('pause says who waits and how it goes on; --json is one document', async () => {
  const r = await releases(2);
  assert.match((await paused(r, 2)).out, /^Paused release 2 \(2\.0\) of demo\.\nMachines that do not have it yet take 1 \(1\.0\) where that is newer than what they have; machines that have it keep it\. To go on: glued repo pause DIR demo 2 --resume\n$/);
  assert.match((await paused(r, 2)).out, /^Nothing changed: release 2 \(2\.0\) of demo is paused already\./);
  assert.match((await paused(r, 1)).out, /^Machines that do not have it yet wait; /m);
  assert.match((await paused(r, 1, { to: 'resumed' })).out, /^Resumed release 1 \(1\.0\) of demo: machines take it again, as policy and rollout allow\.\n$/);
  assert.match((await paused(r, 1, { to: 'resumed' })).out, /^Nothing changed: release 1 \(1\.0\) of demo is not paused\.\n$/);
  const { out } = await paused(r, 2, { to: 'resumed', output: 'json' });
  assert.equal(JSON.parse(out), { schema: 'glued.repo-pause/1', id: 'demo', sequence: 2, version: '2.0', channel: 'stable', paused: false, instead: 1, change: 'made', warnings: [] });
});

test('check shows what is revoked and what is paused, and calls neither a problem', async () => {
  const r = await releases(3);
  await revoked(r, 3, { safe: 1 });
  await paused(r, 2);
  const { out, err } = await checked(r, 'text');
  assert.match(out, /^Whole: 1 component, 3 releases, .*\nSigned until: timestamp .*\nRevoked: release 3 \(3\.0\) of demo, safe is 1: false alarms\nPaused: release 2 \(2\.0\) of demo\.\n$/);
  assert.is(err, '');
  const document: { readonly revoked: unknown; readonly paused: unknown } = JSON.parse((await checked(r, 'json')).out);
  assert.equal(document.revoked, [{ id: 'demo', sequence: 3, version: '3.0', reason: 'false alarms', safeSequence: 1 }]);
  assert.equal(document.paused, [{ id: 'demo', sequence: 2, version: '2.0' }]);
});

test('both are read from the command line, and a SEQ that is no number is 64', async () => {
  const r = await releases(2);
  const glued = (...words: readonly string[]): string => execFileSync(NODE, [MAIN, 'repo', ...words], { cwd: r.root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  assert.match(glued('pause', 'content', 'demo', '2'), /^Paused release 2/);
  assert.match(glued('pause', 'content', 'demo', '2', '--resume'), /^Resumed release 2/);
  assert.match(glued('revoke', 'content', 'demo', '2', '--reason', 'it flags libc', '--safe', '1', '--keys', 'keys'), /^Revoked release 2 \(2\.0\) of demo: it flags libc$/m);
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['revoke', 'content', 'demo', '1.0', '--reason', 'x'], /SEQ takes a whole number, not '1\.0'/],
    [['revoke', 'content', 'demo', '1'], /--reason TEXT is needed/],
    [['revoke', 'content', 'demo', '1', '--reason', 'x', '--safe', 'one'], /--safe takes a whole number, not 'one'/],
    [['pause', 'content', 'demo'], /needs SEQ/],
    [['pause', 'content', 'demo', '7'], /demo has no release 7; it has: 2, 1\./],
  ];
  for (const [words, text] of wrong) {
    const end = spawnSync(NODE, [MAIN, 'repo', ...words], { cwd: r.root, encoding: 'utf8' });
    assert.is(end.status, 64, words.join(' '));
    assert.match(end.stderr, text);
  }
});

test.run();
