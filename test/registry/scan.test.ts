import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { saySkipped } from '../support/skip.ts';
import { failureExit, failureText } from '../../src/model/index.ts';
import { componentPlist, itemSeqData, scanRegistry, writeActive } from '../../src/registry/index.ts';
import { component, must, sha, why } from '../state/world.ts';
import { cleanUp, drop, GOOD, install, names, newState, NOW, plistText, ports, scan, seen } from './world.ts';

test('a new registration moves to ActiveRegistry, readable by all, and nothing is installed yet', () => {
  const dir = newState();
  drop(dir, 'demo.plist', GOOD('demo', '<key>Channel</key><string>beta</string><key>Settings</key><dict><key>Socket</key><string>/run/s</string></dict>'));
  const found = scan(dir);
  assert.equal(found.problems, []);
  assert.equal(found.components, [
    {
      id: 'demo',
      name: 'The demo',
      contentType: 'av',
      plugIn: 'files',
      installPath: '/opt/demo/rules',
      channel: 'beta',
      settings: { Socket: '/run/s' },
      installed: null,
      previous: null,
    },
  ]);
  assert.equal([names(dir, 'NewRegistry'), names(dir, 'ActiveRegistry')], [[], ['demo.plist']]);
  assert.is(statSync(join(dir, 'ActiveRegistry', 'demo.plist')).mode & 0o777, 0o644);
  assert.equal(scan(dir), found, 'the next scan sees the same');
});

test('reading gives the same components and touches nothing', () => {
  const dir = newState();
  drop(dir, 'demo.plist', GOOD('demo'));
  drop(dir, 'bad.plist', 'garbage');
  install(dir, 'old');
  const read = scan(dir, 'read');
  assert.equal(read.components.map((c) => c.id), ['demo', 'old']);
  assert.equal(read.problems.map((p) => [p.id, p.failure.why]), [['bad', 'registry-plist-seen']]);
  assert.equal([names(dir, 'NewRegistry'), names(dir, 'ActiveRegistry')], [['bad.plist', 'demo.plist'], ['old.plist']]);
});

test('registered anew, a component keeps what is known to be installed', () => {
  const dir = newState();
  install(dir, 'demo');
  drop(dir, 'demo.plist', GOOD('demo', '<key>Channel</key><string>beta</string>'));
  const [found] = scan(dir).components;
  assert.is(found?.channel, 'beta');
  assert.is(found?.installed?.version, '1.0');
  assert.is(found?.lastSuccess, NOW);
  assert.equal(found?.settings, {}, 'the new registration is the whole registration');
});

test('registered anew at another place, nothing is installed there, and that is said', () => {
  const dir = newState();
  install(dir, 'demo');
  drop(dir, 'demo.plist', GOOD('demo').replace('/opt/demo/rules', '/srv/rules'));
  const found = scan(dir);
  assert.is(found.components[0]?.installed, null);
  assert.match(found.notes.join(), /demo was registered anew, at \/srv\/rules.*content at \/opt\/demo\/rules stays/);
});

test('a registration cannot claim that something is installed', () => {
  const dir = newState();
  drop(dir, 'demo.plist', Buffer.from(componentPlist(component('demo'))).toString());
  assert.is(scan(dir).components[0]?.installed, null);
});

const BAD: readonly (readonly [name: string, content: string, problem: RegExp])[] = [
  ['garbage', 'garbage', /no property list/],
  ['empty', '', /no property list/],
  ['not closed', GOOD('bad').slice(0, 300), /no property list/],
  ['a list', '<plist version="1.0"><array/></plist>', /\(document\) is a list of 0/],
  ['a key twice', GOOD('bad', '<key>Name</key><string>again</string>'), /no property list/],
  ['a missing key', GOOD('bad').replace('<key>PlugIn</key><string>files</string>', ''), /PlugIn is nothing/],
  ['a wrong type of content', GOOD('bad').replace('>av<', '>virus<'), /ContentType is text "virus", allowed: av, ips, product, agent/],
  ['a relative path', GOOD('bad').replace('/opt/bad/rules', 'opt/rules'), /InstallPath is "opt\/rules", allowed: an absolute path/],
  ['a path with ..', GOOD('bad').replace('/opt/bad/rules', '/opt/../etc'), /without \., \.\./],
  ['a path with a slash at its end', GOOD('bad').replace('/opt/bad/rules', '/opt/bad/'), /final \//],
  ['the root folder', GOOD('bad').replace('/opt/bad/rules', '/'), /root folder/],
  ['a line break in the path', GOOD('bad').replace('/opt/bad/rules', '/opt/a\nb'), /control character/],
  ["another's id", GOOD('other'), /ComponentID is "other", allowed: "bad"/],
  ['an id with a slash', GOOD('../bad'), /ComponentID is text/],
  ['an odd plug-in', GOOD('bad').replace('>files<', '>../files<'), /PlugIn is text/],
  ['a setting that is no text', GOOD('bad', '<key>Settings</key><dict><key>A</key><integer>1</integer></dict>'), /Settings\.A is number 1/],
  ['a setting with a line break', GOOD('bad', '<key>Settings</key><dict><key>A</key><string>a\nb</string></dict>'), /Settings\.A is text/],
  ['an odd key of a setting', GOOD('bad', '<key>Settings</key><dict><key>A=B</key><string>x</string></dict>'), /Settings\.A=B/],
  ['a key that reaches the prototype', GOOD('bad', '<key>__proto__</key><string>x</string>'), /no property list/],
  ['a name without end', GOOD('bad').replace('The bad', 'x'.repeat(300)), /Name is text/],
  ['too much of it', `${GOOD('bad')}${' '.repeat(1_100_000)}`, /more than 1048576 bytes/],
];

for (const [name, content, problem] of BAD) {
  test(`a plist with ${name} is set aside beside itself with a reason (26), and costs nobody else anything`, () => {
    const dir = newState();
    drop(dir, 'bad.plist', content);
    drop(dir, 'demo.plist', GOOD('demo'));
    const found = scan(dir);
    assert.equal(found.components.map((c) => c.id), ['demo']);
    assert.equal(found.problems.map((p) => [p.id, p.failure.why, failureExit(p.failure)]), [['bad', 'registry-plist', 26]]);
    const [first] = found.problems;
    assert.match(first === undefined ? '' : failureText(first.failure), problem);
    assert.equal(names(dir, 'NewRegistry'), ['bad.plist.bad', 'bad.plist.bad.reason.txt']);
    assert.match(readFileSync(join(dir, 'NewRegistry', 'bad.plist.bad.reason.txt'), 'utf8'), problem);
    assert.is(readFileSync(join(dir, 'NewRegistry', 'bad.plist.bad'), 'utf8'), content);
    const again = scan(dir);
    assert.equal(again.problems, []);
    assert.match(again.notes.join(), /bad\.plist\.bad is set aside/);
  });
}

test('a link, a folder and a file that others may write are set aside too', () => {
  const dir = newState();
  writeFileSync(join(dir, 'target'), GOOD('linked'));
  symlinkSync('../target', join(dir, 'NewRegistry', 'linked.plist'));
  mkdirSync(join(dir, 'NewRegistry', 'folder.plist'));
  drop(dir, 'open.plist', GOOD('open'));
  chmodSync(join(dir, 'NewRegistry', 'open.plist'), 0o666);
  const found = scan(dir);
  assert.equal(found.components, []);
  assert.equal(found.problems.map((p) => p.id).sort(), ['folder', 'linked', 'open']);
  assert.is(readFileSync(join(dir, 'target'), 'utf8'), GOOD('linked'));
});

test("a plist of another user's is set aside", () => {
  if (process.getuid?.() !== 0) return saySkipped('only root can give a file away');
  const dir = newState();
  drop(dir, 'demo.plist', GOOD('demo'));
  chownSync(join(dir, 'NewRegistry', 'demo.plist'), 65534, 65534);
  assert.match(JSON.stringify(scan(dir).problems), /belongs to user 65534/);
});

test('a registry folder that others rule over is refused whole', () => {
  const [open, linked] = [newState(), newState()];
  chmodSync(join(open, 'NewRegistry'), 0o1777);
  assert.is(why(scanRegistry(ports, open, NOW, 'apply')), 'state-unsafe');
  renameSync(join(linked, 'NewRegistry'), join(linked, 'real'));
  symlinkSync('real', join(linked, 'NewRegistry'));
  assert.is(why(scanRegistry(ports, linked, NOW, 'apply')), 'state-unsafe');
});

test('a damaged plist of ActiveRegistry is set aside, and what is not a plist is left alone', () => {
  const dir = newState();
  install(dir, 'demo');
  writeFileSync(join(dir, 'ActiveRegistry', 'lost.plist'), 'x');
  writeFileSync(join(dir, 'ActiveRegistry', 'README'), 'x');
  writeFileSync(join(dir, 'NewRegistry', '.hidden.plist'), 'x');
  const found = scan(dir);
  assert.equal(found.components.map((c) => c.id), ['demo']);
  assert.equal(found.problems.map((p) => p.id), ['lost']);
  assert.equal(names(dir, 'ActiveRegistry'), ['README', 'demo.plist', 'lost.plist.bad', 'lost.plist.bad.reason.txt']);
  assert.equal(names(dir, 'NewRegistry'), ['.hidden.plist']);
});

test('keys that nobody knows are ignored, and said', () => {
  const dir = newState();
  drop(dir, 'demo.plist', GOOD('demo', '<key>Chanel</key><string>beta</string>'));
  const found = scan(dir);
  assert.is(found.components.length, 1);
  assert.match(found.notes.join(), /demo\.plist: nobody knows the keys Chanel/);
});

test('no registry at all is an empty one', () => {
  assert.equal(scan(join(newState(), 'none')), { components: [], problems: [], notes: [], setAside: [] });
});

test('the plist says what administrators read, and comes back as it was', () => {
  const dir = newState();
  const whole = component('demo', {
    channel: 'stable',
    installed: { version: '1.10', sequence: 3, date: Date.UTC(2026, 10, 25, 1, 2, 3), sha256: sha('b') },
    previous: { version: '1.9', sequence: 2, date: Date.UTC(2026, 10, 24) + 123, sha256: sha('a') },
    lastAttempt: NOW,
    lastSuccess: NOW,
  });
  must(writeActive(ports, dir, whole));
  assert.equal(scan(dir).components, [whole], 'milliseconds of a content date too');
  const plist = seen(dir, 'ActiveRegistry/demo.plist');
  assert.equal(plist['ProductArray'], [Object.assign(Object.create(null), { itemSeqData: '20261125.003' })]);
  assert.is(plist['Version'], '1.10');
  assert.is(plist['Sequence'], 3);
  assert.is(plist['PreviousVersion'], '1.9');
  assert.ok(plist['ContentDate'] instanceof Date && plist['LastSuccess'] instanceof Date);
});

test('itemSeqData is the day and the sequence', () => {
  assert.is(itemSeqData({ version: 'x', sequence: 12345, date: Date.UTC(2026, 0, 2, 23, 59), sha256: sha('a') }), '20260102.12345');
});

test('the same bytes are not written again', () => {
  const dir = newState();
  must(writeActive(ports, dir, component('demo')));
  const before = statSync(join(dir, 'ActiveRegistry', 'demo.plist')).ino;
  must(writeActive(ports, dir, component('demo')));
  assert.is(statSync(join(dir, 'ActiveRegistry', 'demo.plist')).ino, before);
  must(writeActive(ports, dir, component('demo', { lastAttempt: NOW })));
  assert.is.not(statSync(join(dir, 'ActiveRegistry', 'demo.plist')).ino, before);
});

test('a crash between writing the new place and leaving the old one only merges again', () => {
  const dir = newState();
  drop(dir, 'demo.plist', GOOD('demo'));
  const text = readFileSync(join(dir, 'NewRegistry', 'demo.plist'), 'utf8');
  const found = scan(dir);
  drop(dir, 'demo.plist', text);
  assert.equal(scan(dir), found);
  assert.equal(names(dir, 'NewRegistry'), []);
});

test('a plist in the words of a product is read: comments, entities, empty settings', () => {
  const dir = newState();
  drop(dir, 'demo.plist', plistText('<!-- ours --><key>ComponentID</key><string>demo</string><key>Name</key><string>A &amp; B</string><key>ContentType</key><string>ips</string><key>PlugIn</key><string>suricata</string><key>InstallPath</key><string>/etc/suricata/rules</string><key>Settings</key><dict/>'));
  const [found] = scan(dir).components;
  assert.is(found?.name, 'A & B');
  assert.is(found?.contentType, 'ips');
});

test.after(cleanUp);
test.run();
