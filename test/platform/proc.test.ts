import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChildEnd, ChildRequest } from '../../src/model/index.ts';
import { createProc } from '../../src/platform/proc.ts';

const proc = createProc();
const dir = mkdtempSync(join(tmpdir(), 'glued-proc-'));
const MIB = 1024 * 1024;

async function run(argv: ChildRequest['argv'], limits: Partial<ChildRequest> = {}): Promise<ChildEnd> {
  const ended = await proc.run({
    argv,
    env: {},
    timeoutMs: 20_000,
    maxMemoryBytes: 512 * MIB,
    keepBytes: 4096,
    signal: new AbortController().signal,
    ...limits,
  });
  if (!ended.ok) throw new Error(ended.failure.detail);
  return ended.value;
}

/** a process that is a zombie is dead: whoever adopted it has not looked yet */
async function isGone(pid: number): Promise<boolean> {
  for (let i = 0; i < 40; i++) {
    const stat = await run(['sh', '-c', `cut -d' ' -f3 /proc/${pid}/stat 2>/dev/null || echo gone`]);
    if (/^(Z|X|gone)/.test(stat.stdout)) return true;
  }
  return false;
}

test('a child ends with its own exit code, and both outputs are kept', async () => {
  const end = await run(['sh', '-c', 'echo out; echo err >&2; exit 3']);
  assert.is(end.kind, 'exit');
  assert.is(end.exit, 3);
  assert.is(end.stdout, 'out\n');
  assert.is(end.stderr, 'err\n');
});

test('the child has the environment that it was given and nothing else', async () => {
  process.env['GLUED_TEST_SECRET'] = 'secret';
  const end = await run(['env'], { env: { ONLY: 'this' } });
  const names = end.stdout.split('\n').filter(Boolean).map((line) => line.split('=')[0]);
  assert.ok(names.includes('ONLY'));
  assert.equal(names.filter((n) => !['ONLY', 'PWD', 'SHLVL', '_', 'OLDPWD'].includes(n ?? '')), []);
});

test('arguments are handed over as they are, never read by a shell', async () => {
  const odd = ['$(touch pwned)', '; rm x', '"', "'", '*', '-n', 'é\n'];
  const end = await run(['printf', '%s|', ...odd], { cwd: dir });
  assert.is(end.stdout, odd.map((o) => `${o}|`).join(''));
});

test('a child that hangs is killed at its time limit, with its group', async () => {
  const end = await run(['sh', '-c', 'trap "" TERM INT HUP; sleep 300 & echo $!; wait'], { timeoutMs: 400 });
  assert.is(end.kind, 'timeout');
  assert.ok(end.ms < 5000, `${end.ms} ms`);
  assert.ok(await isGone(Number(end.stdout)));
});

test('a grandchild that keeps the output open holds nobody up, and dies', async () => {
  const end = await run(['sh', '-c', 'sleep 300 & echo $!; exit 0']);
  assert.is(end.kind, 'exit');
  assert.is(end.exit, 0);
  assert.ok(end.ms < 3000, `${end.ms} ms`);
  assert.ok(await isGone(Number(end.stdout)));
});

test('a grandchild that left the group for a session of its own dies too', async () => {
  const end = await run(['sh', '-c', 'setsid sleep 300 & sleep 0.4; echo $!; wait'], { timeoutMs: 900 });
  assert.is(end.kind, 'timeout');
  assert.ok(end.ms < 5000, `${end.ms} ms`);
  const pid = Number(end.stdout);
  assert.ok(pid > 0);
  assert.ok(await isGone(pid));
});

test('who eats memory is killed, and the peak is told', async () => {
  const eater = 'x=$(head -c 100000000 /dev/zero | tr "\\0" a); sleep 20';
  const end = await run(['sh', '-c', eater], { maxMemoryBytes: 40 * MIB });
  assert.is(end.kind, 'memory');
  assert.ok(end.peakBytes > 40 * MIB, `${end.peakBytes}`);
  assert.ok(end.ms < 15_000, `${end.ms} ms`);
});

test('the memory of grandchildren counts', async () => {
  const eater = 'sh -c \'x=$(head -c 60000000 /dev/zero | tr "\\0" a); sleep 20\' & wait';
  const end = await run(['sh', '-c', eater], { maxMemoryBytes: 40 * MIB });
  assert.is(end.kind, 'memory');
});

test('a flood of output keeps its head and its tail, and little memory', async () => {
  const end = await run(['sh', '-c', 'echo first; yes middle | head -c 20000000; echo last'], { keepBytes: 1000 });
  assert.ok(end.stdout.startsWith('first\nmiddle\n'));
  assert.ok(end.stdout.endsWith('middlelast\n'));
  assert.match(end.stdout, /\[… \d+ bytes left out …\]/);
  assert.ok(end.stdout.length < 2100, `${end.stdout.length}`);
  const left = Number(/… (\d+) bytes/.exec(end.stdout)?.[1]);
  assert.is(left, 20_000_000 + 'first\n'.length + 'last\n'.length - 2000);
});

test('output that is no UTF-8 is text all the same', async () => {
  const end = await run(['printf', 'a\\377b']);
  assert.is(end.stdout, 'a\ufffdb');
});

test('a child killed from outside is told from one that we killed', async () => {
  const end = await run(['sh', '-c', 'kill -9 $$']);
  assert.is(end.kind, 'signal');
  assert.is(end.signal, 'SIGKILL');
  assert.is(end.exit, null);
});

test('an abort kills at once, also one that came before', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 100);
  const end = await run(['sleep', '300'], { signal: controller.signal });
  assert.is(end.kind, 'aborted');
  assert.ok(end.ms < 3000);
  assert.is((await run(['sleep', '300'], { signal: controller.signal })).kind, 'aborted');
});

test('a program that is not there, or is none, says so', async () => {
  const request = { env: {}, timeoutMs: 1000, maxMemoryBytes: 64 * MIB, keepBytes: 10, signal: new AbortController().signal };
  const plain = join(dir, 'plain');
  writeFileSync(plain, 'no program', { mode: 0o644 });
  for (const [program, expected] of [
    ['/no/such/program', 'absent'],
    ['no-such-program-here', 'absent'],
    [plain, 'denied'],
    [dir, 'denied'],
  ] as const) {
    const ended = await proc.run({ ...request, argv: [program] });
    assert.is(ended.ok ? 'ran' : ended.failure.kind, expected, program);
  }
  const nowhere = await proc.run({ ...request, argv: ['true'], cwd: join(dir, 'none') });
  assert.is(nowhere.ok ? 'ran' : nowhere.failure.kind, 'io');
});

test('find takes the first name that can be run, and nothing relative', () => {
  assert.match(proc.find(['no-such-program-here', 'sh']) ?? '', /^\/.*\/sh$/);
  assert.is(proc.find(['/bin/sh']), '/bin/sh');
  assert.is(proc.find(['./sh', '../bin/sh', 'no-such-program-here']), undefined);
  const before = process.env['PATH'];
  process.env['PATH'] = '.::';
  try {
    assert.is(proc.find(['files.test.ts']), undefined);
    assert.match(proc.find(['sh']) ?? '', /^\/.*\/sh$/);
  } finally {
    process.env['PATH'] = before;
  }
});

test('alive knows the living from the dead', async () => {
  assert.ok(proc.alive(process.pid));
  assert.ok(proc.alive(1));
  const end = await run(['sh', '-c', 'echo $$']);
  assert.not.ok(proc.alive(Number(end.stdout)));
  assert.not.ok(proc.alive(0));
  assert.not.ok(proc.alive(-1));
  assert.not.ok(proc.alive(Number.NaN));
});

test.after(() => rmSync(dir, { recursive: true, force: true }));
test.run();
