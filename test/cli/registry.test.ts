import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { registryAdd, type RegistryAdd } from '../../src/cli/registry-add.ts';
import { printChange } from '../../src/cli/registry-command.ts';
import { registryList } from '../../src/cli/registry-list.ts';
import { registryRemove } from '../../src/cli/registry-remove.ts';
import { type Content, type Failure, failureExit, failureText, ok, type Outcome, type RegistryChange } from '../../src/model/index.ts';
import { checkSettings } from '../../src/plugins/index.ts';
import { lockState } from '../../src/state/index.ts';
import { cleanUp, drop, GOOD, install, names, newState, NOW, ports, scan } from '../registry/world.ts';
import { journalEntry, must, sha, why, withState } from '../state/world.ts';

/** The real ports with a terminal that remembers. */
function talking(): { readonly around: typeof ports; readonly said: { out: string; err: string } } {
  const said = { out: '', err: '' };
  const terminal = {
    ...ports.terminal,
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
  };
  return { around: { ...ports, terminal }, said };
}

type Around = ReturnType<typeof talking>['around'];
type Output = 'text' | 'json';

/** Adds, and tells it as the command does. */
function add(around: Around, request: RegistryAdd, output: Output = 'text'): Outcome<0, Failure> {
  return shown(around, registryAdd(around, request), output);
}

function remove(around: Around, dir: string, id: string, output: Output = 'text'): Outcome<0, Failure> {
  return shown(around, registryRemove(around, dir, id), output);
}

function shown({ terminal }: Around, changed: Outcome<RegistryChange, Failure>, output: Output): Outcome<0, Failure> {
  if (!changed.ok) return changed;
  printChange(terminal, changed.value, output);
  return ok(0);
}

function asked(dir: string, over: Partial<RegistryAdd['request']> = {}, more: Partial<RegistryAdd> = {}): RegistryAdd {
  return {
    stateDir: dir,
    request: { id: 'demo', type: 'av', plugIn: 'files', installPath: `${dir}-product/rules`, settings: [], ...over },
    existing: 'refuse',
    plugIns: new Set(['files', 'clamav']),
    checkSettings,
    service: () => undefined,
    adopt: () => ok(null),
    ...more,
  };
}

test('add writes a plist to NewRegistry, which the next scan takes over', () => {
  const dir = newState();
  const { around, said } = talking();
  const added = add(around, asked(dir, { name: 'Demo rules', channel: 'beta', plugIn: 'edr', settings: ['Socket=/run/a=b', 'Empty='] }));
  assert.equal(added, { ok: true, value: 0 });
  assert.equal(names(dir, 'NewRegistry'), ['demo.plist']);
  assert.match(said.out, /demo is registered .*NewRegistry\/demo\.plist/);
  assert.match(said.err, /-product is not there yet/);
  const [found] = scan(dir).components;
  assert.equal(found?.settings, { Socket: '/run/a=b', Empty: '' });
  assert.is(found?.channel, 'beta');
  assert.is(found?.name, 'Demo rules');
  must(lockState(ports, dir, 'next', NOW)).release();
});

const REFUSED: readonly (readonly [over: Partial<RegistryAdd['request']>, text: RegExp])[] = [
  [{ id: 'Demo' }, /an id has a to z/],
  [{ type: 'virus' }, /--type is "virus", allowed: av, ips/],
  [{ plugIn: '../x' }, /--plugin is text/],
  [{ channel: 'a b' }, /--channel is text/],
  [{ name: 'a\nb' }, /--name is text/],
  [{ installPath: 'rel' }, /--path is "rel", allowed: an absolute path/],
  [{ installPath: '/' }, /--path is the root folder/],
  [{ settings: ['A'] }, /--set is "A", allowed: KEY=VALUE/],
  [{ settings: ['A=1', 'A=2'] }, /--set names A twice/],
  [{ settings: ['A=\u001b[1m'] }, /--set A is text/],
];

test('what cannot be a registration is 64 and writes nothing', () => {
  for (const [over, text] of REFUSED) {
    const dir = newState();
    const refused = add(talking().around, asked(dir, over));
    assert.is(why(refused), 'registry-invalid', JSON.stringify(over));
    if (refused.ok) continue;
    assert.is(failureExit(refused.failure), 64);
    assert.match(failureText(refused.failure), text);
    assert.equal(names(dir, 'NewRegistry'), []);
  }
});

test('a setting that its plug-in does not read, or cannot use, is refused; of a plug-in that is not ours nothing is known', () => {
  const cases: readonly (readonly [plugIn: string, setting: string, code: number, text: RegExp])[] = [
    ['files', 'TestCommnd=/bin/true', 64, /the plug-in files has no setting TestCommnd; it has: TestCommand/],
    ['clamav', 'TestCommand=/bin/true', 64, /the plug-in clamav has no setting TestCommand; it has: Socket, EnginePath, ConfigFile, SignRoot/],
    ['files', 'TestCommand=bin/true', 2, /bin\/true is neither an absolute path nor a JSON list/],
  ];
  for (const [plugIn, setting, code, text] of cases) {
    const dir = newState();
    const refused = add(talking().around, asked(dir, { plugIn, settings: [setting] }));
    if (refused.ok) assert.unreachable(setting);
    else {
      assert.is(failureExit(refused.failure), code);
      assert.match(failureText(refused.failure), text);
      assert.equal(names(dir, 'NewRegistry'), []);
    }
  }
  for (const [plugIn, setting] of [['files', 'TestCommand=["/bin/true","{path}"]'], ['clamav', 'EnginePath=/usr/bin/clamscan'], ['edr', 'Anything=1']] as const) {
    assert.equal(add(talking().around, asked(newState(), { plugIn, settings: [setting] })), { ok: true, value: 0 });
  }
});

test('an install path in the state folder, or around it, is refused', () => {
  const dir = newState();
  for (const installPath of [dir, join(dir, 'cache'), join(dir, '..')]) {
    assert.is(why(add(talking().around, asked(dir, { installPath }))), 'registry-invalid', installPath);
  }
});

test('while a run holds the lock it is 23, and nothing is written', () => {
  const dir = newState();
  install(dir, 'old');
  const held = must(lockState(ports, dir, 'run', NOW));
  const { around } = talking();
  for (const refused of [add(around, asked(dir)), remove(around, dir, 'old')]) {
    assert.is(refused.ok ? 0 : failureExit(refused.failure), 23);
  }
  assert.equal([names(dir, 'NewRegistry'), names(dir, 'ActiveRegistry')], [[], ['old.plist']]);
  assert.equal(registryList(around, { stateDir: dir, output: 'text' }), { ok: true, value: 0 }, 'looking needs no lock');
  held.release();
});

test('a real folder at the install path is refused without --adopt, and only for the plug-in that would replace it', () => {
  const dir = newState();
  const installPath = join(dir, '..', 'product');
  mkdirSync(installPath, { recursive: true });
  const refused = add(talking().around, asked(dir, { installPath }));
  assert.is(why(refused), 'registry-in-the-way');
  assert.equal(names(dir, 'NewRegistry'), []);
  assert.equal(add(talking().around, asked(dir, { plugIn: 'clamav', installPath })), { ok: true, value: 0 });
});

test('an install path that another component replaces as a whole is refused, with --adopt too, and nothing is touched', () => {
  const dir = newState();
  assert.equal(add(talking().around, asked(dir)), { ok: true, value: 0 });
  const adopt = (): never => {
    throw new Error('what is the other one’s was taken over');
  };
  for (const existing of ['refuse', 'adopt'] as const) {
    const refused = add(talking().around, asked(dir, { id: 'thief' }, { existing, adopt }));
    assert.is(why(refused), 'registry-path-taken');
    if (!refused.ok) assert.match(failureText(refused.failure), /product\/rules is the install path of demo already/);
  }
  assert.equal(names(dir, 'NewRegistry'), ['demo.plist']);
  assert.equal(add(talking().around, asked(dir, { settings: ['TestCommand=/bin/true'] })), { ok: true, value: 0 }, 'the same one may be registered anew');
});

test('with --adopt what is there becomes the first version, and ActiveRegistry knows it', () => {
  const dir = newState();
  const content: Content = { sequence: 0, version: 'adopted', date: NOW, sha256: sha('a'), folder: '/opt/.glued-demo/0' };
  const { around, said } = talking();
  assert.equal(add(around, asked(dir, {}, { existing: 'adopt', adopt: () => ok(content) })), { ok: true, value: 0 });
  assert.equal([names(dir, 'NewRegistry'), names(dir, 'ActiveRegistry')], [[], ['demo.plist']]);
  assert.equal(scan(dir).components[0]?.installed, { sequence: 0, version: 'adopted', date: NOW, sha256: sha('a') });
  assert.match(said.err, /is release 0 \(adopted\) now, kept in/);
});

test('a file at the install path is taken over in silence by no one: it is said', () => {
  const dir = newState();
  const installPath = join(dir, '..', 'product-file');
  writeFileSync(installPath, 'x');
  const { around, said } = talking();
  assert.equal(add(around, asked(dir, { installPath })), { ok: true, value: 0 });
  assert.match(said.err, /is there already: the first release takes its place/);
});

test('a plug-in that this agent does not have is said, not refused', () => {
  const dir = newState();
  const { around, said } = talking();
  assert.equal(add(around, asked(dir, { plugIn: 'vendor' })), { ok: true, value: 0 });
  assert.match(said.err, /has no plug-in vendor/);
});

test('with --json exactly one document comes', () => {
  const dir = newState();
  const { around, said } = talking();
  must(add(around, asked(dir), 'json'));
  const added: unknown = JSON.parse(said.out);
  assert.match(JSON.stringify(added), /"schema":"glued\.registry\/1","added":\{"id":"demo"/);
  said.out = '';
  must(registryList(around, { stateDir: dir, output: 'json' }));
  assert.is(JSON.parse(said.out).components[0].id, 'demo');
  said.out = '';
  must(remove(around, dir, 'demo', 'json'));
  assert.is(JSON.parse(said.out).removed.id, 'demo');
});

test('list shows components in a table and names bad plists with 26', () => {
  const dir = newState();
  install(dir, 'old');
  drop(dir, 'demo.plist', GOOD('demo'));
  const { around, said } = talking();
  assert.equal(registryList(around, { stateDir: dir, output: 'text' }), { ok: true, value: 0 });
  assert.match(said.out, /^component +type +plug-in +channel +version +date +install path\ndemo +av +files +- +- +- +\/opt\/demo\/rules\nold +av +files +- +1\.0 \(1\) +2026-11-25 +\/opt\/old\/rules\n$/);
  drop(dir, 'bad.plist', 'x');
  assert.equal(registryList(around, { stateDir: dir, output: 'text' }), { ok: true, value: 26 });
  assert.match(said.err, /bad: The registration .*bad\.plist is not valid/);
  assert.ok(existsSync(join(dir, 'NewRegistry', 'bad.plist')));
});

test('remove forgets the component, new or active, and leaves its content', () => {
  const dir = newState();
  install(dir, 'demo');
  drop(dir, 'demo.plist', GOOD('demo'));
  const { around, said } = talking();
  assert.equal(remove(around, dir, 'demo'), { ok: true, value: 0 });
  assert.match(said.out, /Its content at \/opt\/demo\/rules stays/);
  assert.equal(scan(dir).components, []);
  const again = remove(around, dir, 'demo');
  assert.is(why(again), 'registry-unknown');
  if (!again.ok) assert.is(failureExit(again.failure), 64);
});

test('while an update of it is unfinished, a component is neither registered anew nor removed', () => {
  const dir = newState();
  install(dir, 'demo');
  withState(dir, (state) => must(state.journal.put(journalEntry('demo', 'swapping'))));
  const before = readFileSync(join(dir, 'ActiveRegistry', 'demo.plist'), 'utf8');
  const { around } = talking();
  assert.is(why(remove(around, dir, 'demo')), 'registry-unfinished');
  assert.is(why(add(around, asked(dir))), 'registry-unfinished');
  assert.is(readFileSync(join(dir, 'ActiveRegistry', 'demo.plist'), 'utf8'), before);
});

test.after(cleanUp);
test.run();
