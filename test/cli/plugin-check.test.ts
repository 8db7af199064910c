// the command itself; every check, and what fails it, is in test/plugins/host-kit.test.ts
import { createHash } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { at } from '../../build/support/root.ts';
import { pluginCheck } from '../../src/cli/plugin-check.ts';
import { CODES, failureCode, type PlugInCheckDocument } from '../../src/model/index.ts';
import { createPorts } from '../../src/platform/index.ts';
import { temporaryFolder } from '../support/repository.ts';
import { type RunEnd, runtimes } from '../support/runtimes.ts';
import { keptTerminal } from './kept-terminal.ts';

const test = suite('glued plugin check');
const valid = new Ajv2020({ strict: true, allErrors: true }).compile<PlugInCheckDocument>(JSON.parse(readFileSync(at('docs/schema/glued.plugin-check.1.json'), 'utf8')));
const EXAMPLE = at('examples/yara-rules.sh');
const SOURCE = readFileSync(at('test/plugins/misbehaving/plugin.py'), 'utf8');

/** A plug-in with one fault, which the first checks find: the rest is skipped, which takes no time. */
function faulty(mode: string): string {
  const path = join(temporaryFolder('plugin-check'), 'plugin');
  writeFileSync(path, SOURCE.replace(/^MODE = "good"$/m, `MODE = ${JSON.stringify(mode)}`));
  chmodSync(path, 0o755);
  return path;
}

async function checked(path: string, output: 'text' | 'json'): Promise<{ readonly code: number; readonly out: string }> {
  const terminal = keptTerminal();
  const ended = await pluginCheck({ ...createPorts({ colour: 'never' }).ports, terminal }, path, output);
  return { code: ended.ok ? ended.value : CODES[failureCode(ended.failure)], out: terminal.stdout() };
}

function documentOf(text: string): PlugInCheckDocument {
  const document: unknown = JSON.parse(text);
  assert.ok(valid(document), JSON.stringify(valid.errors));
  return document;
}

test('a good plug-in: each check on a line, the sum, and what to put into the policy', async () => {
  const { code, out } = await checked(EXAMPLE, 'text');
  const lines = out.trimEnd().split('\n');
  assert.is(code, 0, out);
  assert.match(lines[0] ?? '', /^ok {3}silent-start +it says nothing before it is asked$/);
  assert.match(lines[1] ?? '', /^ok {3}hello +it answers hello as the protocol has it \(yara 1\.0, swap files\)$/);
  assert.match(out, /\nskip killed-swap/);
  assert.match(lines.at(-3) ?? '', /^\d+ of \d+ checks passed, 0 failed, 1 could not be made\.$/);
  const sha256 = createHash('sha256').update(readFileSync(EXAMPLE)).digest('hex');
  assert.equal(JSON.parse(lines.at(-1) ?? ''), { id: 'yara', path: EXAMPLE, sha256 });
});

test('a plug-in that breaks the protocol: 3, what was found, what to mend, and nothing for the policy', async () => {
  const { code, out } = await checked(faulty('old protocol'), 'text');
  assert.is(code, 3, out);
  assert.match(out, /^FAIL hello +.*wrong at protocol: found number 0; allowed: a whole number from 1 to 1.*\n +Answer hello as docs\/plugin-protocol\.md says/m);
  assert.match(out, /^skip hello-again .*\(hello failed\)$/m);
  assert.match(out, /^1 of \d+ checks passed, 1 failed, \d+ could not be made\.\n$/m);
  assert.not.match(out, /plugins\.allow/);
});

test('--json is one valid document of the published schema, whatever came out, and the code is in it', async () => {
  const bad = await checked(faulty('hello without settings'), 'json');
  const document = documentOf(bad.out);
  assert.equal([bad.code, document.code, document.codeName, document.plugIn, document.allow], [3, 3, 'plugin-protocol', null, null]);
  assert.equal(document.checks.filter((c) => c.verdict === 'fail').map((c) => [c.id, c.fix !== '']), [['hello', true]]);
  const builtIn = documentOf((await checked(faulty('a built-in id'), 'json')).out);
  assert.equal([builtIn.code, builtIn.plugIn?.id, builtIn.checks.find((c) => c.id === 'own-id')?.verdict], [3, 'files', 'fail']);
});

/** The same from the outside, on each runtime: what is 2, 3 and 64. */
for (const rt of runtimes()) {
  const glued = (...args: readonly string[]): Promise<RunEnd> => rt.run(['plugin', 'check', ...args], { permissions: ['--allow-all'] });
  test(`${rt.name}: 2 for what cannot be started, 3 for what breaks the protocol, 64 without a path`, async () => {
    const none = await glued('/nowhere/plugin');
    assert.equal([none.code, none.stdout], [2, ''], none.stderr);
    assert.match(none.stderr, /^glued: The plug-in under test \(\/nowhere\/plugin\) could not be started: it is not there\. Check that/);
    const told = await glued('/nowhere/plugin', '--json');
    const { schema, code, codeName } = JSON.parse(told.stdout);
    assert.equal([told.code, schema, code, codeName], [2, 'glued.error/1', 2, 'plugin-load']);
    const broken = await glued(faulty('hello without settings'), '--json');
    assert.equal([broken.code, documentOf(broken.stdout).code], [3, 3], broken.stderr);
    const without = await glued();
    assert.is(without.code, 64);
    assert.match(without.stderr, /plugin check needs PATH, the plug-in's file/);
    assert.is((await glued(EXAMPLE, '--nonsense')).code, 64);
  });
}

test.run();
