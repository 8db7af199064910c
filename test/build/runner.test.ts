import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { floatingIn } from '../../build/floating.ts';
import { habitsIn } from '../../build/habits.ts';
import { readCounts } from '../../build/test.ts';
import { at } from '../../build/support/root.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const test = suite('runner and habits');

const summary = (total: number, passed: number, skipped = 0): string => `\n  Total:     ${total}\n\u001b[32m  Passed:    ${passed}\u001b[39m\n  Skipped:   ${skipped}\n`;

test('passed and failed are what uvu says', () => {
  assert.equal(readCounts(summary(5, 3), 1), { passed: 3, failed: 2, skipped: 0, problem: undefined, skips: [] });
});

test('a test that says SKIP is skipped, never passed', () => {
  const counts = readCounts(`\nSKIP: no clamscan here\n${summary(3, 3)}`, 0);
  assert.equal(counts, { passed: 2, failed: 0, skipped: 1, problem: undefined, skips: ['no clamscan here'] });
});

test('a file that tested nothing, or fell over, fails', () => {
  assert.is(readCounts(summary(0, 0), 0).failed, 1);
  assert.is(readCounts('', 0).failed, 1);
  assert.is(readCounts(summary(2, 2), 1).failed, 1);
  assert.is(readCounts(summary(2, 2), null).failed, 1);
});

test('habits name the file, the line and the cure', () => {
  const left = ['// ', 'TO', 'DO later'].join('');
  assert.match(habitsIn('src/x.ts', `const a = 1;\n${left}\n`).join('\n'), /^src\/x\.ts:2: write it as an issue/);
  assert.match(habitsIn('test/x.test.ts', `test${'.only'}('x', () => {});\n`).join('\n'), /:1: this keeps/);
  assert.match(habitsIn('src/x.ts', 'a;\n'.repeat(301)).join('\n'), /longer than 300/);
  assert.equal(habitsIn('src/x.ts', 'a;\n\n\nb;\n'), ['src/x.ts:3: one blank line is enough']);
  assert.equal(habitsIn('src/x.ts', '/** Of a. */\n/** Of b. */\nb;\n\n/** Of c. */\nc;\n'), ['src/x.ts:1: this describes nothing: what it stood above is elsewhere']);
  assert.equal(habitsIn('src/x.ts', 'a;\n'.repeat(300)), []);
});

test('a promise that nobody awaits is found; a voided one is meant', () => {
  mkdirSync(at('dist'), { recursive: true });
  const folder = mkdtempSync(at('dist', 'floating-'));
  try {
    const file = join(folder, 'x.ts');
    writeFileSync(file, 'async function f() {}\nf();\nvoid f();\nawait f();\nexport {};\n');
    assert.is(floatingIn([file], { target: 99, module: 99 }).length, 1);
    assert.match(floatingIn([file], { target: 99, module: 99 }).join(), /x\.ts:2: /);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
