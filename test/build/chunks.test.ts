import { Script } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chunksOf, scriptOf } from '../../build/support/chunks.ts';

type Exports = Readonly<Record<string, unknown>>;
type Load = { (name: string): Exports; later: (name: string) => Promise<Exports>; builtin: (name: string) => Promise<unknown> };

/** What a chunk's function begins with: `const{their:ours,…}=load("chunk");`. */
const IMPORTED = /const\{([^}]*)\}=load\("([^"]+)"\)/g;
const LATER = /load\.later\("([^"]+)"\)/g;

const { main, chunks } = await chunksOf('src/main.ts');
const functions: Record<string, (load: Load) => Exports> = new Script(scriptOf(chunks, main)).runInThisContext();
const loaded = new Map<string, Exports>();

const load: Load = Object.assign(
  (name: string): Exports => {
    const chunk = functions[name];
    if (chunk === undefined || name === main) throw new Error(`${name} is no chunk to load`);
    const exports = loaded.get(name) ?? chunk(load);
    loaded.set(name, exports);
    return exports;
  },
  { later: async (name: string) => load(name), builtin: async (name: string) => process.getBuiltinModule(name) },
);

test('every chunk loads by itself, and has whatever another takes from it', () => {
  let taken = 0;
  for (const { name, source } of chunks) {
    if (name !== main) load(name);
    for (const [, members = '', from = ''] of source.matchAll(IMPORTED)) {
      const exports = load(from);
      for (const member of members.split(',')) {
        const [theirs = ''] = member.split(':');
        assert.ok(exports[theirs] !== undefined, `${name} takes ${theirs} from ${from}`);
        taken++;
      }
    }
  }
  assert.ok(chunks.length > 50 && taken > 500, `${chunks.length} chunks, ${taken} names`);
});

test('what is loaded later is there', () => {
  const later = new Set(chunks.flatMap(({ source }) => [...source.matchAll(LATER)].map(([, name = '']) => name)));
  assert.ok(later.size > 20, `${later.size}`);
  for (const name of later) assert.type(functions[name], 'function', name);
});

test('chunks are the same each time they are made', async () => {
  assert.equal(await chunksOf('src/main.ts'), { main, chunks });
});

test.run();
