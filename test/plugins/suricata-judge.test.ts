// runtimes: node, deno
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Component, failureCode, failureText, type Failure, type Outcome } from '../../src/model/index.ts';
import { readReport } from '../../src/plugins/builtin/suricata/engine-says.ts';
import { skip } from '../support/skip.ts';
import { filterFolder, lacking, rule, stubEngine, suricata, suricataWorld, writeConf } from './suricata-world.ts';
import { builtIn, installedAs, jobOf, readView, realPorts, releaseOf, type Tree, valueOf, VERIFY, viewOf, whyOf } from './world.ts';

const plugIn = builtIn('suricata')(realPorts);
const words = (outcome: Outcome<unknown, Failure>): string => (outcome.ok ? 'ok' : `${failureText(outcome.failure)}\n${outcome.failure.detail ?? ''}`);
const codeOf = (outcome: Outcome<unknown, Failure>): string => (outcome.ok ? 'ok' : failureCode(outcome.failure));

const when = (name: string, run: () => Promise<void>): void => {
  const lack = lacking();
  if (lack === undefined) test(name, run);
  else skip(test, name, lack);
};

when('the real engine loads good rules with their dataset, and its verdict is kept for these bytes and this version', async () => {
  const { root, component, content } = suricataWorld();
  const tree: Tree = {
    'a.rules': rule(1) + rule(2),
    'sub/b.rules': rule(3, 'http.uri; dataset:isset,uris,type string,load uris.lst'),
    'sub/uris.lst': `${Buffer.from('/evil').toString('base64')}\n`,
    'classification.config': 'config classification: glued-made,Made by glued,1\n',
  };
  const job = jobOf(component, content(1, tree), null, root);
  valueOf(await plugIn.check(component, releaseOf(component, job.next)));
  assert.equal(valueOf(await plugIn.test(job))?.notes, []);
  const verdict: { readonly signatures: number; readonly engine: string } = JSON.parse(readFileSync(join(job.next.folder, 'verdict.json'), 'utf8'));
  assert.is(verdict.signatures, 3);
  assert.match(verdict.engine, /^\d+\.\d+/);
  const broken = jobOf({ ...component, settings: { ...component.settings, EnginePath: stubEngine(root, 'exit 7') } }, job.next, null, root);
  assert.is(whyOf(await plugIn.test(broken)), 'content-test-failed', 'another version has seen nothing yet');
  valueOf(await plugIn.test(job));
  assert.is(existsSync(join(root, 'scratch', 'test.yaml')), true);
  rmSync(join(root, 'scratch'), { recursive: true });
  valueOf(await plugIn.test(job));
  assert.not.ok(existsSync(join(root, 'scratch')), 'the kept verdict counts: no engine was started');
  writeFileSync(join(job.next.folder, 'content', 'a.rules'), rule(9).padEnd((rule(1) + rule(2)).length, '\n'));
  assert.is(whyOf(await plugIn.test(job)), 'content-damaged', 'the verdict is on other bytes');
});

when('a broken rule is refused with its file, its line and what the engine says of it', async () => {
  const { root, component, content } = suricataWorld();
  const bad = content(1, { 'a.rules': rule(1), 'sub/b.rules': `# head\n${rule(2)}${rule(3, 'contentx:"no"')}` });
  const outcome = await plugIn.test(jobOf(component, bad, null, root));
  assert.equal([whyOf(outcome), codeOf(outcome)], ['rules-broken', 'content-test']);
  assert.match(words(outcome), /1 of its rules do not load, the first is sub\/b\.rules, line 3: unknown rule keyword 'contentx'/);
  assert.match(words(outcome), /sub\/b\.rules:3: unknown rule keyword/);
  const long = content(2, { 'a.rules': `${rule(1)}\n\n${rule(4, `content:"${'a'.repeat(6000)}"; contentx:"no"`)}` });
  assert.match(words(await plugIn.test(jobOf(component, long, null, root))), /the first is a\.rules, line 4/, 'a message that the engine cuts short');
  const twice = content(3, { 'a.rules': rule(1), 'sub/b.rules': rule(1) });
  assert.match(words(await plugIn.test(jobOf(component, twice, null, root))), /Duplicate signature/);
  const lost = content(4, { 'a.rules': rule(1, 'http.uri; dataset:isset,u,type string,load gone.lst') });
  assert.match(words(await plugIn.test(jobOf(component, lost, null, root))), /a\.rules, line 1: failed to set up dataset 'u'/);
});

when('what would detect nothing is refused: no rules, commented out, not read, much less than before', async () => {
  const { root, component, content } = suricataWorld();
  const of = async (tree: Tree): Promise<string> => words(await plugIn.test(jobOf(component, content(2, tree), null, root)));
  assert.match(await of({ 'README.txt': 'no rules' }), /holds no file that ends with \.rules/);
  assert.match(await of({ 'a.rules': `# ${rule(1)}` }), /commented out or filtered away/);
  assert.match(await of({ 'deep/er/a.rules': rule(1) }), /rule-files of suricata\.yaml \(\*\.rules, sub\/\*\.rules\) are none of its files deep\/er\/a\.rules/);
  const first = content(1, { 'a.rules': [1, 2, 3, 4].map((n) => rule(n)).join('') });
  const shrunk = await plugIn.test(jobOf(installedAs(component, first), content(3, { 'a.rules': rule(1) }), first, root));
  assert.is(whyOf(shrunk), 'shrunk');
  assert.match(words(shrunk), /75 % smaller.*1 rules after 4/);
  const partly = valueOf(await plugIn.test(jobOf(component, content(4, { 'a.rules': rule(1), 'x/y/z.rules': 'broken (' }), null, root)));
  assert.match(partly?.notes.join() ?? '', /does not name x\/y\/z\.rules of release 4\.0/);
});

when('an engine that reads another folder would never load what is put here: 2, before a byte is fetched', async () => {
  const { root, component, content } = suricataWorld();
  const next = content(1, { 'a.rules': rule(1) });
  mkdirSync(join(root, 'other'));
  const elsewhere = { ...component, settings: { ...component.settings, ConfigFile: writeConf(join(root, 'other'), join(root, 'other'), [], ['x.rules']) } };
  for (const outcome of [await plugIn.check(elsewhere, releaseOf(component, next)), await plugIn.test(jobOf(elsewhere, next, null, root))]) {
    assert.equal([whyOf(outcome), codeOf(outcome)], ['suricata-conf-bad', 'plugin-load']);
    assert.match(words(outcome), /none of them in .*product\/rules/);
  }
  const missing = { ...component, settings: { ...component.settings, ConfigFile: join(root, 'no.yaml') } };
  assert.match(words(await plugIn.check(missing, releaseOf(component, next))), /no\.yaml, cannot be used: it is not there/);
  writeFileSync(join(root, 'bad.yaml'), 'this is: [no yaml');
  const bad = { ...component, settings: { ...component.settings, ConfigFile: join(root, 'bad.yaml') } };
  assert.match(words(await plugIn.check(bad, releaseOf(component, next))), /does not understand it/);
});

when('filters decide what is installed; the release stays as published, for deltas', async () => {
  const world = suricataWorld();
  const { root, content } = world;
  const Filters = filterFolder(root, { 'disable.conf': '1\n', 'drop.conf': 're:glued 2\n', 'modify.conf': '3 "rev:1" "rev:9"\n' });
  const component: Component = { ...world.component, settings: { ...world.component.settings, Filters } };
  const tree: Tree = { 'a.rules': rule(1) + rule(2) + rule(3), 'sub/b.rules': rule(4), 'classification.config': '# none\n' };
  const job = jobOf(component, content(1, tree), null, root);
  for (const _ of [1, 2]) assert.equal(valueOf(await plugIn.test(job))?.notes, []);
  valueOf(await plugIn.swap(job));
  assert.is(valueOf(await plugIn.confirm(job)).loaded, null);
  const expected = { ...tree, 'a.rules': `# ${rule(1)}${rule(2).replace('alert', 'drop')}${rule(3).replace('rev:1', 'rev:9')}` };
  assert.equal(readView(component.installPath), viewOf(expected));
  assert.equal(readView(join(job.next.folder, 'content')), viewOf(tree));
  const installed = installedAs(component, job.next);
  assert.is(valueOf(await plugIn.inventory(installed, 'deep', job.signal)).state, 'whole');
  writeFileSync(join(component.installPath, 'a.rules'), expected['a.rules'].replace('rev:9', 'rev:8'));
  const damaged = valueOf(await plugIn.inventory(installed, 'deep', job.signal));
  assert.match(`${damaged.state} ${damaged.detail}`, /^damaged the bytes of .*served\/content\/a\.rules/);
  const all = { ...component, settings: { ...component.settings, Filters: filterFolder(root, { 'disable.conf': '*' }) } };
  assert.match(words(await plugIn.test(jobOf(all, content(2, tree), null, root))), /filtered away/);
  const off = jobOf({ ...installed, settings: world.component.settings }, content(3, tree), job.next, root);
  valueOf(await plugIn.test(off));
  valueOf(await plugIn.swap(off));
  assert.equal(readView(component.installPath), viewOf(tree), 'filters that are gone filter nothing');
  valueOf(await plugIn.restore(off));
  assert.is(readView(component.installPath)['a.rules'] === viewOf(tree)['a.rules'], false);
});

test('filters that cannot be used are 21 with file and line, before a byte is fetched; filters that others can change are 22', async () => {
  const world = suricataWorld();
  const { root, content } = world;
  const check = (Filters: string): Promise<Outcome<unknown, Failure>> => plugIn.check({ ...world.component, settings: { ...world.component.settings, Filters } }, releaseOf(world.component, content(1, {})));
  const folder = filterFolder(root, { 'disable.conf': '# ok\n1\nnonsense here\n', 'modify.conf': '1 "("  "x"\n' });
  const bad = await check(folder);
  assert.equal([whyOf(bad), codeOf(bad)], ['filter-line-bad', 'policy-invalid']);
  assert.match(words(bad), /disable\.conf, line 3: "nonsense here": it is none of SID, GID:SID/);
  const one = await check(join(folder, 'modify.conf'));
  assert.match(words(one), /modify\.conf, line 1: "1 "\("  "x"": its pattern cannot be read/);
  for (const [path, text] of [
    [join(root, 'none'), /it is not there/],
    [root, /the folder holds none of disable\.conf/],
    ['relative', /no absolute path/],
    [join(root, 'suricata.yaml'), /its name is none of/],
  ] as const) assert.match(words(await check(path)), text, path);
  symlinkSync(join(folder, 'disable.conf'), join(root, 'enable.conf'));
  assert.match(words(await check(join(root, 'enable.conf'))), /cannot be read/);
  const { chmodSync } = await import('node:fs');
  writeFileSync(join(folder, 'disable.conf'), '1\n');
  chmodSync(join(folder, 'disable.conf'), 0o666);
  const open = await check(folder);
  assert.equal([whyOf(open), codeOf(open)], ['filters-untrusted', 'policy-untrusted']);
});

test('an engine that is killed, hangs, says nothing or is not there never lets content pass as tested', async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['exit 3', 'content-test-failed', 'content-test'],
    ['exit 0', 'rules-none', 'content-test'],
    ['echo "Info: detect: 1 rule files processed. 0 rules successfully loaded, 0 rules failed, 0"', 'rules-none', 'content-test'],
    ['echo "Info: detect: 1 rule files processed. 4 rules successfully loaded, 2 rules failed, 0"', 'rules-broken', 'content-test'],
    ['kill -SEGV $$', 'content-test-killed', 'content-test'],
    ['sleep 30', 'content-test-timeout', 'content-test'],
    ['echo "<Info> - 1 rule files processed. 4 rules successfully loaded, 0 rules failed"', 'ok', 'ok'],
  ];
  for (const [body, why, code] of cases) {
    const { root, component, content } = suricataWorld();
    const settings = { ...component.settings, EnginePath: stubEngine(root, body) };
    const job = jobOf({ ...component, settings }, content(1, { 'a.rules': rule(1) }), null, root, { verify: { ...VERIFY, timeoutSeconds: 1 } });
    const outcome = await plugIn.test(job);
    assert.equal([whyOf(outcome), codeOf(outcome)], [why, code], body);
  }
  const { root, component, content } = suricataWorld({ EnginePath: '/nonexistent/suricata' });
  const job = jobOf(component, content(1, { 'a.rules': rule(1) }), null, root);
  assert.is(whyOf(await plugIn.check(component, releaseOf(component, job.next))), 'test-program-not-run');
  const without = builtIn('suricata')({ ...realPorts, proc: { ...realPorts.proc, find: () => undefined } });
  assert.match(valueOf(await without.test({ ...job, component: { ...component, settings: {} } }))?.notes.join() ?? '', /not exercised: no suricata is installed/);
  assert.is(whyOf(await without.test({ ...job, next: content(2, { 'a.rules': '# nothing\n' }) })), 'rules-none');
});

test('a single rule file that was published lands in the folder under its own name', async () => {
  const { root, component, content } = suricataWorld({ EnginePath: stubEngine(newRoot(), 'exit 9') });
  const without = builtIn('suricata')({ ...realPorts, proc: { ...realPorts.proc, find: () => undefined } });
  const job = jobOf(component, content(1, { 'suricata.rules': rule(1) }, 'file'), null, root);
  valueOf(await without.test(job));
  valueOf(await without.swap(job));
  valueOf(await without.confirm(job));
  assert.equal(readView(component.installPath), viewOf({ 'suricata.rules': rule(1) }));
});
const newRoot = (): string => suricataWorld().root;

test('what the engine prints is read in each of its forms', () => {
  const refused = 'error parsing signature "alert tcp (x" from file /r/a.rules at line 4';
  const json = (level: string, message: string): string => JSON.stringify({ log_level: level, engine: { message, module: 'detect' } });
  const sum = '1 rule files processed. 3 rules successfully loaded, 1 rules failed, 0';
  const forms: readonly string[] = [
    [json('Error', 'unknown rule keyword'), json('Error', refused), json('Info', sum)].join('\n'),
    [`Error: detect-parse: unknown rule keyword`, `Error: detect: ${refused}`, `Info: detect: ${sum}`].join('\n'),
    [`25/11/2026 -- 11:00:00 - <Error> - [ERRCODE: SC_ERR(6)] - unknown rule keyword`, `25/11/2026 -- 11:00:00 - <Error> - [ERRCODE: SC_ERR(39)] - ${refused}`, `25/11/2026 -- 11:00:00 - <Info> - ${sum}`].join('\n'),
  ];
  for (const form of forms) {
    assert.equal(readReport('', form), { loaded: 3, failed: 1, broken: [{ rule: 'alert tcp (x', file: '/r/a.rules', line: 4, problem: 'unknown rule keyword' }] }, form);
  }
  assert.equal(readReport('{"a": broken\n{}\n[]', ''), { loaded: undefined, failed: 0, broken: [] });
  assert.ok(suricata === undefined || suricata.startsWith('/'));
});

test.run();
