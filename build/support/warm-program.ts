import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { Machine } from '../bench/machine.ts';
import { NODE, packageVersion } from './root.ts';

/**
 * Node's own code cache of an executable is made before anything ran: V8 leaves most functions out of it, and compiles them at every
 * start (75 ms of CPU in a run that finds nothing to do). These are made after the program ran, so they hold what it calls.
 */
export type WarmProgram = {
  /** the executable's main: it starts the program with a cache */
  readonly main: string;
  readonly assets: Readonly<Record<string, string>>;
};

/**
 * Young objects get 1 MiB: content streams through in large buffers that die at once, and a peak of 167 MB becomes one of about 150. The
 * cache is made under the same flag, since V8 refuses one that was made under another. Most flags would have it refuse Node's own cache
 * of its library too, which costs 8 ms; --v8-pool-size=1 saves 2 ms of a run with nothing to do, and costs 12 MB of one that downloads.
 */
export const V8_FLAGS = ['--max-semi-space-size=1'] as const;

/** Room for all that a short run makes: the collector would change how a string is kept, and with it what V8 notes of a comparison. */
const UNCOLLECTED = ['--max-semi-space-size=256', '--min-semi-space-size=256'] as const;

const PROGRAM = 'program';
/** What `run` calls is five times what the rest does, and to load it costs 15 ms: `--version` goes without. */
const CACHES = { run: 'cache-run', other: 'cache-other' } as const;

/** Exit 13 is what Node gives a module that waits for what never comes; a script would end with 0. */
const start = (version: string): string => `'use strict';
// the answer was known when this was built, and needs nothing of the program
if (process.argv.length === 3 && process.argv[2] === '--version') {
  process.stdout.write('glued ${version}\\n');
  process.exit(0);
}
const { getRawAsset } = require('node:sea');
const { Script } = require('node:vm');
process.exitCode = 13;
const source = Buffer.from(getRawAsset('${PROGRAM}')).latin1Slice();
const cache = process.argv[2] === 'run' ? '${CACHES.run}' : '${CACHES.other}';
new Script(source, { filename: 'glued.mjs', cachedData: Buffer.from(getRawAsset(cache)) }).runInThisContext();
`;

/** Runs the program once for each list of arguments, each to its end, and writes the cache of what was compiled by then. */
const WARM = `'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');
// what depends on the moment would be in the cache: the age of each function, and whether a compiler has looked at it yet
const momentary = ['flush-bytecode', 'sparkplug', 'maglev', 'turbofan'];
for (const flag of momentary) setFlagsFromString('--no-' + flag);
const [node, , program, cache, runs] = process.argv;
const script = new Script(readFileSync(program).latin1Slice(), { filename: 'glued.mjs' });
const exit = process.exit;
const once = (args) => new Promise((ended) => {
  process.argv = [node, 'glued', ...args];
  process.exit = (code) => {
    ended(code);
    return new Promise(() => {});
  };
  script.runInThisContext().catch(ended);
});
const all = async () => {
  for (const args of JSON.parse(runs)) {
    const code = await once(args);
    if (code !== 0) throw new Error('glued ' + args.join(' ') + ' ended with ' + code);
  }
  // V8 refuses a cache that was made under other flags
  for (const flag of momentary) setFlagsFromString('--' + flag);
  for (const flag of ['--min-semi-space-size=0', '${V8_FLAGS[0]}']) setFlagsFromString(flag);
  writeFileSync(cache, script.createCachedData());
};
all().then(() => exit(0), (error) => {
  console.error(error);
  exit(1);
});
`;

/** Reads a cache and writes it again: functions are numbered as they lie in it then, and no more as they happened to be compiled. */
const SETTLE = `'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');
const [, , program, cache] = process.argv;
const script = new Script(readFileSync(program).latin1Slice(), { filename: 'glued.mjs', cachedData: readFileSync(cache) });
if (script.cachedDataRejected) throw new Error(cache + ' was refused');
writeFileSync(cache, script.createCachedData());
`;

/** The bundle as a script: V8 gives a script's cache after it ran, a module's only before. One byte a character, so that it need not be decoded. */
function asScript(bundle: string): string {
  const code = readFileSync(bundle, 'utf8').replace(/^#!.*\n/, '');
  const define = { 'import.meta.url': 'process.execPath', 'import.meta.resolve': 'undefined' };
  const closed = transformSync(code, { format: 'esm', target: 'node26', minify: true, charset: 'ascii', legalComments: 'none', define }).code;
  return `(async()=>{"use strict";${closed}})()`;
}

/** No more tries than this for two that are the same. */
const MAX_TRIES = 6;

/**
 * Makes a file again and again until two in a row are the same. V8 notes in a function what kinds of values it compared, and on a busy machine
 * one is now and then of another kind: such a cache is as good, but it is not the one that others get.
 */
function keepTwin(path: string, make: () => void): void {
  let before: Buffer | undefined;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    make();
    const now = readFileSync(path);
    if (before?.equals(now) === true) return;
    before = now;
  }
}

/** Makes the program and its caches in a new folder, with a repository, a server and a machine of their own. */
export async function warmProgram(bundle: string, node: string, folder: string): Promise<WarmProgram> {
  const at = (name: string): string => `${folder}/${name}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(at('start.cjs'), start(packageVersion()));
  writeFileSync(at('warm.cjs'), WARM);
  writeFileSync(at('settle.cjs'), SETTLE);
  writeFileSync(at(PROGRAM), asScript(bundle), 'latin1');
  const machine = new Machine([NODE, bundle]);
  try {
    machine.repository(['one']);
    writeFileSync(machine.path('data.db'), 'one\n');
    machine.publish('one', machine.path('data.db'), '1.0');
    machine.policy(await machine.serve());
    machine.register('one');
    machine.glued('run', ...machine.place);
    const env = { PATH: process.env['PATH'] ?? '', HOME: machine.root };
    // the seed: strings lie in hash tables in an order that depends on it
    const scripted = (script: string, flags: readonly string[], ...args: readonly string[]): void => {
      execFileSync(node, [...V8_FLAGS, ...flags, '--random-seed=1', at(script), at(PROGRAM), ...args], { stdio: ['ignore', 'ignore', 'inherit'], env });
    };
    const keep = (cache: string, runs: readonly (readonly string[])[]): void => {
      keepTwin(at(cache), () => {
        scripted('warm.cjs', UNCOLLECTED, at(cache), JSON.stringify(runs));
        scripted('settle.cjs', [], at(cache));
      });
    };
    keep(CACHES.run, [['run', '--json', ...machine.place]]);
    keep(CACHES.other, [['--version'], ['status', '--json', '--state', machine.path('machine/state')]]);
  } finally {
    machine.close();
  }
  const assets = [PROGRAM, ...Object.values(CACHES)].map((name) => [name, at(name)] as const);
  return { main: at('start.cjs'), assets: Object.fromEntries(assets) };
}
