import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lazyBuiltins } from '../../build/support/lazy-builtins.ts';
import { at, NODE } from '../../build/support/root.ts';

const test = suite('bundled');

/** The net room's own tests, as one bundle like the agent's: what the stand-ins for builtins break would fail here. */
async function bundleTests(folder: string): Promise<string> {
  const outfile = join(folder, 'net.mjs');
  await build({
    absWorkingDir: at('.'),
    stdin: {
      contents: "await import('./test/net/http.test.ts'); await import('./test/net/tls.test.ts');",
      resolveDir: at('.'),
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    minify: true,
    plugins: [lazyBuiltins],

    logLevel: 'silent',
  });
  return outfile;
}

const RUNTIMES = [
  ['node', [NODE]],
  ['deno', [at('node_modules', '.bin', 'deno'), 'run', '-A', '--no-config', '--no-lock']],
] as const;

test('bundled with lazy builtins, the room works on Node and Deno', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'glued-bundled-'));
  try {
    const file = await bundleTests(folder);
    const ends = await Promise.all(
      RUNTIMES.map(async ([name, [program, ...args]]) => {
        const options = { cwd: folder, env: { ...process.env, DENO_NO_UPDATE_CHECK: '1' } };
        return [name, (await promisify(execFile)(program, [...args, file], options)).stdout] as const;
      }),
    );
    for (const [name, out] of ends) {
      // uvu counts in two parts where it is slow to make certificates for the second
      const passed = [...out.matchAll(/Passed: +(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
      // 24 stories of HTTP and 8 of TLS, or one that says why it cannot be
      assert.is(passed, out.includes('SKIP: ') ? 25 : 32, `${name}: ${out}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
