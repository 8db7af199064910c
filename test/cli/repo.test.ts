import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repoAdd } from '../../src/cli/repo-add.ts';
import { repoCheck } from '../../src/cli/repo-check.ts';
import { repoInit } from '../../src/cli/repo-init.ts';
import { repoPublish } from '../../src/cli/repo-publish.ts';
import { repoRefresh } from '../../src/cli/repo-refresh.ts';
import { repoServe } from '../../src/cli/repo-serve.ts';
import type { Terminal } from '../../src/model/index.ts';
import { createListener } from '../../src/platform/listen.ts';
import { layout } from '../../src/publisher/index.ts';
import { must, publisherPorts, temporaryFolder, writeTree } from '../support/repository.ts';

/** The real ports with a terminal that keeps what was written. */
function world() {
  const ports = publisherPorts();
  const written = { out: '', err: '' };
  const terminal: Terminal = {
    outClosed: () => false,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    stdinIsTerminal: false,
    columns: 80,
    colour: 'off',
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    ask: async () => undefined,
  };
  const take = (): { out: string; err: string } => {
    const now = { ...written };
    written.out = written.err = '';
    return now;
  };
  return { ports: { ...ports, terminal, listener: createListener() }, take };
}

test('init, add, publish, refresh and check each print one document with --json, and a way on without', async () => {
  const root = temporaryFolder('cli');
  for (const output of ['json', 'text'] as const) {
    const { ports, take } = world();
    const dir = join(root, output);
    const path = writeTree(join(root, `in-${output}`), { a: 'x' });
    const signal = new AbortController().signal;
    const steps = [
      ['glued.repo-init/1', () => repoInit(ports, { dir, keys: join(root, `keys-${output}`), output }), /trust\.rootFile/],
      ['glued.repo-add/1', () => repoAdd(ports, { dir, id: 'demo', type: 'av', plugin: 'files', output }), /Next: glued repo publish/],
      ['glued.repo-publish/1', () => repoPublish(ports, { dir, id: 'demo', path, version: '1.0', output }), /Published demo 1\.0 as release 1/],
      ['glued.repo-refresh/1', () => repoRefresh(ports, { dir, output }), /timestamp 4/],
      ['glued.repo-check/1', () => repoCheck(ports, { dir, signal, output }), /^Whole: 1 component, 1 release, 1 package .*\nSigned until: timestamp 2026-12-02, snapshot 2026-12-25, root 2027-11-25, targets 2027-11-25, demo 2027-11-25\.\n/],
    ] as const;
    for (const [schema, step, text] of steps) {
      assert.is(must(await step()), 0);
      const { out, err } = take();
      assert.is(err, '');
      if (output === 'json') assert.is(JSON.parse(out).schema, schema);
      else assert.match(out, text);
    }
  }
});

test('check tells every problem on stderr with its remedy, and ends with the first one’s code', async () => {
  const { ports, take } = world();
  const root = temporaryFolder('cli');
  const dir = join(root, 'r');
  const signal = new AbortController().signal;
  must(await repoInit(ports, { dir, keys: join(root, 'k'), output: 'text' }));
  must(await repoAdd(ports, { dir, id: 'demo', type: 'av', plugin: 'files', output: 'text' }));
  for (const n of ['1', '2']) must(await repoPublish(ports, { dir, id: 'demo', path: writeTree(join(root, n), { a: n }), version: n, deltas: 0, output: 'text' }));
  for (const folder of readdirSync(layout.packages(dir))) for (const name of readdirSync(join(layout.packages(dir), folder))) writeFileSync(join(layout.packages(dir), folder, name), 'junk');
  take();
  assert.is(must(await repoCheck(ports, { dir, signal, output: 'json' })), 9);
  const { out, err } = take();
  assert.is(JSON.parse(out).problems.length, 2);
  assert.is(err.trim().split('\n').length, 2);
  assert.match(err, /^problem: .*packages\/.* \(release 2 of demo\): it is 4 bytes.* Put it back/);
  rmSync(layout.timestamp(dir));
  assert.is(must(await repoCheck(ports, { dir, signal, output: 'text' })), 8);
});

test('a failure is handed back, not printed: the command line tells it in one way', async () => {
  const { ports, take } = world();
  const done = await repoPublish(ports, { dir: '/nowhere', id: 'demo', path: '/nowhere', version: '1', output: 'json' });
  assert.is(done.ok, false);
  assert.equal(take(), { out: '', err: '' });
});

test('serve says where, serves until it is told to end, and that is 0', async () => {
  const { ports, take } = world();
  const root = temporaryFolder('cli');
  must(await repoInit(ports, { dir: join(root, 'r'), keys: join(root, 'k'), output: 'text' }));
  take();
  const stop = new AbortController();
  const serving = repoServe(ports, { dir: join(root, 'r'), port: 0, signal: stop.signal });
  let url: string | undefined;
  while (url === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    url = /at (http:\S+)/.exec(take().out)?.[1];
  }
  const response = await fetch(`${url}root.json`);
  assert.is(JSON.parse(await response.text()).signed._type, 'root');
  stop.abort();
  assert.is(must(await serving), 0);
});

test.run();
