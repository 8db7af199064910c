import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { COMPLETIONS } from '../../build/generate-completions.ts';
import { at } from '../../build/support/root.ts';
import { saySkipped } from '../support/skip.ts';

const test = suite('completion in zsh and fish');

for (const [path, make] of Object.entries(COMPLETIONS)) {
  test(`${path} is what the table of commands says: make docs`, () => assert.is(readFileSync(at(path), 'utf8'), make()));
}

/** What is typed, the last word half, and what must be offered. */
const OFFERED: readonly (readonly [string, RegExp])[] = [
  ['po', /^policy\b/m],
  ['policy ', /^show\b/m],
  ['policy show --or', /^--origin\b/m],
  ['run --content ', /^ips\b/m],
  ['registry add demo --type i', /^ips\b/m],
];
for (const [typed, offered] of OFFERED) {
  test(`fish offers ${offered.source} after "${typed}"`, () => {
    const done = spawnSync('fish', ['--no-config', '-c', `source docs/glued.fish; complete -C ${JSON.stringify(`glued ${typed}`)}`], { cwd: at(), encoding: 'utf8' });
    if (done.error !== undefined) return saySkipped('fish is not here');
    assert.match(done.stdout, offered, done.stderr);
    assert.is(done.stderr, '');
  });
}

/** zsh's own helpers, which only work inside its editor, print what they were given. */
const ZSH = (words: string): string => `_describe() { print -l -- "\${(@P)4}" }; _arguments() { print -l -- "$@" }; words=(glued ${words}); CURRENT=$(( \${#words} + 1 )); source docs/glued.zsh`;

const GIVEN: readonly (readonly [string, RegExp])[] = [
  ['', /^run:bring content up to date/m],
  ['policy', /^show:the effective policy$/m],
  ['policy show', /^--origin\[/m],
  ['run', /^--content=\[.*\]:TYPES:\(av ips product agent\)$/m],
  ['repo add', /^--keys=\[.*\]:KEYDIR:_files$/m],
];
for (const [words, given] of GIVEN) {
  test(`zsh is given ${given.source} after "${words}"`, () => {
    const done = spawnSync('zsh', ['-f', '-c', ZSH(words)], { cwd: at(), encoding: 'utf8' });
    if (done.error !== undefined) return saySkipped('zsh is not here');
    assert.match(done.stdout, given, done.stderr);
  });
}

test.run();
