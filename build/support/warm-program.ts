import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Machine, PROVEN } from '../bench/machine.ts';
import { type Chunk, chunksOf, scriptOf } from './chunks.ts';
import { NODE, packageVersion } from './root.ts';
import { CACHES, LIST, MORE, PROGRAM, SETTLE, start, V8_FLAGS, WARM } from './warm-scripts.ts';

/**
 * Node's own code cache of an executable is made before anything ran: V8 leaves most functions out of it, and compiles them at every
 * start (75 ms of CPU in a run that finds nothing to do). These are made after the program ran, so they hold what it calls.
 */
export type WarmProgram = {
  /** the executable's main: it starts the program with a cache */
  readonly main: string;
  readonly assets: Readonly<Record<string, string>>;
};

/** Room for all that a short run makes: the collector would change how a string is kept, and with it what V8 notes of a comparison. */
const UNCOLLECTED = ['--max-semi-space-size=256', '--min-semi-space-size=256'] as const;

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

/** A machine that is up to date, and the command lines that caches are made of. */
async function warmMachine(bundle: string): Promise<{ readonly machine: Machine; readonly run: readonly string[]; readonly others: readonly (readonly string[])[] }> {
  const machine = new Machine([NODE, bundle]);
  const ids = ['one', 'two'];
  machine.repository(ids);
  for (const id of ids) {
    writeFileSync(machine.path('data.db'), `${id}\n`);
    machine.publish(id, machine.path('data.db'), '1.0');
  }
  machine.policy(await machine.serve(), PROVEN);
  for (const id of ids) machine.register(id);
  machine.glued('run', ...machine.place);
  return { machine, run: ['run', '--json', ...machine.place], others: [['--version'], ['status', '--json', '--state', machine.path('machine/state')]] };
}

/**
 * Makes the program and its caches in a new folder, with a repository, a server and a machine of their own. It is a script, since V8 gives a
 * script's cache after it ran, a module's only before; it is of chunks, since V8 notes all functions of those that ran, called or not (7 ms of
 * 70); and the chunks that a run does not load are in a second script.
 */
export async function warmProgram(entry: string, bundle: string, node: string, folder: string): Promise<WarmProgram> {
  const at = (name: string): string => `${folder}/${name}`;
  const { main, chunks } = await chunksOf(entry);
  mkdirSync(folder, { recursive: true });
  const scripts = { 'start.cjs': start(packageVersion(), main), 'warm.cjs': WARM, 'list.cjs': LIST, 'settle.cjs': SETTLE };
  for (const [name, text] of Object.entries(scripts)) writeFileSync(at(name), text);
  const { machine, run, others } = await warmMachine(bundle);
  try {
    const env = { PATH: process.env['PATH'] ?? '', HOME: machine.root };
    // the seed: strings lie in hash tables in an order that depends on it
    const scripted = (script: string, flags: readonly string[], ...args: readonly string[]): string =>
      execFileSync(node, [...V8_FLAGS, ...flags, '--random-seed=1', at(script), ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env });
    const write = (name: string, some: readonly Chunk[]): void => writeFileSync(at(name), scriptOf(some, main), 'latin1');
    write(PROGRAM, chunks);
    scripted('list.cjs', [], at(PROGRAM), main, at('loaded.json'), JSON.stringify([run, ...others]));
    const loaded = new Set<string>(JSON.parse(readFileSync(at('loaded.json'), 'utf8')));
    write(PROGRAM, chunks.filter(({ name }) => loaded.has(name)));
    write(MORE, chunks.filter(({ name }) => !loaded.has(name)));
    const keep = (program: string, cache: string, runs: readonly (readonly string[])[]): void => {
      keepTwin(at(cache), () => {
        scripted('warm.cjs', UNCOLLECTED, at(program), main, at(cache), JSON.stringify(runs));
        scripted('settle.cjs', [], at(program), at(cache));
      });
    };
    keep(PROGRAM, CACHES.run, [run]);
    keep(PROGRAM, CACHES.other, others);
    keep(MORE, CACHES.more, []);
  } finally {
    machine.close();
  }
  const assets = [PROGRAM, MORE, ...Object.values(CACHES)].map((name) => [name, at(name)] as const);
  return { main: at('start.cjs'), assets: Object.fromEntries(assets) };
}
