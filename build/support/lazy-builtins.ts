import { builtinModules } from 'node:module';
import type { OnResolveArgs, Plugin } from 'esbuild';

const BUILTIN = new Set(builtinModules);

/** A module object whose prototype loads the builtin when a member of it is first read, and leaves the member in the object that was asked. */
const atFirstUse = (name: string): string => `
const load = () => process.getBuiltinModule(${JSON.stringify(name)});
module.exports = Object.create(new Proxy({}, {
  get: (_, key, asked) => {
    const value = load()[key];
    Object.defineProperty(asked, key, { value });
    return value;
  },
  has: (_, key) => key in load(),
}));`;

/** Builtins that are functions: packages call them (`require('assert')(…)`) or extend them. */
const FUNCTIONS = new Set(['assert', 'assert/strict', 'events', 'stream', 'module']);

/** The builtin itself. */
const atOnce = (name: string): string => `module.exports = process.getBuiltinModule(${JSON.stringify(name)});`;

/**
 * esbuild hoists static `node:*` imports of ES modules to the top of the bundle, where all of them load at start. This turns our own
 * imports, and those of packages where the builtin is a plain object, into loads at first use. It also removes the need for
 * `createRequire` in a bundle of CommonJS packages.
 */
export const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(build) {
    build.onResolve({ filter: /^(node:)?[a-z_0-9/]+$/ }, (args: OnResolveArgs) => {
      const name = args.path.replace(/^node:/, '');
      if (!args.path.startsWith('node:') && !BUILTIN.has(name)) return undefined;
      if (args.kind === 'dynamic-import') return { path: `node:${name}`, external: true };
      const plain = !args.importer.includes('node_modules') || !FUNCTIONS.has(name);
      return { path: `node:${name}`, namespace: plain ? 'builtin-at-first-use' : 'builtin-at-once' };
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin-at-first-use' }, (args) => ({ contents: atFirstUse(args.path), loader: 'js' }));
    build.onLoad({ filter: /.*/, namespace: 'builtin-at-once' }, (args) => ({ contents: atOnce(args.path), loader: 'js' }));
  },
};
