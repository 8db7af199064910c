import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The checkout's root, whatever the current folder. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** A path below the checkout's root. */
export const at = (...parts: string[]): string => join(ROOT, ...parts);

/** The Node that every script is run by: the pinned one, never the machine's. */
export const NODE = at('node_modules', '.bin', 'node');

/** The agent's version, as package.json has it. */
export function packageVersion(): string {
  const found = /"version": "([^"]+)"/.exec(readFileSync(at('package.json'), 'utf8'));
  if (found?.[1] === undefined) throw new Error('package.json has no version');
  return found[1];
}
