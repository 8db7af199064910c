import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ARROWS, cruiserConfig } from '../../build/layers.ts';
import { at, NODE } from '../../build/support/root.ts';

const test = suite('layers');

/** The rules that dependency-cruiser says are broken in a house of these files. */
function broken(files: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'layers-'));
  try {
    for (const [path, text] of Object.entries({ 'tsconfig.json': '{"compilerOptions":{"module":"esnext","moduleResolution":"bundler"}}', ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    writeFileSync(join(folder, 'config.json'), JSON.stringify(cruiserConfig()));
    const cruiser = at('node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
    const done = spawnSync(NODE, [cruiser, '--config', 'config.json', '--output-type', 'err', 'src'], { cwd: folder, encoding: 'utf8' });
    return [...new Set([...done.stdout.matchAll(/error ([\w-]+):/g)].map((m) => m[1] ?? ''))].sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const LEAF = { 'src/model/index.ts': 'export const a = 1;\n' };
const USE = "import { a } from '../model/index.ts';\nexport const b = a;\n";

const PLANTED: readonly { readonly name: string; readonly files: Readonly<Record<string, string>>; readonly rules: readonly string[] }[] = [
  { name: 'an arrow of the table is allowed', files: { 'src/engine/index.ts': USE }, rules: [] },
  {
    name: 'an arrow upwards is refused',
    files: { 'src/engine/index.ts': "import { c } from '../cli/index.ts';\nexport const d = c;\n", 'src/cli/index.ts': 'export const c = 1;\n' },
    rules: ['arrow-engine'],
  },
  {
    name: 'rooms of one row do not know each other',
    files: { 'src/policy/index.ts': "import { c } from '../registry/index.ts';\nexport const d = c;\n", 'src/registry/index.ts': 'export const c = 1;\n' },
    rules: ['arrow-policy'],
  },
  {
    name: 'an agent room never reaches the publisher, not even for a type',
    files: { 'src/engine/index.ts': "import type { P } from '../publisher/index.ts';\nexport type D = P;\n", 'src/publisher/index.ts': 'export type P = 1;\n' },
    rules: ['arrow-engine', 'publisher-stays-out'],
  },
  {
    name: 'a room is not entered by its window',
    files: { 'src/engine/index.ts': "import { c } from '../state/lock.ts';\nexport const d = c;\n", 'src/state/lock.ts': 'export const c = 1;\n' },
    rules: ['by-the-door'],
  },
  {
    name: 'a cycle is refused',
    files: {
      'src/state/a.ts': "import { b } from './b.ts';\nexport const a = (): unknown => b;\n",
      'src/state/b.ts': "import { a } from './a.ts';\nexport const b = (): unknown => a;\n",
    },
    rules: ['no-cycles'],
  },
  { name: 'a lazy import is an arrow too', files: { 'src/net/index.ts': "export const d = () => import('../state/index.ts');\n", 'src/state/index.ts': 'export const c = 1;\n' }, rules: ['arrow-net'] },
];
for (const { name, files, rules } of PLANTED) {
  test(name, () => assert.equal(broken({ ...LEAF, ...files }), rules));
}

test('every folder of src has its arrow, and every arrow its reason', () => {
  const rooms = readdirSync(at('src'), { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => e.name);
  const known = new Set<string>(ARROWS.map((a) => a.from));
  assert.equal(rooms.filter((r) => !known.has(r)), []);
  for (const arrow of ARROWS) assert.ok(arrow.reason.length > 10, arrow.from);
});

test.run();
