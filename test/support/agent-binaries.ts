import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at } from '../../build/support/root.ts';

const BINARY = at('dist', 'glued');
const SHIM = at('test', 'support', 'agent-shim.c');
/** Node's own part of the binary, in which the same digits are other things. */
const PROGRAM_AT = 110_000_000;

/** How a release of the agent goes wrong: the words of agent-shim.c. */
export const BEHAVIOURS = ['GOOD', 'CRASHES', 'HANGS', 'FORGETS', 'CRASHES_WHEN_INSTALLED', 'CRASHES_AT_WORK', 'HANGS_AT_WORK', 'FORGETS_AT_WORK', 'FAILS_AT_WORK', 'CRASHES_AS_SERVICE', 'HANGS_AS_SERVICE'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

/** Why these binaries cannot be made here, or undefined. */
export function noBinaries(): string | undefined {
  if (process.platform !== 'linux') return 'the fixtures are ELF programs';
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is not built: make binary`);
  return spawnSync('gcc', ['--version']).status === 0 ? undefined : 'no gcc to build agents that misbehave';
}

/** The version that the built binary bears. */
export const builtVersion = (): string => spawnSync(BINARY, ['--version'], { encoding: 'utf8' }).stdout.replace(/^glued |\n$/g, '');

/** The built binary with another version of the same length in it: everything else is byte for byte the same. */
export function stamped(folder: string, version: string): string {
  const path = join(folder, `glued-${version}`);
  if (existsSync(path)) return path;
  const before = builtVersion();
  if (before.length !== version.length) throw new Error(`${version} is not as long as ${before}`);
  const bytes = readFileSync(BINARY);
  let places = 0;
  for (let found = bytes.indexOf(before, PROGRAM_AT, 'latin1'); found >= 0; found = bytes.indexOf(before, found + 1, 'latin1')) {
    bytes.write(version, found, 'latin1');
    places++;
  }
  if (places === 0) throw new Error(`${BINARY} holds no ${before}`);
  return executable(path, bytes);
}

/** A program of some KiB that is `real` to whoever calls it, but for its behaviour. */
export function shim(folder: string, behaviour: Behaviour, real: string): string {
  const path = join(folder, `agent-${behaviour.toLowerCase().replaceAll('_', '-')}-${real.replace(/^.*\//, '')}`);
  mkdirSync(folder, { recursive: true });
  const built = spawnSync('gcc', ['-O1', '-s', `-DBEHAVIOUR=${behaviour}`, `-DREAL="${real}"`, '-o', path, SHIM], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  return path;
}

/** A copy of a program with something changed in it: cut short, or its header. */
export function spoilt(path: string, name: string, change: (bytes: Buffer) => Buffer): string {
  return executable(`${path}-${name}`, change(readFileSync(path)));
}

/** An ELF header that says another processor: e_machine 183 is AArch64. */
export function forArm(bytes: Buffer): Buffer {
  bytes.writeUInt16LE(183, 18);
  return bytes;
}

function executable(path: string, bytes: Uint8Array): string {
  writeFileSync(`${path}.new`, bytes);
  chmodSync(`${path}.new`, 0o755);
  renameSync(`${path}.new`, path);
  return path;
}
