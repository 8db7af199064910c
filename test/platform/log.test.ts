import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFiles } from '../../src/platform/files.ts';
import { createLog, type LogControl } from '../../src/platform/log.ts';
import { createRandom } from '../../src/platform/random.ts';

const root = mkdtempSync(join(tmpdir(), 'glued-log-'));
const files = createFiles(createRandom());
let logs = 0;

function make(): { readonly control: LogControl; readonly path: string; readonly lines: () => readonly Record<string, unknown>[] } {
  const path = join(root, String(++logs), 'log', 'glued.log');
  const control = createLog({ clock: { now: () => Date.UTC(2026, 10, 25) }, files });
  return {
    control,
    path,
    lines: () =>
      readFileSync(path, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}

test('lines are held until the place is known, then one JSON document each', () => {
  const { control, path, lines } = make();
  control.log.write('info', 'first', { n: 1 });
  control.to(path);
  control.log.write('error', 'second', { text: 'a "b"\nc', flag: true, none: null });
  assert.equal(lines(), [
    { at: '2026-11-25T00:00:00.000Z', level: 'info', event: 'first', n: 1 },
    { at: '2026-11-25T00:00:00.000Z', level: 'error', event: 'second', text: 'a "b"\nc', flag: true, none: null },
  ]);
  assert.is(statSync(path).mode & 0o777, 0o640 & ~process.umask());
});

test('the level binds, also what was held before it was known', () => {
  const { control, path, lines } = make();
  control.log.write('debug', 'early-detail');
  control.log.write('warn', 'early-warning');
  control.level('warn');
  control.to(path);
  control.log.write('info', 'detail');
  control.log.write('error', 'error');
  assert.equal(lines().map((l) => l['event']), ['early-warning', 'error']);
});

test('secrets never appear, nor in the escapes of JSON', () => {
  const { control, path } = make();
  control.to(path);
  control.redact('s3cr"et\\pass');
  control.redact('ab');
  control.log.write('info', 'request', { url: 'http://u:s3cr"et\\pass@h/', plain: 'ab stays' });
  const text = readFileSync(path, 'utf8');
  assert.not.match(text, /s3cr/);
  assert.match(text, /\[redacted\]/);
  assert.match(text, /ab stays/);
});

test('nothing in the log can steer a terminal or pass for a line', () => {
  const { control, path, lines } = make();
  control.to(path);
  const hostile = '\u001b[2J\r\n{"level":"info"}\u0000\u009b31m\u202e\u2028\ufeff\u007f';
  control.log.write('info', 'hostile', { hostile });
  const text = readFileSync(path, 'utf8');
  assert.is(text.split('\n').length, 2);
  assert.not.match(text.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028\u202e\ufeff]/);
  assert.is(lines()[0]?.['hostile'], hostile);
});

test('a value without end is cut', () => {
  const { control, path } = make();
  control.to(path);
  control.log.write('info', 'long', { text: 'x'.repeat(1_000_000) });
  assert.ok(statSync(path).size < 10_000);
});

test('at 4 MiB it turns over, five files are kept, and two writers lose no line', () => {
  const { control, path } = make();
  control.to(path);
  const second = createLog({ clock: { now: () => 0 }, files });
  second.to(path);
  second.log.write('info', 'from-the-other');
  const text = 'x'.repeat(8000);
  for (let i = 0; i < 3000; i++) control.log.write('info', 'fill', { i, text });
  second.log.write('info', 'from-the-other-again');
  const names = readdirSync(join(path, '..')).sort();
  assert.equal(names, ['glued.log', 'glued.log.1', 'glued.log.2', 'glued.log.3', 'glued.log.4']);
  for (const name of names) assert.ok(statSync(join(path, '..', name)).size <= 4 * 1024 * 1024 + 200);
  const all = names.flatMap((name) => readFileSync(join(path, '..', name), 'utf8').split('\n').filter(Boolean));
  const last = all.map((line): unknown => JSON.parse(line)['i']).filter((i) => typeof i === 'number');
  assert.is(Math.max(...last), 2999);
  assert.is(last.length, 3000 - Math.min(...last));
});

test('a log that cannot be written stops nothing', () => {
  const { control } = make();
  control.to('/proc/no/such/glued.log');
  control.log.write('error', 'lost');
  const link = join(root, 'link.log');
  writeFileSync(join(root, 'target'), 'kept');
  symlinkSync('target', link);
  const other = createLog({ clock: { now: () => 0 }, files });
  other.to(link);
  other.log.write('error', 'lost');
  assert.is(readFileSync(join(root, 'target'), 'utf8'), 'kept');
});

test.after(() => rmSync(root, { recursive: true, force: true }));
test('a log that another process rotated, or somebody moved or removed, goes on where the log is now', () => {
  const { control, path, lines } = make();
  control.to(path);
  control.log.write('info', 'first');
  renameSync(path, `${path}.1`);
  control.log.write('info', 'second');
  assert.equal(lines().map((l) => l['event']), ['second']);
  rmSync(path);
  control.log.write('info', 'third');
  assert.equal(lines().map((l) => l['event']), ['third']);
  assert.is(readFileSync(`${path}.1`, 'utf8').split('\n').length, 2);
});

test.run();
