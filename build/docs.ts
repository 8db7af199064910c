import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { at, NODE, ROOT } from './support/root.ts';

/** Every generator writes its own files anew; a test of each compares what is committed. */
for (const name of readdirSync(at('build')).filter((n) => /^generate-.*\.ts$/.test(n)).sort()) {
  const done = spawnSync(NODE, ['--disable-warning=ExperimentalWarning', at('build', name)], { cwd: ROOT, stdio: 'inherit' });
  process.stdout.write(`docs: ${name}: ${done.status === 0 ? 'written' : 'failed'}\n`);
  if (done.status !== 0) process.exitCode = 1;
}
