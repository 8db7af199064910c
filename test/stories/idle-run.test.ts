/** What a run that finds nothing to do loads: it is what every machine does most of the time, and it grows unseen. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { runtimes } from '../support/runtimes.ts';
import { StoryWorld } from '../support/story-world.ts';

const test = suite('idle run');

/** The program, and what it imports on its way when JSON policy, a `files` component and a plain server are all there is. */
const LOADED = ['src/main.ts', 'src/cli/run.ts', 'src/plugins/index.ts', 'src/net/index.ts'];
/** Rooms of src/, and packages. */
const ALLOWED = new Set([
  'main.ts', 'catalog', 'cli', 'engine', 'formats', 'model', 'net', 'planner', 'platform', 'plugins', 'policy', 'registry', 'report', 'state', 'transfer',
  // minimatch and what it brings are in the bundle's reach, and run only for a pattern (thin-tufjs)
  '@tufjs/canonical-json', '@tufjs/models', 'minimatch', 'brace-expansion', 'balanced-match',
]);
/** Cold by themselves: they stay behind an import() of whoever needs them. */
const COLD = /^src\/((formats\/(cms|yaml|xml|bplist)|cli\/(yargs|help|usage-problem)|net\/through|engine\/(moves|stage-undo|stage-recover|rollback)|plugins\/unpack|plugins\/builtin\/files\/(swap|test))\.ts$|plugins\/builtin\/(clamav|suricata|agent)\/plugin|plugins\/host\/)/;
/** Minified bytes; it was 506 thousand when this was written. */
const MAX_BYTES = 570_000;

/** Node's modules that are loaded beyond its own start. Each is there for what it is named after. */
const MODULES = new Set(['crypto', 'http', 'net', 'os', 'sqlite', 'stream', 'stream/promises', 'string_decoder']);

function reached(meta: Metafile): readonly string[] {
  const seen = new Set<string>();
  const left = [...LOADED];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    const input = meta.inputs[path];
    if (seen.has(path) || input === undefined) continue;
    seen.add(path);
    left.push(...input.imports.filter((i) => i.kind !== 'dynamic-import').map((i) => i.path));
  }
  return [...seen];
}

function roomOf(path: string): string {
  const [, source = ''] = /^src\/([^/]+)/.exec(path) ?? [];
  const [, name = ''] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  return source || name || 'builtins';
}

test('a run with nothing to do reaches no room, no package and no more bytes than it needs', () => {
  const meta: Metafile = JSON.parse(readFileSync(at('dist', 'glued.mjs.meta.json'), 'utf8'));
  const bytes = Object.values(meta.outputs)[0]?.inputs ?? {};
  for (const entry of LOADED) assert.ok(meta.inputs[entry] !== undefined, `${entry} is not in the bundle`);
  const paths = reached(meta);
  const rooms = new Map<string, number>();
  for (const path of paths) rooms.set(roomOf(path), (rooms.get(roomOf(path)) ?? 0) + (bytes[path]?.bytesInOutput ?? 0));
  const table = [...rooms].sort(([, a], [, b]) => b - a).map(([room, size]) => `${room} ${size}`);
  const total = [...rooms.values()].reduce((sum, size) => sum + size, 0);
  console.log(`NOTE: ${paths.length} modules, ${total} bytes: ${table.join(', ')}`);
  assert.equal([...rooms.keys()].filter((room) => room !== 'builtins' && !ALLOWED.has(room)), []);
  assert.equal(paths.filter((path) => COLD.test(path)), []);
  assert.ok(total <= MAX_BYTES, `${total} bytes, at most ${MAX_BYTES}: ${table.join(', ')}`);
});

for (const rt of runtimes().filter((one) => one.name === 'node')) {
  test(`${rt.name}: a run with nothing to do loads of Node's modules only those that it uses`, async () => {
    const world = await StoryWorld.make('demo');
    try {
      await world.release('demo', '1.0');
      const machine = world.machine(rt).register('demo');
      await machine.expect(0);
      const list = join(machine.folder, 'modules.json');
      const spy = join(machine.folder, 'spy.cjs');
      // what Node's own loader of dist/glued.mjs needs was there before
      writeFileSync(spy, `const before = new Set(process.moduleLoadList); process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify(process.moduleLoadList.filter((m) => !before.has(m)))));`);
      const idle = await machine.expect(0, [], { settings: { env: { NODE_OPTIONS: `--require ${spy}` } } });
      assert.equal([idle.outcome, idle.rounds], ['current', 0]);
      const all: string[] = JSON.parse(readFileSync(list, 'utf8'));
      const loaded = all.filter((m) => m.startsWith('NativeModule ')).map((m) => m.slice('NativeModule '.length));
      const open = loaded.filter((m) => !m.startsWith('internal/') && !m.startsWith('_http_'));
      assert.equal(open.filter((m) => !MODULES.has(m)), []);
      // all of WebCrypto, for a few random bytes
      assert.equal(loaded.filter((m) => /webcrypto|worker|undici|inspector/.test(m)), []);
    } finally {
      world.end();
    }
  });
}

test.run();
