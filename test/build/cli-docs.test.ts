import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLI_DOCS } from '../../build/generate-cli-docs.ts';
import { at } from '../../build/support/root.ts';
import { COMMANDS, optionsOf } from '../../src/cli/commands.ts';

const test = suite('documents of the command line');

for (const [path, make] of Object.entries(CLI_DOCS)) {
  test(`${path} is what the table of commands says: make docs`, () => assert.is(readFileSync(at(path), 'utf8'), make()));
}

test('every command and option is in the page and in the man page', () => {
  for (const path of ['docs/commands.md', 'docs/glued.1']) {
    const text = readFileSync(at(path), 'utf8').replaceAll('\\-', '-');
    for (const command of COMMANDS) {
      assert.ok(text.includes(`glued ${command.path}`), `${path}: ${command.path}`);
      for (const option of optionsOf(command)) assert.ok(text.includes(`--${option.name}`), `${path}: ${option.name}`);
    }
  }
});

/** What is typed, and what must be offered. */
const OFFERED: readonly (readonly [readonly string[], string])[] = [
  [['st'], 'status'],
  [['policy', ''], 'show check schema'],
  [['policy', 'show', '--or'], '--origin'],
  [['run', '--content', ''], 'av ips product agent'],
  [['registry', 'add', 'demo', '--type', 'i'], 'ips'],
];
for (const [words, offered] of OFFERED) {
  test(`completion offers "${offered}" after "${words.join(' ')}"`, () => {
    const typed = ['glued', ...words].map((w) => `'${w}'`).join(' ');
    const script = `source docs/glued.bash; COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _glued; echo "\${COMPREPLY[@]}"`;
    const done = spawnSync('bash', ['-c', script], { cwd: at(), encoding: 'utf8' });
    assert.is(done.stdout.trim(), offered, done.stderr);
  });
}

test.run();
