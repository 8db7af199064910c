import { builtinModules } from 'node:module';
import type { OnResolveArgs, Plugin } from 'esbuild';

const BUILTIN = new Set(builtinModules);

/** A module object whose prototype loads the builtin when a member of it is first read. */
const atFirstUse = (name: string): string => `
const load = () => process.getBuiltinModule(${JSON.stringify(name)});
module.exports = Object.create(new Proxy({}, {
  get: (_, key) => load()[key],
  has: (_, key) => key in load(),
}));`;

/** The builtin itself: packages call some of them (`require('assert')(…)`) or extend them. */
const atOnce = (name: string): string => `module.exports = process.getBuiltinModule(${JSON.stringify(name)});`;

/**
 * esbuild hoists static `node:*` imports of ES modules to the top of the bundle, where all of them load at start. This turns our own
 * imports into loads at first use, and those of packages into loads when the package itself loads. It also removes the need for
 * `createRequire` in a bundle of CommonJS packages.
 */
export const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(build) {
    build.onResolve({ filter: /^(node:)?[a-z_0-9/]+$/ }, (args: OnResolveArgs) => {
      const name = args.path.replace(/^node:/, '');
      if (!args.path.startsWith('node:') && !BUILTIN.has(name)) return undefined;
      const ours = !args.importer.includes('node_modules');
      return { path: `node:${name}`, namespace: ours ? 'builtin-at-first-use' : 'builtin-at-once' };
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin-at-first-use' }, (args) => ({ contents: atFirstUse(args.path), loader: 'js' }));
    build.onLoad({ filter: /.*/, namespace: 'builtin-at-once' }, (args) => ({ contents: atOnce(args.path), loader: 'js' }));
  },
};
