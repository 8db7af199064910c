import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { COMMANDS } from '../../src/cli/commands.ts';
import { documentOf, runtimes } from '../support/runtimes.ts';

const test = suite('command line');

for (const rt of runtimes()) {
  test(`${rt.name}: --version needs no permission and says one line`, async () => {
    const end = await rt.run(['--version'], { permissions: [] });
    assert.equal([end.code, end.stderr], [0, '']);
    assert.match(end.stdout, /^glued \d+\.\d+\.\d+\n$/);
  });

  test(`${rt.name}: --help names every command, and each has a page of its own`, async () => {
    const root = await rt.run(['--help'], { permissions: [] });
    assert.equal([root.code, root.stderr], [0, '']);
    for (const command of COMMANDS) assert.ok(root.stdout.includes(command.path), command.path);
    const page = await rt.run(['repo', 'publish', '--help'], { permissions: [] });
    assert.match(page.stdout, /Usage: glued repo publish DIR ID PATH --version V \[options\]/);
  });

  test(`${rt.name}: an unknown command is 64, in one line that names it and what was meant`, async () => {
    const end = await rt.run(['stauts'], { permissions: [] });
    assert.equal([end.code, end.stdout], [64, '']);
    assert.is(end.stderr, "glued: unknown command 'stauts' (did you mean 'status'?). See: glued --help\n");
  });

  // https://github.com/fwupd/fwupd/issues/5499
  test(`${rt.name}: --json prints exactly one document where the line is wrong, too`, async () => {
    const run = await rt.run(['run', '--jsn', '--json'], { permissions: [] });
    assert.is(run.code, 64);
    const document = documentOf(run);
    assert.equal([document['schema'], document['code'], document['codeName']], ['glued.run/1', 64, 'usage']);
    assert.is(run.stderr.split('\n').length, 2, run.stderr);
    const other = await rt.run(['policy', 'show', '--json', 'surplus'], { permissions: [] });
    assert.is(other.code, 64);
    assert.equal([documentOf(other)['schema'], documentOf(other)['code']], ['glued.error/1', 64]);
  });

  test(`${rt.name}: a line that only the full parser understands ends the same`, async () => {
    const end = await rt.run(['rollback', '--', 'a', 'b'], { permissions: [] });
    assert.is(end.code, 64);
    assert.is(end.stderr, "glued: rollback takes no 'b'. See: glued rollback --help\n");
  });

  test(`${rt.name}: what lies in the current folder is never read and never run`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'planted-'));
    try {
      const mark = join(folder, 'ran');
      const code = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '');\n`;
      mkdirSync(join(folder, '.config'));
      for (const name of ['.config/config.js', '.config/glued.js', '.gluedrc.js', 'glued.config.js', '.gluedrc.cjs']) writeFileSync(join(folder, name), code);
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ yargs: { version: 'planted' }, glued: { servers: [] }, type: 'commonjs' }));
      writeFileSync(join(folder, 'policy.json'), '{}');
      const lines = [['--version'], ['--help'], ['policy', 'check'], ['policy', 'show'], ['status', '--json'], ['run', '--json', '--no-input'], ['rollback', '--', 'a', 'b']];
      for (const line of lines) {
        const end = await rt.run([...line, ...(line[0]?.startsWith('-') === true ? [] : ['--state', join(folder, 'state')].filter(() => !line.includes('--')))], { cwd: folder });
        assert.not(end.stdout.includes('planted"'), line.join(' '));
        assert.not(existsSync(mark), line.join(' '));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test(`${rt.name}: a closed stdout changes no exit code`, () => {
    const command = rt.argv().map((w) => `'${w}'`).join(' ');
    const done = spawnSync('bash', ['-c', `{ ${command} --help; echo "code $?" >&2; } | true; { ${command} stauts --json; echo "code $?" >&2; } >&-`], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir() },
    });
    assert.match(done.stderr, /code 0\n/);
    assert.match(done.stderr, /code 64\n/);
  });
}

test.run();
