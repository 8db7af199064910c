import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { jsonText, printable } from '../../src/report/index.ts';
import { HOSTILE } from './documents.ts';

/** [what, text, shown] */
const CASES = [
  ['plain text stays', 'demo 1.4.3 (C:\\x) é 漢字', 'demo 1.4.3 (C:\\x) é 漢字'],
  ['an escape sequence is shown', '\u001b[31mred', '\\x1b[31mred'],
  ['a title is not set', '\u001b]0;x\u0007', '\\x1b]0;x\\x07'],
  ['C1 controls are shown', '\u009b2J\u0085', '\\x9b2J\\x85'],
  ['a line break is no second line', 'a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['text is not turned around', 'name\u202etxt.exe\u2069', 'name\\u{202e}txt.exe\\u{2069}'],
  ['invisible characters are seen', 'a\u200bb\u2060c\ufeff\u{e0041}', 'a\\u{200b}b\\u{2060}c\\u{feff}\\u{e0041}'],
  ['line separators are seen', 'a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
  ['half a character is seen', 'a\ud800b', 'a\\u{d800}b'],
  ['a whole character of two halves stays', '😀', '😀'],
  ['NUL and DEL are seen', '\u0000\u007f', '\\x00\\x7f'],
] as const;

for (const [name, text, shown] of CASES) test(name, () => assert.is(printable(text), shown));

test('JSON text is safe on a terminal, and keeps every value', () => {
  const value = { [HOSTILE]: [HOSTILE, '\u{e0041}', 1] };
  const json = jsonText(value);
  assert.equal(JSON.parse(json), value);
  assert.not.match(json.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u200b\u202e\u2066]/);
  assert.ok(json.endsWith('}\n'));
});

test.run();
