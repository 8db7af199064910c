import { readFileSync } from 'node:fs';
import { at } from './support/root.ts';
import { filesBelow } from './support/walk.ts';

const MAX_LINES = 300;
/** Tests are tables of cases. */
const MAX_TEST_LINES = 450;

/** Built from parts, so that this file does not find itself. */
const FORBIDDEN: readonly { readonly pattern: RegExp; readonly where: RegExp; readonly say: string }[] = [
  { pattern: new RegExp(`\\b(${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')})\\b(?! \\(#\\d+\\))`), where: /./, say: 'write it as an issue, and give its number' },
  { pattern: /\.only\(/, where: /^test\//, say: 'this keeps the other tests from running' },
  { pattern: /\btest\.skip\(/, where: /^test\/(?!support\/skip\.ts)/, say: 'use skip() of test/support/skip.ts, which says why' },
  { pattern: new RegExp(`@ts-(${['ig', 'nore'].join('')}|${['no', 'check'].join('')})`), where: /./, say: 'the types are wrong: mend them' },
  { pattern: /^\s*\/\/\s*[-=*#]{4,}/, where: /./, say: 'no banners' },
];

/** What is wrong in one file, as `file:line: …`. */
export function habitsIn(file: string, text: string): string[] {
  const lines = text.split('\n');
  const found: string[] = [];
  const limit = file.startsWith('test/') ? MAX_TEST_LINES : MAX_LINES;
  if (lines.length - 1 > limit) {
    found.push(`${file}:${lines.length - 1}: longer than ${limit} lines: it tells more than one thing`);
  }
  lines.forEach((line, i) => {
    const before = lines[i - 1];
    if (line === '' && before === '' && i < lines.length - 1) found.push(`${file}:${i + 1}: one blank line is enough`);
    if (/^\s*\/\*\*/.test(line) && before?.endsWith('*/')) found.push(`${file}:${i}: this describes nothing: what it stood above is elsewhere`);
    for (const { pattern, where, say } of FORBIDDEN) if (where.test(file) && pattern.test(line)) found.push(`${file}:${i + 1}: ${say}`);
  });
  return found;
}

/** Every source file, held to the habits that no other tool checks. */
export function habits(): string[] {
  return ['src', 'build', 'test'].flatMap((folder) => filesBelow(folder, '.ts')).flatMap((file) => habitsIn(file, readFileSync(at(file), 'utf8')));
}
