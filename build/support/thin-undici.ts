import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/**
 * Builtins that undici's agent loads and never uses for HTTP/1.1 requests of ours: a class to compare with and a number we pass
 * ourselves (node:http), constants of HTTP/2 that is switched off (node:http2, which loads TLS and crypto), assertions (node:assert,
 * which loads the colours of stderr). Without them undici costs 21 ms of CPU in place of 63.
 */
const STANDS_FOR: Readonly<Record<string, string>> = {
  'node:http': 'module.exports = { maxHeaderSize: 16384, IncomingMessage: class {} };',
  'node:http2': 'module.exports = { constants: {} };',
  'node:assert': `
const assert = (value, message) => { if (!value) throw message instanceof Error ? message : new Error(message ?? 'assertion failed'); };
assert.strictEqual = (a, b, message) => assert(Object.is(a, b), message);
assert.notStrictEqual = (a, b, message) => assert(!Object.is(a, b), message);
module.exports = assert;`,
};

/** The same clock in milliseconds; the first look at the global `performance` loads node:perf_hooks, for 5 ms of CPU. */
const CLOCK = `
const performance = { now: () => Number(process.hrtime.bigint()) / 1e6 };
`;

/** Gives undici, and no one else, small stand-ins for those builtins. Goes before the plugin that makes builtins lazy. */
export const thinUndici: Plugin = {
  name: 'thin-undici',
  setup(build) {
    build.onResolve({ filter: /^node:(http|http2|assert)$/ }, (args) =>
      /[\\/]node_modules[\\/]undici[\\/]/.test(args.importer) ? { path: args.path, namespace: 'thin-undici' } : undefined,
    );
    build.onLoad({ filter: /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client-h1\.js$/ }, (args) => ({ contents: readFileSync(args.path, 'utf8') + CLOCK, loader: 'js' }));
    build.onLoad({ filter: /.*/, namespace: 'thin-undici' }, (args) => ({ contents: STANDS_FOR[args.path] ?? '', loader: 'js' }));
  },
};
