// runtimes: node, deno
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Heard, Talk, TalkRequest } from '../../src/model/index.ts';
import { createProc } from '../../src/platform/proc.ts';

const proc = createProc();
const dir = mkdtempSync(join(tmpdir(), 'glued-talk-'));
const MIB = 1024 * 1024;
const LIMITS = { env: {}, maxMemoryBytes: 512 * MIB, maxLineBytes: 1000, maxTotalBytes: 100_000, keepBytes: 64 };

async function talk(script: string, limits: Partial<TalkRequest> = {}): Promise<Talk> {
  const started = await proc.talk({ ...LIMITS, argv: ['sh', '-c', script], ...limits });
  if (!started.ok) throw new Error(started.failure.detail);
  return started.value;
}

const textOf = (heard: Heard): string => (heard.kind === 'line' ? Buffer.from(heard.bytes).toString() : heard.kind);

/** A process that is a zombie is dead: whoever adopted it has not looked yet. */
async function isGone(pid: number): Promise<boolean> {
  for (let i = 0; i < 60; i++) {
    try {
      if (/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return true;
    } catch {
      return true;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  return false;
}

test('lines go both ways, as often as wanted', async () => {
  const child = await talk('while read -r line; do echo "got $line"; done');
  for (const word of ['one', 'two', 'é three']) {
    child.say(word);
    assert.is(textOf(await child.hear(5000)), `got ${word}`);
  }
  const end = await child.end(2000);
  assert.equal([end.by, end.exit, end.held], ['itself', 0, 'no']);
});

test('what was said before the end is heard before the end', async () => {
  const child = await talk('echo one; echo two; printf unfinished; exit 4');
  assert.equal([textOf(await child.hear(5000)), textOf(await child.hear(5000))], ['one', 'two']);
  assert.equal(await child.hear(5000), { kind: 'ended', exit: 4, signal: null });
  assert.is((await child.end(1000)).exit, 4);
});

test('silence is a timeout, an abort is told, and the child lives on after both', async () => {
  const child = await talk('read -r line; echo "late $line"; read -r line');
  assert.is((await child.hear(100)).kind, 'timeout');
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  assert.is((await child.hear(20_000, controller.signal)).kind, 'aborted');
  child.say('word');
  assert.is(textOf(await child.hear(5000)), 'late word');
  await child.end(0);
});

test('a line without an end, and a flood of lines, are stopped and killed', async () => {
  const endless = await talk('while :; do printf xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done');
  assert.is((await endless.hear(10_000)).kind, 'line-too-long');
  assert.is((await endless.end(1000)).by, 'itself');
  const flood = await talk('while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done');
  let heard = await flood.hear(10_000);
  for (let i = 0; i < 10_000 && heard.kind === 'line'; i++) heard = await flood.hear(10_000);
  assert.is(heard.kind, 'too-much');
  await flood.end(0);
});

test('a line of exactly the limit is a line', async () => {
  const child = await talk(`printf '%01000d\\n%01001d\\n' 0 0`);
  assert.is(textOf(await child.hear(5000)).length, 1000);
  assert.is((await child.hear(5000)).kind, 'line-too-long');
  await child.end(0);
});

test('stderr blocks nobody, and its end is kept', async () => {
  const child = await talk('yes noise | head -c 3000000 >&2; echo done; read -r line; echo last words >&2');
  assert.is(textOf(await child.hear(10_000)), 'done');
  await child.end(2000);
  assert.ok(child.stderr().endsWith('noise\nlast words\n'), child.stderr());
  assert.is(Buffer.byteLength(child.stderr()), 64);
  assert.is(child.stderrBytes(), 3_000_011);
});

test('who ends when stdin does ends by itself, who ends at SIGTERM by that, and who ignores it by SIGKILL, with all it started', async () => {
  const willing = await (await talk('cat >/dev/null; exit 3')).end(5000);
  assert.equal([willing.by, willing.exit], ['itself', 3]);
  const slow = await talk('trap "exit 5" TERM; echo up; while :; do sleep 0.1; done');
  await slow.hear(5000);
  const termed = await slow.end(200);
  assert.equal([termed.by, termed.exit], ['SIGTERM', 5]);
  const stubborn = await talk('trap "" TERM INT HUP; sleep 300 & echo $!; while :; do sleep 0.1; done');
  const pid = Number(textOf(await stubborn.hear(5000)));
  const killed = await stubborn.end(200);
  assert.equal([killed.by, killed.signal], ['SIGKILL', 'SIGKILL']);
  assert.ok(killed.ms < 8000, `${killed.ms} ms`);
  assert.ok(pid > 0 && (await isGone(pid)));
});

test('a grandchild that keeps stdout open is never waited for, is told of, and dies', async () => {
  const child = await talk('sleep 300 & echo $!; exit 0');
  const pid = Number(textOf(await child.hear(5000)));
  assert.is((await child.hear(5000)).kind, 'ended');
  const end = await child.end(3000);
  assert.equal([end.by, end.exit, end.held], ['itself', 0, 'yes']);
  assert.ok(end.ms < 2000, `${end.ms} ms`);
  assert.ok(await isGone(pid));
});

test('who eats memory while it is waited for is killed', async () => {
  const child = await talk('x=$(head -c 100000000 /dev/zero | tr "\\0" a); sleep 20', { maxMemoryBytes: 40 * MIB });
  assert.is((await child.hear(15_000)).kind, 'memory');
  await child.end(0);
});

test('end may be asked for twice, and nothing can be said afterwards', async () => {
  const child = await talk('cat');
  const [one, two] = await Promise.all([child.end(1000), child.end(1000)]);
  assert.equal(one, two);
  child.say('nobody there');
  assert.is((await child.hear(100)).kind, 'ended');
});

test('a program that is not there says so', async () => {
  const started = await proc.talk({ ...LIMITS, argv: ['/no/such/program'] });
  assert.is(started.ok ? 'ran' : started.failure.kind, 'absent');
  const nowhere = await proc.talk({ ...LIMITS, argv: ['sh'], cwd: join(dir, 'none') });
  assert.is(nowhere.ok ? 'ran' : nowhere.failure.kind, 'io');
});

test('the child has no descriptor but its three streams, and no environment but its own', async () => {
  const child = await talk('for fd in 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$fd ] && echo "has $fd"; done; env | cut -d= -f1 | sort | tr "\\n" " "; echo; read -r line', { env: { ONLY: 'this' } });
  const names = textOf(await child.hear(5000)).trim().split(' ');
  assert.equal(names.filter((n) => !['ONLY', 'PWD', 'SHLVL', '_', 'OLDPWD'].includes(n)), []);
  assert.ok(names.includes('ONLY'));
  await child.end(0);
});

test('when we are killed, the child and what it started die too', async () => {
  const script = join(dir, 'parent.ts');
  writeFileSync(
    script,
    `import { createProc } from '${new URL('../../src/platform/proc.ts', import.meta.url).href}';
const started = await createProc().talk({ argv: ['sh', '-c', 'trap "" HUP TERM; sleep 300 & echo $$ $!; while :; do sleep 0.1; done'], env: {}, maxMemoryBytes: 2 ** 29, maxLineBytes: 1000, maxTotalBytes: 1000, keepBytes: 10 });
if (!started.ok) throw new Error('not started');
const heard = await started.value.hear(5000);
if (heard.kind === 'line') process.stdout.write(Buffer.from(heard.bytes).toString() + '\\n');
setInterval(() => undefined, 1000);
`,
  );
  const isDeno = process.versions['deno'] !== undefined;
  const parent = spawn(process.execPath, isDeno ? ['run', '-A', '--no-lock', '--quiet', script] : [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const limit = setTimeout(() => parent.kill('SIGKILL'), 20_000);
  const line = await new Promise<string>((done) => parent.stdout.once('data', (chunk: Buffer) => done(chunk.toString())));
  const pids = line.trim().split(' ').map(Number);
  parent.kill('SIGKILL');
  clearTimeout(limit);
  assert.is(pids.length, 2, line);
  for (const pid of pids) assert.ok(await isGone(pid), `${pid} lives on`);
});

if (process.versions['deno'] !== undefined) {
  test('a program that Deno may not start is denied, and nothing is thrown', () => {
    const script = join(dir, 'denied.mjs');
    writeFileSync(
      script,
      `import { createProc } from '${new URL('../../src/platform/proc.ts', import.meta.url).href}';
const limits = { argv: ['/bin/true'], env: {}, timeoutMs: 5000, maxMemoryBytes: 2 ** 29, maxLineBytes: 1000, maxTotalBytes: 1000, keepBytes: 10, signal: new AbortController().signal };
console.log((await createProc().run(limits)).failure?.kind, (await createProc().talk(limits)).failure?.kind);
`,
    );
    const permissions = ['--allow-read', '--allow-env', '--allow-sys'];
    const { stdout, stderr } = spawnSync(process.execPath, ['run', '--quiet', '--no-prompt', '--no-config', '--no-lock', ...permissions, script], { encoding: 'utf8' });
    assert.is(stdout, 'denied denied\n', stderr);
  });
}

test.after(() => rmSync(dir, { recursive: true, force: true }));
test.run();
