import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decideColour } from '../../src/platform/terminal.ts';

const talker = fileURLToPath(new URL('./talker.ts', import.meta.url));
/** the runtime that runs this test */
const RUN: readonly string[] = 'Deno' in globalThis ? [process.execPath, 'run', '-A', talker] : [process.execPath, talker];
const [program, ...argv] = RUN;

const COLOURS = [
  // asked, terminal, environment, expected
  ['auto', true, {}, 'on'],
  ['auto', false, {}, 'off'],
  ['never', true, { FORCE_COLOR: '1' }, 'off'],
  ['auto', true, { NO_COLOR: '1' }, 'off'],
  ['auto', true, { NO_COLOR: '' }, 'on'],
  ['auto', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, 'off'],
  ['auto', false, { FORCE_COLOR: '1' }, 'on'],
  ['auto', true, { FORCE_COLOR: '0' }, 'off'],
  ['auto', false, { FORCE_COLOR: '' }, 'off'],
  ['auto', true, { TERM: 'dumb' }, 'off'],
  ['auto', false, { TERM: 'dumb', FORCE_COLOR: '1' }, 'on'],
] as const satisfies readonly (readonly ['auto' | 'never', boolean, Readonly<Record<string, string>>, 'on' | 'off'])[];

test('colour is decided once, by the flag, NO_COLOR, FORCE_COLOR, TERM and the terminal, in this order', () => {
  for (const [asked, terminal, env, expected] of COLOURS) {
    const variables = new Map<string, string>(Object.entries(env));
    assert.is(decideColour(asked, terminal, (name) => variables.get(name)), expected, `${asked} ${terminal} ${JSON.stringify(env)}`);
  }
});

test('a pipe is no terminal, and output goes to both ends', () => {
  const ran = spawnSync(program ?? '', [...argv, 'say'], { encoding: 'utf8' });
  assert.is(ran.stdout, 'data out=false err=false colour=off\n');
  assert.is(ran.stderr, 'else\n');
  assert.is(ran.status, 7);
});

test('a large document goes through a pipe whole, also to a slow reader', async () => {
  const child = spawn(program ?? '', [...argv, 'flood'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let length = 0;
  child.stdout.pause();
  await new Promise((resolve) => setTimeout(resolve, 700));
  child.stdout.on('data', (chunk: Uint8Array) => {
    length += chunk.length;
  });
  child.stdout.resume();
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.is(length, 3_000_000);
  assert.is(code, 7);
});

test('a reader that goes away changes no exit code and prints nothing', () => {
  const command = RUN.map((word) => `'${word}'`).join(' ');
  const ran = spawnSync('bash', ['-c', `${command} flood | head -c 10 >/dev/null; echo \${PIPESTATUS[0]}`], { encoding: 'utf8' });
  assert.is(ran.stdout.trim(), '7');
  assert.is(ran.stderr, '');
});

test('a question to nobody ends at the end of input, and at its time limit', () => {
  const atEnd = spawnSync(program ?? '', [...argv, 'ask'], { encoding: 'utf8', input: '' });
  assert.is(atEnd.stdout, 'answer none\n');
  const answered = spawnSync(program ?? '', [...argv, 'ask'], { encoding: 'utf8', input: 'yes\n' });
  assert.is(answered.stdout, 'answer "yes"\n');
  const slow = spawnSync('bash', ['-c', `sleep 3 | ${RUN.map((word) => `'${word}'`).join(' ')} ask`], { encoding: 'utf8' });
  assert.is(slow.stdout, 'answer none\n');
});

test.run();
