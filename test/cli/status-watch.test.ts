import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { watchStatus } from '../../src/cli/status-watch.ts';
import type { StatusDocument, Terminal } from '../../src/model/index.ts';
import { createOs } from '../../src/platform/os.ts';
import { FULL_STATUS, result, run } from '../report/documents.ts';
import { MemoryFiles } from '../support/memory-files.ts';
import { keptTerminal } from './kept-terminal.ts';

const PATH = '/var/lib/glued/status.json';
const START = Date.parse('2026-11-25T08:00:00Z');
const well = (finishedAt: string): StatusDocument => ({
  ...FULL_STATUS,
  health: 'ok',
  restarts: [],
  next: { at: null, reason: null },
  last: run({ finishedAt, components: [result('demo', { freshness: { contentDate: '2026-11-25T08:00:00.000Z', ageHours: 0, maxAgeHours: 1, stale: false } })] }),
});

/** A watch of `seconds`, with what happens at which second; every sleep is a second that passes at once. */
async function watched(seconds: number, happens: Readonly<Record<number, (files: MemoryFiles) => void>>, format: 'text' | 'json', more: Partial<Terminal> = {}) {
  const files = new MemoryFiles().put('/var/lib/glued/state.db', '');
  const terminal = keptTerminal(more);
  const ending = new AbortController();
  let second = 0;
  happens[0]?.(files);
  const clock = {
    now: () => START + second * 1000,
    monotonic: () => second * 1000,
    sleep: async (ms: number) => {
      assert.is(ms, 1000);
      second += 1;
      happens[second]?.(files);
      if (second >= seconds) ending.abort();
    },
  };
  const os = { ...createOs(), bootId: () => 'b' };
  const exit = await watchStatus({ files, terminal, clock, os }, { stateDir: '/var/lib/glued', format, signal: ending.signal });
  return { exit, stdout: terminal.stdout(), reads: files.opened.length };
}

/** As a run does it: another file in the place of the old one. */
const written = (status: StatusDocument) => (files: MemoryFiles): void => {
  const done = files.replace(PATH, new TextEncoder().encode(JSON.stringify(status)), 0o644);
  assert.ok(done.ok);
};

test('where stdout is no terminal a line is written at the start and for each change, and a signal ends it with 0', async () => {
  const { exit, stdout } = await watched(20, { 3: written(well('2026-11-25T08:00:00Z')), 7: written(FULL_STATUS) }, 'text');
  assert.is(exit, 0);
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.map((line) => line.slice(0, 35)), ['2026-11-25 08:00:00 UTC: Not known:', '2026-11-25 08:00:03 UTC: All well: ', '2026-11-25 08:00:07 UTC: Not well: ']);
});

test('content that grows stale without a run is a change too', async () => {
  const { stdout } = await watched(3700, { 0: written(well('2026-11-25T08:00:00Z')) }, 'text');
  const lines = stdout.trimEnd().split('\n');
  assert.is(lines.length, 2);
  assert.match(lines[1] ?? '', /^2026-11-25 09:00:30 UTC: Not well: demo is 1 hour old; see glued explain demo\.$/);
});

test('with --json each change is a whole document on a line', async () => {
  const { stdout } = await watched(4000, { 0: written(well('2026-11-25T08:00:00Z')), 5: written(FULL_STATUS) }, 'json');
  const documents = stdout.trimEnd().split('\n').map((line): StatusDocument => JSON.parse(line));
  assert.equal(documents.map((d) => [d.schema, d.health]), [['glued.status/1', 'ok'], ['glued.status/1', 'degraded']]);
});

test('a terminal is drawn anew in place for a change, and every half minute as time goes on', async () => {
  const { stdout } = await watched(95, { 0: written(well('2026-11-25T08:00:00Z')), 10: written(FULL_STATUS) }, 'text', { stdoutIsTerminal: true });
  const screens = stdout.split('\u001b[H\u001b[J').slice(1);
  assert.is(screens.length, 4, 'at 0, 10, 40 and 70 seconds');
  assert.match(screens[0] ?? '', /^All well: .*\n(.*\n)+COMPONENT/);
  assert.match(screens[1] ?? '', /^Not well: /);
  assert.not.match(stdout.replaceAll('\u001b[H\u001b[J', ''), /\u001b/);
});

test('a second in which nothing happens reads no file', async () => {
  const { reads } = await watched(29, { 0: written(FULL_STATUS) }, 'text', { stdoutIsTerminal: true });
  assert.is(reads, 1, 'the one at the start');
});

test('whoever stops reading ends it', async () => {
  let left = 2;
  const { exit } = await watched(1_000_000, { 3: written(FULL_STATUS) }, 'text', { outClosed: () => left-- === 0 });
  assert.is(exit, 0);
});

test.run();
