/**
 * Most flags would have V8 refuse Node's own cache of its library, which costs 11 ms of each start. These it lets pass, and they save 6 ms of
 * a run that finds nothing to do: it makes less than 16 MiB of young objects, so none are collected, and its code does not live long
 * enough for another thread to compile it. A longer run collects young objects itself (src/platform/release-memory.ts).
 */
export const V8_FLAGS = ['--max-semi-space-size=16', '--min-semi-space-size=16', '--no-concurrent-sparkplug'] as const;
/** Node's own, and nothing to a code cache: one thread beside the main one, and none that opens a debugger's port at SIGUSR1. */
export const NODE_FLAGS = ['--v8-pool-size=1', '--disable-sigusr1'] as const;

/** The two scripts of the executable: what a run loads, and all else. */
export const [PROGRAM, MORE] = ['program', 'more'] as const;
/** What `run` calls is three times what the rest does: `status` goes without. */
export const CACHES = { run: 'cache-run', other: 'cache-other', more: 'cache-more' } as const;

/** Runs the program: `chunks(name)` is a chunk's function. */
const RUN = `const run = (chunks, main) => {
  const loaded = new Map();
  const load = (name) => {
    if (!loaded.has(name)) loaded.set(name, chunks(name)(load));
    return loaded.get(name);
  };
  load.later = async (name) => load(name);
  load.builtin = async (name) => process.getBuiltinModule(name);
  return load(main);
};`;

/** Exit 13 is what Node gives a module that waits for what never comes; a script would end with 0. */
export const start = (version: string, main: string): string => `'use strict';
// the answer was known when this was built, and needs nothing of the program
if (process.argv.length === 3 && process.argv[2] === '--version') {
  process.stdout.write('glued ${version}\\n');
  process.exit(0);
}
const { getRawAsset } = require('node:sea');
const { Script } = require('node:vm');
${RUN}
const chunksOf = (program, cache) => {
  const source = Buffer.from(getRawAsset(program)).latin1Slice();
  return new Script(source, { filename: 'glued.mjs', cachedData: Buffer.from(getRawAsset(cache)) }).runInThisContext();
};
process.exitCode = 13;
const chunks = chunksOf('${PROGRAM}', process.argv[2] === 'run' ? '${CACHES.run}' : '${CACHES.other}');
let more;
run((name) => chunks[name] ?? (more ??= chunksOf('${MORE}', '${CACHES.more}'))[name], '${main}');
`;

/** Defines `all(runs)`: runs the chunks of a script once for each list of arguments, each to its end. */
const EACH = `const exit = process.exit;
const [node] = process.argv;
const once = (chunks, main, args) => new Promise((ended) => {
  process.argv = [node, 'glued', ...args];
  process.exit = (code) => {
    ended(code);
    return new Promise(() => {});
  };
  run(chunks, main).catch(ended);
});
const all = async (chunks, main, runs) => {
  for (const args of runs) {
    const code = await once(chunks, main, args);
    if (code !== 0) throw new Error('glued ' + args.join(' ') + ' ended with ' + code);
  }
};
const end = (work) => work.then(() => exit(0), (error) => {
  console.error(error);
  exit(1);
});`;

/** Writes which chunks the runs load. */
export const LIST = `'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');
const [, , program, main, list, runs] = process.argv;
${RUN}
${EACH}
const chunks = new Script(readFileSync(program).latin1Slice(), { filename: 'glued.mjs' }).runInThisContext();
const names = new Set();
const noted = (name) => {
  names.add(name);
  return chunks[name];
};
end(all(noted, main, JSON.parse(runs)).then(() => writeFileSync(list, JSON.stringify([...names]))));
`;

/** Writes the cache of what was compiled after the runs. */
export const WARM = `'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');
// what depends on the moment would be in the cache: the age of each function, and whether a compiler has looked at it yet
const momentary = ['flush-bytecode', 'sparkplug', 'maglev', 'turbofan'];
for (const flag of momentary) setFlagsFromString('--no-' + flag);
const [, , program, main, cache, runs] = process.argv;
${RUN}
${EACH}
const script = new Script(readFileSync(program).latin1Slice(), { filename: 'glued.mjs' });
const chunks = script.runInThisContext();
end(all((name) => chunks[name], main, JSON.parse(runs)).then(() => {
  // V8 refuses a cache that was made under other flags
  for (const flag of momentary) setFlagsFromString('--' + flag);
  for (const flag of ${JSON.stringify(V8_FLAGS)}) setFlagsFromString(flag);
  writeFileSync(cache, script.createCachedData());
}));
`;

/** Reads a cache and writes it again: functions are numbered as they lie in it then, and no more as they happened to be compiled. */
export const SETTLE = `'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');
const [, , program, cache] = process.argv;
const script = new Script(readFileSync(program).latin1Slice(), { filename: 'glued.mjs', cachedData: readFileSync(cache) });
if (script.cachedDataRejected) throw new Error(cache + ' was refused');
writeFileSync(cache, script.createCachedData());
`;
