import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

/** A pattern of plain characters matches itself; minimatch loads (4 ms of CPU) when one has more. Our publisher delegates plain paths. */
const PLAIN_FIRST = `
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
exports.minimatch = (name, pattern) => (PLAIN.test(pattern) ? name === pattern : require('minimatch').minimatch(name, pattern));`;

/** Stands between @tufjs/models and minimatch. */
export const thinTufjs: Plugin = {
  name: 'thin-tufjs',
  setup(build) {
    build.onResolve({ filter: /^minimatch$/ }, (args) =>
      args.namespace === 'file' && /[\\/]@tufjs[\\/]models[\\/]/.test(args.importer) ? { path: args.importer, namespace: 'thin-tufjs' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'thin-tufjs' }, (args) => ({ contents: PLAIN_FIRST, loader: 'js', resolveDir: dirname(args.path) }));
  },
};
