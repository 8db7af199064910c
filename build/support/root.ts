import { join } from 'node:path';

/** The checkout's root, whatever the current folder. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** A path below the checkout's root. */
export const at = (...parts: string[]): string => join(ROOT, ...parts);

/** The Node that every script is run by: the pinned one, never the machine's. */
export const NODE = at('node_modules', '.bin', 'node');
