import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { ambient } from './ambient.ts';
import { floating } from './floating.ts';
import { habits } from './habits.ts';
import { cruiserConfig } from './layers.ts';
import { at, NODE, ROOT } from './support/root.ts';

type Check = { readonly name: string; readonly run: () => readonly string[] };

/** A tool of node_modules, run by the pinned Node; what it printed where it was not content. */
function tool(script: string, ...args: string[]): readonly string[] {
  const done = spawnSync(NODE, [at('node_modules', script), ...args], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (done.status === 0) return [];
  return [`${done.stdout}${done.stderr}`.trim() || `${script} ended with ${done.status ?? done.signal}`];
}

function layers(): readonly string[] {
  mkdirSync(at('dist'), { recursive: true });
  const config = at('dist', '.layers.json');
  writeFileSync(config, JSON.stringify(cruiserConfig(), null, 2));
  return tool('dependency-cruiser/bin/dependency-cruise.mjs', '--config', config, 'src');
}

const CHECKS: readonly Check[] = [
  { name: 'types', run: () => tool('tsgo/bin/tsc', '-p', '.', '--noEmit') },
  { name: 'oxlint', run: () => tool('oxlint/bin/oxlint', '--deny-warnings', 'src', 'build', 'test') },
  { name: 'layers', run: layers },
  { name: 'ambient effects', run: () => ambient().map(({ file, line, what }) => `${file}:${line}: ${what}: take it from a port`) },
  { name: 'floating promises', run: floating },
  { name: 'habits', run: habits },
];

let failed = 0;
for (const { name, run } of CHECKS) {
  const problems = run();
  if (problems.length > 0) failed++;
  process.stdout.write(problems.length === 0 ? `lint: ${name}: clean\n` : `${problems.join('\n')}\nlint: ${name}: not clean\n`);
}
process.exitCode = failed === 0 ? 0 : 1;
