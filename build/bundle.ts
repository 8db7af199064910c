import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { build, type BuildOptions } from 'esbuild';
import { closedYargs } from './support/closed-yargs.ts';
import { lazyBuiltins } from './support/lazy-builtins.ts';
import { at, packageVersion, ROOT } from './support/root.ts';
import { thinTufjs } from './support/thin-tufjs.ts';

/** Epoch seconds that stand for the build: SOURCE_DATE_EPOCH, else the last commit's date, else 0. The same sources, the same bytes. */
export function buildEpoch(): number {
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given !== undefined && /^\d+$/.test(given)) return Number(given);
  try {
    const shown = execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return Number(shown.trim());
  } catch {
    return 0;
  }
}

/** How sources become what runs on Node, on Deno and in the executable. */
export const bundling = (entry: string): BuildOptions & { readonly metafile: true } => ({
  absWorkingDir: ROOT,
  entryPoints: [entry],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node26',
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  plugins: [closedYargs, thinTufjs, lazyBuiltins],
  define: {
    GLUED_VERSION: JSON.stringify(packageVersion()),
    GLUED_BUILD_EPOCH: String(buildEpoch()),
    // yargs and minimatch ask when they load, for their own tests: on Deno a permission for nothing
    'process.env.YARGS_MIN_NODE_VERSION': 'undefined',
    'process.env.__MINIMATCH_TESTING_PLATFORM__': 'undefined',
    'process.env.JEST_WORKER_ID': 'undefined',
  },
});

/** Sources to one minified ES module that runs on Node and Deno; `await import()` in it loads code of the same file when first used. */
export async function bundle(entry: string, outfile: string): Promise<void> {
  const result = await build({ ...bundling(entry), outfile: `${outfile}.tmp`, banner: { js: '#!/usr/bin/env node' } });
  chmodSync(at(`${outfile}.tmp`), 0o755);
  renameSync(at(`${outfile}.tmp`), at(outfile));
  // which package gave how many bytes: for the licences and docs/adr/dependencies.md
  writeFileSync(at(`${outfile}.meta.json`), `${JSON.stringify(result.metafile)}\n`);
}

if (import.meta.main) {
  mkdirSync(at('dist'), { recursive: true });
  await bundle('src/main.ts', 'dist/glued.mjs');
}
