import type { Plugin } from 'esbuild';

/** Modules by which yargs would read files beside or above the program: translations, a package.json, the caller's file. */
const REPLACED: Readonly<Record<string, string>> = {
  y18n: `
const fill = (text, args) => args.reduce((s, a) => s.replace(/%[sd]/, () => String(a)), text);
export default () => ({
  __: (text, ...args) => fill(Array.isArray(text) ? text[0] : text, args),
  __n: (one, many, count, ...args) => fill(count === 1 ? one : many, [count, ...args]),
  getLocale: () => 'en', setLocale: () => {}, updateLocale: () => {},
});`,
  'escalade/sync': 'export default () => undefined;',
  'get-caller-file': "export default () => '';",
};

/** Inside the bundle yargs finds nothing to read: the program takes no file that it was not told of. */
export const closedYargs: Plugin = {
  name: 'closed-yargs',
  setup(build) {
    build.onResolve({ filter: /^(y18n|escalade\/sync|get-caller-file)$/ }, (args) => ({ path: args.path, namespace: 'closed-yargs' }));
    build.onLoad({ filter: /.*/, namespace: 'closed-yargs' }, (args) => ({ contents: REPLACED[args.path] ?? '', loader: 'js' }));
  },
};
