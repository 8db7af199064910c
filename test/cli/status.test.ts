import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { status, type StatusFlags } from '../../src/cli/status.ts';
import type { Ports } from '../../src/model/index.ts';
import { FULL_STATUS, HOSTILE } from '../report/documents.ts';
import { MemoryFiles } from '../support/memory-files.ts';
import { keptTerminal } from './kept-terminal.ts';

const PATH = '/var/lib/glued/status.json';
const CLOCK: Ports['clock'] = { now: () => Date.parse('2026-11-25T09:00:00Z'), monotonic: () => 0, sleep: () => Promise.resolve() };
const OS: Ports['os'] = {
  platform: 'linux',
  arch: 'x64',
  runtime: 'test',
  hostName: () => 'web-1',
  machineId: () => undefined,
  bootId: () => undefined,
  upMs: () => undefined,
  timeZone: () => 'UTC',
  pid: 1,
  uid: 1000,
  cwd: '/',
  env: {},
  hasNetwork: () => false,
  self: '/usr/bin/glued',
  program: () => ['/usr/bin/glued'],
};

function shown(files: MemoryFiles, format: StatusFlags['format']) {
  const terminal = keptTerminal();
  const exit = status({ files, terminal, clock: CLOCK, os: OS }, { stateDir: '/var/lib/glued', format });
  return { exit, stdout: terminal.stdout(), stderr: terminal.stderr() };
}

const written = (content = JSON.stringify(FULL_STATUS)): MemoryFiles => new MemoryFiles({ uid: 1000 }).put(PATH, content);

test('--json prints the document as it was written', () => {
  const { exit, stdout, stderr } = shown(written(), 'json');
  assert.is(exit, 0);
  assert.equal(JSON.parse(stdout), JSON.parse(JSON.stringify(FULL_STATUS)));
  assert.is(stderr, '');
});

test('--json keeps what a newer agent wrote', () => {
  const { stdout } = shown(written(JSON.stringify({ ...FULL_STATUS, daemon: { pid: 7 } })), 'json');
  assert.equal(JSON.parse(stdout).daemon, { pid: 7 });
});

test('the text names health and components', () => {
  const { exit, stdout } = shown(written(), 'text');
  assert.is(exit, 0);
  assert.match(stdout, /^Health: degraded\n/);
  assert.match(stdout, /clamav\.main/);
});

test('--field prints one value', () => {
  assert.equal(shown(written(), { field: 'last.components.clamav.main.after.version' }), { exit: 0, stdout: '1.10\n', stderr: '' });
});

test('a field that is not there is 64, with nothing on stdout', () => {
  const { exit, stdout, stderr } = shown(written(), { field: 'last.nothing' });
  assert.equal([exit, stdout], [64, '']);
  assert.match(stderr, /no field last\.nothing/);
});

test('where no run was made yet: degraded, last null, exit 0, and no word on stderr', () => {
  const { exit, stdout, stderr } = shown(new MemoryFiles(), 'json');
  assert.equal([exit, stderr], [0, '']);
  const document = JSON.parse(stdout);
  assert.equal([document.schema, document.health, document.last, document.writtenAt], ['glued.status/1', 'degraded', null, '2026-11-25T09:00:00.000Z']);
});

const DAMAGED = [
  ['cut short', JSON.stringify(FULL_STATUS).slice(0, 500)],
  ['empty', ''],
  ['no status at all', '{"schema":"glued.run/1"}'],
  ['with a wrong value', JSON.stringify({ ...FULL_STATUS, health: 'fine' })],
  ['no text', '\u0000\u0000\u0000'],
] as const;

for (const [what, content] of DAMAGED) {
  test(`a status.json that is ${what} is said to be damaged, and the answer is a status all the same`, () => {
    const { exit, stdout, stderr } = shown(written(content), 'json');
    assert.is(exit, 0);
    const document = JSON.parse(stdout);
    assert.equal([document.health, document.last], ['degraded', null]);
    assert.match(document.summary, /status\.json is damaged/);
    assert.match(stderr, /^glued: \/var\/lib\/glued\/status\.json is damaged, the next run writes it anew/);
  });
}

test('a status.json that may not be read is named', () => {
  const files = written();
  files.fault = (op) => (op === 'read' ? 'denied' : undefined);
  const { exit, stderr, stdout } = shown(files, 'text');
  assert.is(exit, 0);
  assert.match(stderr, /status\.json: permission denied/);
  assert.match(stdout, /^Health: degraded\n/);
});

test('nothing in the file steers the terminal', () => {
  const hostile = JSON.stringify({ ...FULL_STATUS, summary: HOSTILE, health: HOSTILE });
  for (const content of [hostile, JSON.stringify({ ...FULL_STATUS, summary: HOSTILE })]) {
    for (const format of ['text', 'json', { field: 'summary' }] as const) {
      const { stdout, stderr } = shown(written(content), format);
      assert.not.match((stdout + stderr).replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u200b\u202e\u2066]/);
    }
  }
});

test('only status.json is opened', () => {
  const files = written();
  shown(files, 'json');
  assert.equal(files.opened, [PATH]);
});

test.run();
