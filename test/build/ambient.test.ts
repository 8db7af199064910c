import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ambient, ambientIn } from '../../build/ambient.ts';

const test = suite('ambient effects');

/** What each planted line must be called. */
const PLANTED: readonly (readonly [string, string])[] = [
  ["import { readFileSync } from 'node:fs';", 'import of node:fs'],
  ["import type { Stats } from 'node:fs';\nconst fs = await import('node:fs/promises');", 'import of node:fs/promises'],
  ["import { randomBytes } from 'node:crypto';", 'import of randomBytes'],
  ['const at: number = Date.now();', 'Date.now'],
  ["const at = Date['now']();", 'Date.now'],
  ['const at = new Date();', 'new Date() without a moment'],
  ['const at = Date();', 'Date()'],
  ['const n = Math.random();', 'Math.random'],
  ['const zone = Temporal.Now.timeZoneId();', 'Temporal.Now'],
  ['setTimeout(() => {}, 1);', 'setTimeout'],
  ["const r = await fetch('http://127.0.0.1');", 'fetch'],
  ['const home = process.env;', 'process'],
  ['const home = globalThis.process;', 'globalThis.process'],
  ['const { process: p } = globalThis; const x = { fetch };', 'fetch'],
  ['const d: unknown = Deno;', 'Deno'],
  ["console.log('x');", 'console'],
  ['const s = AbortSignal.timeout(5);', 'AbortSignal.timeout'],
  ['const id = crypto.randomUUID();', 'crypto.randomUUID'],
  ["eval('1');", 'eval'],
];
for (const [source, what] of PLANTED) {
  test(`is found: ${source}`, () => {
    assert.equal(ambientIn('src/engine/x.ts', source).map((a) => a.what), [what]);
  });
}

const HARMLESS: readonly string[] = [
  "import { createHash } from 'node:crypto';",
  'const at = new Date(0); const later = Date.parse("2026-01-01");',
  "const there = new Temporal.ZonedDateTime(0n, 'Europe/Berlin');",
  'const port: { fetch(): void; process: number } = { fetch() {}, process: 1 }; port.fetch();',
  'function walk(fetch: () => void) { fetch(); }',
  "import { process } from './process.ts'; process();",
  'export type T = { console: string };',
];
for (const source of HARMLESS) {
  test(`is left alone: ${source}`, () => assert.equal(ambientIn('src/engine/x.ts', source), []));
}

test('the line is told', () => {
  assert.equal(ambientIn('src/engine/x.ts', 'type A = {\n  a: 1;\n};\nconst t = Date.now();\n').map((a) => a.line), [4]);
});

test('the sources touch the world nowhere but in platform and main', () => assert.equal(ambient(), []));

test.run();
