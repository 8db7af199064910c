import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import type { Content } from '../../src/model/index.ts';
import { type Filters, parseFilterFile } from '../../src/plugins/builtin/suricata/filter-lines.ts';
import { serve } from '../../src/plugins/builtin/suricata/serve.ts';
import { skip } from '../support/skip.ts';
import { createFakePlugIn } from './fake.ts';
import { asCld, DATA, fixture, hasData } from './clamav-world.ts';
import { type Bench, conformance } from './suite.ts';
import { filterFolder, rule, stubEngine, suricataWorld } from './suricata-world.ts';
import { builtIn, componentAt, jobOf, readView, realPorts, type Tree, viewOf, withoutHardLinks, writeContent } from './world.ts';

/** `before`: a file of the product that is there before its first release. */
const treeBench = (before?: string) => (root: string): Bench => {
  const component = componentAt('files', join(root, 'product', 'rules'));
  const trees: Record<number, Tree> = {
    1: { 'a.rules': 'one', 'sub/b.rules': 'one b', 'sub/gone.rules': 'only in one' },
    2: { 'a.rules': 'two', 'sub/b.rules': 'two b', 'new/c.rules': 'only in two' },
    3: { 'a.rules': 'three' },
  };
  mkdirSync(join(root, 'product'));
  if (before !== undefined) writeFileSync(component.installPath, before);
  return {
    root,
    component,
    content: (sequence) => writeContent(join(root, 'product', '.glued-demo'), sequence, 'tree', trees[sequence] ?? {}),
    view: () => readView(component.installPath),
    expected: (sequence) => (sequence === null ? was(before) : viewOf(trees[sequence] ?? {})),
    swaps: 'atomic',
    damage: () => rmSync(component.installPath),
  };
};
const was = (before: string | undefined): Readonly<Record<string, string>> => (before === undefined ? {} : viewOf({ '.': before }));

const fileBench = (before?: string) => (root: string): Bench => {
  const component = componentAt('files', join(root, 'product', 'rules.bin'));
  const text = (sequence: number): string => `content ${sequence} `.repeat(sequence);
  mkdirSync(join(root, 'product'));
  if (before !== undefined) writeFileSync(component.installPath, before);
  return {
    root,
    component,
    content: (sequence) => writeContent(join(root, 'product', '.glued-demo'), sequence, 'file', { 'published-name.bin': text(sequence) }),
    view: () => readView(component.installPath),
    expected: (sequence) => (sequence === null ? was(before) : viewOf({ '.': text(sequence) })),
    swaps: 'atomic',
    damage: () => {
      rmSync(component.installPath);
      writeFileSync(component.installPath, 'somebody else');
    },
  };
};

/** Signatures in ClamAV's plain text form: the installed clamscan loads them. The folder holds a file of somebody else all the time. */
const signature = (name: string, hex: string): string => `Glued.${name}:0:*:${hex}\n`;
const DATABASES: Record<number, Tree> = {
  1: { 'a.ndb': signature('A1', '676c7565642d6131'), 'gone.ndb': signature('G1', '676c7565642d6731') },
  2: { 'a.ndb': signature('A2', '676c7565642d6132'), 'new.ndb': signature('N2', '676c7565642d6e32') },
  3: { 'a.ndb': signature('A3', '676c7565642d6133'), 'b.ndb': signature('B3', '676c7565642d6233') },
};
const LOCAL: Tree = { 'local.ign2': 'Somebody.Else\n' };

function clamavBench(before: Tree, databases: Readonly<Record<number, Tree>> = DATABASES): (root: string) => Bench {
  return (root) => {
    const component = componentAt('clamav', join(root, 'db'), { Socket: join(root, 'no-clamd.ctl') });
    mkdirSync(component.installPath);
    for (const [name, body] of Object.entries({ ...LOCAL, ...before })) writeFileSync(join(component.installPath, name), body);
    return {
      root,
      component,
      content: (sequence) => writeContent(join(component.installPath, '.glued-demo'), sequence, 'tree', databases[sequence] ?? {}),
      view: () => readView(component.installPath),
      expected: (sequence) => viewOf({ ...LOCAL, ...(sequence === null ? before : { ...before, ...databases[sequence] }) }),
      swaps: 'mended',
      damage: () => rmSync(join(component.installPath, 'a.ndb')),
    };
  };
}

/** Rules that the installed engine loads; with `filters`, what is read is what they leave. */
function suricataBench(filters?: string): (root: string) => Bench {
  const trees: Record<number, Tree> = {
    1: { 'a.rules': rule(1) + rule(2), 'sub/b.rules': rule(3), 'sub/gone.rules': rule(4) },
    2: { 'a.rules': rule(1) + rule(5), 'sub/b.rules': rule(3), 'sub/new.rules': rule(6) },
    3: { 'a.rules': rule(1) + rule(7) },
  };
  return (root) => {
    const world = suricataWorld(filters === undefined ? {} : { Filters: filterFolder(root, { 'disable.conf': filters }) }, root);
    // a stub, for the contract is of the files; what the engine says is told elsewhere
    const component = { ...world.component, settings: { ...world.component.settings, EnginePath: stubEngine(root, 'echo "Info: detect: 1 rule files processed. 4 rules successfully loaded, 0 rules failed, 0"') } };
    const kept = (tree: Tree): Tree => Object.fromEntries(Object.entries(tree).map(([path, text]) => [path, filters === undefined ? text : String(text).replace(/^(?=.*sid:1;)/m, '# ')]));
    const content = (sequence: number): Content => {
      const made = world.content(sequence, trees[sequence] ?? {});
      if (filters === undefined) return made;
      const { filters: read } = parsedFilters(filters);
      const served = serve(realPorts.files, jobOf(component, made, null, root), { filters: read, digest: 'd'.repeat(64) });
      if (!served.ok) throw new Error(served.failure.why);
      return made;
    };
    return {
      root,
      component,
      content,
      view: () => readView(component.installPath),
      expected: (sequence) => (sequence === null ? {} : viewOf(kept(trees[sequence] ?? {}))),
      swaps: 'atomic',
      damage: () => rmSync(component.installPath),
    };
  };
}

function parsedFilters(text: string): { readonly filters: Filters } {
  const parsed = parseFilterFile('disable.conf', 'disable.conf', text);
  if (!parsed.ok) throw new Error('bad filters');
  return { filters: parsed.value };
}

function fakeBench(root: string): Bench {
  const component = componentAt('fake', join(root, 'fake.txt'));
  return {
    root,
    component,
    content: (sequence) => writeContent(join(root, '.glued-demo'), sequence, 'file', { number: String(sequence) }),
    view: () => (existsSync(component.installPath) ? readFileSync(component.installPath, 'utf8') : null),
    expected: (sequence) => (sequence === null ? null : String(sequence)),
    swaps: 'atomic',
    damage: () => writeFileSync(component.installPath, '999'),
  };
}

const files = builtIn('files');
const clamav = builtIn('clamav');
const suricata = builtIn('suricata');
conformance('files, a tree', treeBench(), files);
conformance('files, a tree where a file was', treeBench('from the product'), files);
conformance('files, a file', fileBench(), files);
conformance('files, a file where one was', fileBench('from the product'), files);
conformance('files, a file where one was and there are no hard links', fileBench('from the product'), files, withoutHardLinks);
conformance('files, a file where there are no hard links', fileBench(), files, withoutHardLinks);
conformance('clamav', clamavBench({}), clamav);
conformance('clamav, in a folder with files of the same names', clamavBench({ 'a.ndb': signature('Was', '676c7565642d7761') }), clamav);
conformance('clamav, where there are no hard links', clamavBench({}), clamav, withoutHardLinks);
// a set whose one database changes its form and loses its .sign, as by a cdiff
if (hasData) {
  const all = { 'a.ndb': signature('Both', '676c7565642d626f7468') };
  const patched = { 1: { ...all, 'test.cvd': fixture('test-5.cvd'), 'test.cvd.sign': fixture('test-5.cvd.sign') }, 2: { ...all, 'test.cld': asCld(fixture('test-6.cvd')) }, 3: { ...all, 'test.cvd': fixture('test-6.cvd') } };
  conformance('clamav, by way of a cdiff', clamavBench({}, patched), clamav);
} else {
  const absent = suite('PlugIn: clamav, by way of a cdiff');
  skip(absent, 'the contract', `the signed ClamAV fixtures are not at ${DATA.pathname}`);
  absent.run();
}
conformance('suricata', suricataBench(), suricata);
conformance('suricata, filtered', suricataBench('1'), suricata);
conformance('suricata, filtered, where there are no hard links', suricataBench('1'), suricata, withoutHardLinks);
conformance('a fake', fakeBench, createFakePlugIn);
