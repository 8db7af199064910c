// runtimes: node, deno
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const waiter = fileURLToPath(new URL('./waiter.ts', import.meta.url));
const argv: readonly string[] = 'Deno' in globalThis ? ['run', '-A', waiter] : [waiter];

/** Sends signals, each after what the child said before, and gives all that it said and its exit code. */
async function send(signals: readonly NodeJS.Signals[], ...args: readonly string[]): Promise<readonly [string, number | null]> {
  const child = spawn(process.execPath, [...argv, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Uint8Array) => (said += chunk.toString()));
  const waiting = [...signals];
  child.stdout.on('data', (chunk: Uint8Array) => {
    said += chunk.toString();
    const next = waiting.shift();
    // not child.kill: Deno then says that the child died of it, whatever it ended with
    if (next !== undefined && child.pid !== undefined) process.kill(child.pid, next);
  });
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  return [said, code];
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} aborts once and is named; the process ends in its own order`, async () => {
    assert.equal(await send([signal]), [`ready\naborted by ${signal}\n`, 9]);
  });
}

test('a second SIGINT ends it at once with 130', async () => {
  assert.equal(await send(['SIGINT', 'SIGINT']), ['ready\naborted by SIGINT\n', 130]);
});

test('SIGUSR1 ends nothing, and opens no debugger', async () => {
  const [said, code] = await send(['SIGUSR1', 'SIGTERM'], 'alive');
  assert.equal([said, code], ['ready\nstill here\naborted by SIGTERM\n', 9]);
});

test('a second SIGTERM is patient', async () => {
  assert.equal(await send(['SIGTERM', 'SIGTERM']), ['ready\naborted by SIGTERM\n', 9]);
});

test.run();
