import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { status, type StatusFlags } from '../../src/cli/status.ts';
import { CONSOLES, type Ports, type ResultError, type StatusDocument } from '../../src/model/index.ts';
import { ERROR, FULL_STATUS, HOSTILE, result, run } from '../report/documents.ts';
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
  power: () => 'unknown',
  networkCost: () => 'unknown',
  pid: 1,
  uid: 1000,
  cwd: '/',
  env: {},
  hasNetwork: () => false,
  self: '/usr/bin/glued',
  program: () => ['/usr/bin/glued'],
};

/** The status of a run in which one component was current and fresh. */
const WELL: StatusDocument = {
  ...FULL_STATUS,
  health: 'ok',
  components: FULL_STATUS.components.filter((c) => c.id === 'demo'),
  restarts: [],
  next: { at: '2026-11-25T14:20:00.000Z', reason: null },
  last: run({ server: { url: 'https://content.test/', tried: [] }, components: [result('demo', { freshness: { contentDate: '2026-11-25T08:00:00.000Z', ageHours: 0, maxAgeHours: 48, stale: false } })] }),
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

test('the first line says whether all is well, then come the components', () => {
  const { exit, stdout } = shown(written(), 'text');
  assert.is(exit, 0);
  assert.match(stdout, /^Not well: No server \(code 4\); 2 more in trouble\.\n/);
  assert.match(shown(written(JSON.stringify(WELL)), 'text').stdout, /^All well: 1 component current, checked 60 minutes ago, next run 14:20 UTC\.\n/);
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
  const text = shown(new MemoryFiles(), 'text');
  assert.equal([text.exit, text.stderr], [0, '']);
  assert.match(text.stdout, /^Not known: No run was made yet\.\nLooked in \/var\/lib\/glued; --state DIR names another folder\.\n$/, 'a mistyped folder shows');
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
  assert.match(stdout, /^Not known: .*status\.json: permission denied/);
});

test('nothing in the file steers the terminal', () => {
  const hostile = JSON.stringify({ ...FULL_STATUS, summary: HOSTILE, health: HOSTILE });
  for (const content of [hostile, JSON.stringify({ ...FULL_STATUS, summary: HOSTILE })]) {
    for (const format of ['text', 'json', { field: 'summary' }, ...CONSOLES.map((console) => ({ console }))] as const) {
      const { stdout, stderr } = shown(written(content), format);
      assert.not.match((stdout + stderr).replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u200b\u202e\u2066]/);
    }
  }
});

/** [console, status.json, what is printed, the exit code] */
const CONSOLE_CASES: readonly (readonly [(typeof CONSOLES)[number], MemoryFiles, RegExp, number])[] = [
  ['jamf', written(JSON.stringify(WELL)), /^<result>OK: All well: [^<>]*<\/result>\n$/, 0],
  ['jamf', written(), /^<result>WARNING: Not well: /, 0],
  ['intune', written(JSON.stringify(WELL)), /^All well: .*\n$/, 0],
  ['intune', written(), /^Not well: .*\n$/, 1],
  ['intune', new MemoryFiles(), /^Not known: No run was made yet/, 1],
  ['nagios', written(JSON.stringify(WELL)), /^GLUED OK - All well: .* \| 'demo age'=3600s;172800\n$/, 0],
  ['nagios', written(), /^GLUED WARNING - Not well: /, 1],
  ['nagios', written(JSON.stringify({ ...FULL_STATUS, health: 'failed' })), /^GLUED CRITICAL - /, 2],
  ['nagios', new MemoryFiles(), /^GLUED UNKNOWN - /, 3],
  ['nagios', written('{}'), /^GLUED UNKNOWN - .*status\.json is damaged/, 3],
  ['prometheus', written(JSON.stringify(WELL)), /^# HELP glued_healthy .*\n# TYPE glued_healthy gauge\nglued_healthy 1\n/, 0],
  ['prometheus', written(), /\nglued_last_run_code 16\n/, 0],
  ['prometheus', written(), /\nglued_registration_set_aside\{component="bad"\} 1\n/, 0],
  ['prometheus', new MemoryFiles(), /^# HELP glued_healthy .*\n# TYPE glued_healthy gauge\nglued_healthy 0\n$/, 0],
];

for (const [console, files, expected, code] of CONSOLE_CASES) {
  test(`--format ${console} prints ${expected.source} and ends with ${code}`, () => {
    const { exit, stdout } = shown(files, { console });
    assert.match(stdout, expected);
    assert.is(exit, code);
  });
}

test('for Prometheus a component failed where a run took its content back, not where somebody asked for that', () => {
  const back = { ...FULL_STATUS, last: run({ components: [result('demo', { action: 'rolled-back', reason: { code: 'probation-engine-died', text: '' } })] }) };
  const failed = (errors: readonly ResultError[]): string => shown(written(JSON.stringify({ ...back, last: { ...back.last, errors } })), { console: 'prometheus' }).stdout;
  assert.match(failed([{ ...ERROR, component: 'demo' }]), 'glued_component_failed{component="demo",type="av"} 1\n');
  assert.match(failed([]), 'glued_component_failed{component="demo",type="av"} 0\n');
});

test('every line for Prometheus is a comment or a sample, and none is there twice', () => {
  const { stdout } = shown(written(JSON.stringify({ ...FULL_STATUS, last: { ...FULL_STATUS.last, components: [result('a"\\b')] } })), { console: 'prometheus' });
  const lines = stdout.trimEnd().split('\n');
  for (const line of lines) assert.match(line, /^# (HELP|TYPE) glued_\w+ |^glued_\w+(\{(\w+="([^"\\\n]|\\["\\n])*",?)+\})? -?\d+(\.\d+)?(e\+\d+)?$/);
  assert.is(new Set(lines).size, lines.length);
});

test('only status.json is opened', () => {
  const files = written();
  shown(files, 'json');
  assert.equal(files.opened, [PATH]);
});

test.run();
