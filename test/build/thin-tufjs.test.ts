import { build, type Plugin } from 'esbuild';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lazyBuiltins } from '../../build/support/lazy-builtins.ts';
import { ROOT } from '../../build/support/root.ts';
import { thinTufjs } from '../../build/support/thin-tufjs.ts';

const PATTERNS = ['catalog/one.json', 'catalog/*.json', 'catalog/?ne.json', '*/*', '**/*.json', 'catalog/[a-o]ne.json', 'catalog/{one,two}.json', 'catalog/!one.json', 'catalog/.*', '#one', '.', '..', '', 'one'];
const TARGETS = ['catalog/one.json', 'catalog/two.json', 'catalog/One.json', 'catalog/onexjson', 'catalog/.one', 'catalog/one.json/x', 'catalog/', 'one', '#one', '.', '..', '', 'x/catalog/one.json'];

/** Of every pattern: the targets that a role with it may list. */
const ENTRY = `
import { Targets } from '@tufjs/models';
export const taken = (patterns, targets) => patterns.map((pattern) => {
  const roles = [{ keyids: ['k'], threshold: 1, name: 'a', terminating: true, paths: [pattern] }];
  const { delegations } = Targets.fromJSON({ _type: 'targets', version: 1, spec_version: '1.0.31', expires: '2027-11-25T00:00:00Z', targets: {}, delegations: { keys: {}, roles } });
  return targets.filter((target) => [...delegations.rolesForTarget(target)].length > 0);
});`;

async function bundled(plugins: Plugin[]): Promise<{ readonly text: string; readonly taken: unknown }> {
  const define = { 'process.env.__MINIMATCH_TESTING_PLATFORM__': 'undefined' };
  const built = await build({ stdin: { contents: ENTRY, resolveDir: ROOT }, bundle: true, write: false, platform: 'node', format: 'esm', define, plugins });
  const text = built.outputFiles[0]?.text ?? '';
  const { taken } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  return { text, taken: taken(PATTERNS, TARGETS) };
}

test('in the bundle, a path pattern takes the same targets as in the library', async () => {
  const [ours, theirs] = [await bundled([thinTufjs, lazyBuiltins]), await bundled([lazyBuiltins])];
  assert.match(ours.text, 'PLAIN', 'the stand-in is not in the bundle');
  assert.not.match(theirs.text, 'PLAIN');
  assert.equal(ours.taken, theirs.taken);
  assert.ok(Array.isArray(theirs.taken) && theirs.taken.some((one) => one.length > 1), 'no pattern took two targets');
});

test.run();
