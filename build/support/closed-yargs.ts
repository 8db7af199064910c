import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * What yargs sees of the world inside the bundle: nothing. Its own would read translations and a package.json beside or above the
 * program, variables of the environment (a permission on Deno) and the current folder. Help is ours, so it needs no layout either.
 */
const PLATFORM = `
import Parser from 'yargs-parser';
const none = () => undefined;
const fill = (text, args) => args.reduce((s, a) => s.replace(/%[sd]/, () => String(a)), Array.isArray(text) ? text[0] : text);
const check = (holds) => (a, b, message) => { if (!holds(a, b)) throw message instanceof Error ? message : new Error(String(message)); };
export default {
  assert: { notStrictEqual: check((a, b) => a !== b), strictEqual: check((a, b) => a === b) },
  cliui: () => ({ div: none, span: none, resetOutput: none, toString: () => '' }), findUp: none, getEnv: none, inspect: String, getCallerFile: none, getProcessArgvBin: () => 'glued', mainFilename: '/glued', Parser,
  path: { basename: (p) => p, dirname: () => '/', extname: () => '', relative: (_, p) => p, resolve: (p) => p, join: (...p) => p.join('/') },
  process: { argv: () => ['glued'], cwd: () => '/', emitWarning: none, execPath: () => '/glued', exit: none, nextTick: queueMicrotask, stdColumns: 80 },
  readFileSync: none, readdirSync: () => [], require: none, stringWidth: (s) => s.length,
  y18n: {
    __: (text, ...args) => fill(text, args),
    __n: (one, many, count, ...args) => fill(count === 1 ? one : many, [count, ...args]),
    getLocale: () => 'en', setLocale: none, updateLocale: none,
  },
};`;

/** Replaces the platform of yargs, and the asking for a variable when its parser loads. */
export const closedYargs: Plugin = {
  name: 'closed-yargs',
  setup(build) {
    build.onLoad({ filter: /yargs[\\/]lib[\\/]platform-shims[\\/]esm\.mjs$/ }, (args) => ({ contents: PLATFORM, loader: 'js', resolveDir: dirname(args.path) }));
  },
};
