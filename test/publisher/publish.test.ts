import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failureRemedy, failureText, type Io } from '../../src/model/index.ts';
import { addComponent, checkRepository, initRepository, layout, publish, type PublisherPorts, refresh } from '../../src/publisher/index.ts';
import { refused } from '../support/outcome.ts';
import { must, publisherPorts, temporaryFolder, testRepository, writeTree } from '../support/repository.ts';

const timestampOf = (dir: string): { readonly signed: { readonly version: number; readonly expires: string } } => JSON.parse(readFileSync(layout.timestamp(dir), 'utf8'));

test('init makes a signed, empty repository and keys that only their owner can read', async () => {
  const ports = publisherPorts();
  const root = temporaryFolder('init');
  const made = must(await initRepository(ports, { dir: join(root, 'r'), keys: join(root, 'k') }));
  assert.equal(made.keyFiles, ['root-1.pem', 'root-2.pem', 'targets-1.pem', 'snapshot-1.pem', 'timestamp-1.pem']);
  assert.is(lstatSync(join(root, 'k')).mode & 0o777, 0o700);
  for (const name of made.keyFiles) assert.is(lstatSync(join(root, 'k', name)).mode & 0o777, 0o600);
  assert.match(readFileSync(join(root, 'k', 'root-1.pem'), 'utf8'), /^-----BEGIN PRIVATE KEY-----\n/);
  assert.ok(readFileSync(made.rootFile).equals(readFileSync(join(root, 'r/metadata/1.root.json'))));
  assert.equal(must(await checkRepository(ports, { dir: join(root, 'r') })).problems, []);
});

test('keys and the repository itself are never published, whatever the folder is called', async () => {
  const ports = publisherPorts();
  const root = temporaryFolder('hurry');
  const dir = join(root, 'site');
  must(await initRepository(ports, { dir, keys: join(root, 'keys') }));
  must(await addComponent(ports, { dir, id: 'demo', type: 'av', plugin: 'files' }));
  const release = { dir, id: 'demo', version: '1' };
  refused(await publish(ports, { ...release, path: root }), 64, /cannot be published: the repository .*site is in it/);
  refused(await publish(ports, { ...release, path: dir }), 64, /the repository .*site is in it/);
  refused(await publish(ports, { ...release, path: join(root, 'keys') }), 64, /keys\/component-demo\.pem is a signing key/);
  writeTree(join(root, 'content'), { 'rules.txt': 'rules', 'old/spare': readFileSync(join(root, 'keys/root-2.pem'), 'utf8') });
  refused(await publish(ports, { ...release, path: join(root, 'content') }), 64, /old\/spare is a signing key/);
  refused(await publish(ports, { ...release, path: join(root, 'content/old/spare') }), 64, /old\/spare is a signing key/);
  assert.equal(readdirSync(join(dir, 'packages')), []);
  writeTree(join(root, 'content'), { 'old/spare': '-----BEGIN CERTIFICATE-----\nMIIB\n' });
  must(await publish(ports, { ...release, path: join(root, 'content') }));
});

test('what is wrong with a key is said in words, and what to do fits it', async () => {
  const ports = publisherPorts();
  const root = temporaryFolder('keys');
  const dir = join(root, 'site');
  const keys = join(root, 'keys');
  must(await initRepository(ports, { dir, keys }));
  const key = join(keys, 'timestamp-1.pem');
  const pem = readFileSync(key, 'utf8');
  const go = async (text: RegExp): Promise<string> => failureRemedy(refused(await refresh(ports, { dir }), 26, text));
  writeFileSync(key, 'garbage');
  assert.match(await go(/timestamp-1\.pem of the role timestamp cannot be used: it is no ed25519 key in PEM without a passphrase\.$/), /Put it back from a copy.*glued repo rotate/);
  writeTree(root, { elsewhere: pem });
  rmSync(key);
  symlinkSync('../elsewhere', key);
  assert.match(await go(/timestamp-1\.pem of the role timestamp cannot be read: it is a link, and links are not followed\.$/), /--keys KEYDIR, and --offline-keys DIR/);
});

test('init takes thresholds and expiries, and signs root as often as it must', async () => {
  const ports = publisherPorts();
  const root = temporaryFolder('init');
  must(await initRepository(ports, { dir: join(root, 'r'), keys: join(root, 'k'), rootThreshold: 2, targetsThreshold: 2, expiryDays: { timestamp: 1 } }));
  const signed = JSON.parse(readFileSync(join(root, 'r/root.json'), 'utf8'));
  assert.is(signed.signatures.length, 3);
  assert.is(signed.signed.roles.root.threshold, 2);
  assert.is(timestampOf(join(root, 'r')).signed.expires, '2026-11-26T08:00:00Z');
  must(await addComponent(ports, { dir: join(root, 'r'), id: 'demo', type: 'av', plugin: 'files' }));
  const report = must(await checkRepository(ports, { dir: join(root, 'r') }));
  assert.equal(report.problems, []);
  assert.equal(report.warnings, [], 'a day is all that was asked for');
  refused(await initRepository(ports, { dir: join(root, 'x'), keys: join(root, 'y'), rootThreshold: 0 }), 64, /--root-threshold: 0/);
});

test('init refuses keys inside the repository, through a link too, a folder with files, and keys that exist', async () => {
  const ports = publisherPorts();
  const root = temporaryFolder('init');
  refused(await initRepository(ports, { dir: join(root, 'r'), keys: join(root, 'r/keys') }), 64, /inside the repository/);
  refused(await initRepository(ports, { dir: join(root, 'r'), keys: join(root, 'r') }), 64, /inside the repository/);
  mkdirSync(join(root, 'real'));
  symlinkSync('real', join(root, 'alias'));
  refused(await initRepository(ports, { dir: join(root, 'real'), keys: join(root, 'alias/keys') }), 64, /inside the repository/);
  writeTree(join(root, 'full'), { file: 'x' });
  refused(await initRepository(ports, { dir: join(root, 'full'), keys: join(root, 'k') }), 64, /is not empty/);
  assert.equal(readdirSync(join(root, 'full')), ['file']);
  writeTree(join(root, 'k'), { 'snapshot-1.pem': 'precious' });
  refused(await initRepository(ports, { dir: join(root, 'r'), keys: join(root, 'k') }), 64, /There is a key at .*snapshot-1\.pem/);
  assert.is(readFileSync(join(root, 'k/snapshot-1.pem'), 'utf8'), 'precious');
  assert.not(existsSync(join(root, 'r')), 'no empty folder is left');
  must(await initRepository(ports, { dir: join(root, 'r'), keys: join(root, 'k2') }));
});

test('an init that fails half way leaves neither folders nor keys, and can be given again', async () => {
  const ports = publisherPorts();
  const root = temporaryFolder('init-full');
  const full = (unlucky: RegExp): PublisherPorts => {
    const broken = <T>(path: string): Io<T> => ({ ok: false, failure: { kind: 'full', op: 'write', path, detail: 'ENOSPC' } });
    const { create, replace } = ports.files;
    return { ...ports, files: { ...ports.files, create: (path, mode) => (unlucky.test(path) ? broken(path) : create(path, mode)), replace: (path, bytes, mode) => (unlucky.test(path) ? broken(path) : replace(path, bytes, mode)) } };
  };
  const [dir, keys] = [join(root, 'srv/content'), join(root, 'secure/keys')];
  for (const unlucky of [/snapshot-1\.pem/, /1\.snapshot\.json/, /glued-publisher\.json/]) {
    refused(await initRepository(full(unlucky), { dir, keys }), 24, /The disk is full/);
    assert.equal(readdirSync(root), [], String(unlucky));
  }
  mkdirSync(dir, { recursive: true });
  refused(await initRepository(full(/root\.json/), { dir, keys }), 24, /The disk is full/);
  assert.equal([readdirSync(root), readdirSync(dir)], [['srv'], []], 'a folder that was there stays');
  must(await initRepository(ports, { dir, keys }));
});

test('add refuses reserved names, bad ids, a component twice, and a folder that is no repository', async () => {
  const r = await testRepository('add');
  const add = (id: string, more = {}) => addComponent(r.ports, { dir: r.dir, id, type: 'av', plugin: 'files', ...more });
  for (const id of ['root', 'targets', 'snapshot', 'timestamp']) refused(await add(id), 64, /name is taken by a role/);
  for (const id of ['Demo', '', '../x', 'a b', 'x'.repeat(65)]) refused(await add(id), 64, /no component id/);
  refused(await add('demo', { name: 'a\u001b[31m' }), 64, /--name/);
  must(await add('demo'));
  refused(await add('demo'), 64, /has a component demo already/);
  refused(await add('other', { keys: join(r.dir, 'keys') }), 64, /inside the repository/);
  refused(await addComponent(r.ports, { dir: r.root, id: 'x', type: 'av', plugin: 'files' }), 64, /is no content repository/);
  assert.not(existsSync(layout.lock(r.root)), 'nothing is written to a folder that is no repository');
});

test('each component has a key and a role of its own, which may sign its own catalog and nothing else', async () => {
  const r = await testRepository('roles');
  await r.add('one');
  await r.add('two');
  const { signed } = JSON.parse(readFileSync(layout.versioned(r.dir, 'targets', 3), 'utf8'));
  const roles: readonly { name: string; keyids: string[]; paths: string[]; terminating: boolean }[] = signed.delegations.roles;
  assert.equal(roles.map((d) => [d.name, d.paths, d.terminating]), [['one', ['catalog/one.json'], true], ['two', ['catalog/two.json'], true]]);
  assert.is.not(roles[0]?.keyids[0], roles[1]?.keyids[0]);
});

test('the same content published to two repositories is the same package', async () => {
  const files = { 'a.txt': 'hello', 'sub/run*': 'x'.repeat(300_000) };
  const packages = [];
  for (const name of ['first', 'second']) {
    const r = await testRepository(name);
    await r.add('demo');
    packages.push((await r.publish('demo', files)).release.package);
  }
  assert.equal(packages[0], packages[1]);
});

test('a release says all that was asked of it', async () => {
  const r = await testRepository('flags');
  for (const id of ['demo', 'engine', 'base']) await r.add(id);
  await r.publish('engine', { e: '4' }, { sequence: 4 });
  await r.publish('base', { b: '12' }, { sequence: 12 });
  const { release } = await r.publish('demo', { a: '1' }, {
    version: '2026.11.25-β',
    channel: 'early',
    date: '2026-11-24T10:00:00+02:00',
    sequence: 40,
    forced: true,
    severity: 'critical',
    restart: 'reboot',
    notes: 'https://example.org/notes?a=1',
    rollout: 5,
    requires: ['engine:3', 'base:12'],
    engine: '1.0..1.4.9',
    os: ['linux', 'darwin'],
    arch: ['arm64'],
    minAgent: '0.2.0',
  });
  const [catalogFile] = readdirSync(layout.catalogs(r.dir)).filter((f) => readFileSync(join(layout.catalogs(r.dir), f), 'utf8').includes('2026.11.25'));
  const [written] = JSON.parse(readFileSync(join(layout.catalogs(r.dir), catalogFile ?? ''), 'utf8')).releases;
  assert.equal(written, {
    sequence: 40,
    version: '2026.11.25-β',
    date: '2026-11-24T08:00:00.000Z',
    channel: 'early',
    severity: 'critical',
    forced: true,
    optional: false,
    restart: 'reboot',
    notesUrl: 'https://example.org/notes?a=1',
    requires: [{ component: 'engine', minSequence: 3 }, { component: 'base', minSequence: 12 }],
    conditions: { os: ['linux', 'darwin'], arch: ['arm64'], minAgent: '0.2.0', engine: { min: '1.0', max: '1.4.9' } },
    rollout: { percent: 5, salt: 'demo:40' },
    paused: false,
    package: { ...release.package },
    deltas: [],
  });
  const next = (await r.publish('demo', { a: '2' }, { optional: true })).release;
  assert.equal([next.sequence, next.forced, next.optional], [41, false, true], 'the next one is one more');
});

const WRONG: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
  ['a version with a space', { version: 'a b' }, /--version/],
  ['an empty version', { version: '' }, /--version/],
  ['a date without a zone', { date: '2026-11-25T10:00:00' }, /--date/],
  ['a date that is none', { date: 'yesterday' }, /--date/],
  ['an unknown severity', { severity: 'grave' }, /--severity/],
  ['an unknown restart', { restart: 'maybe' }, /--restart/],
  ['forced and optional at once', { forced: true, optional: true }, /--forced and --optional: a release is one of the two/],
  ['a rollout above 100', { rollout: 101 }, /--rollout/],
  ['a channel with a slash', { channel: 'a/b' }, /--channel/],
  ['notes that are no web address', { notes: 'javascript:alert(1)' }, /--notes/],
  ['a requirement without a sequence', { requires: ['base'] }, /--requires/],
  ['a requirement of a component that the repository does not have', { requires: ['nobody:1'] }, /--requires: nobody is no component/],
  ['a requirement of a release that is not there yet', { requires: ['demo:5', 'demo:6'] }, /--requires: demo has no release 6 or newer, so no machine could meet it; its newest that is not revoked is 5 \(1\.\d+\)/],
  ['a requirement of a component without a release', { requires: ['empty:1'] }, /--requires: empty has no release 1 or newer, .*; it has none that is not revoked/],
  ['a system that nobody calls so', { os: ['linux', 'macos'] }, /--os: "macos" is none of linux, darwin, win32/],
  ['a processor that nobody calls so', { arch: ['amd64'] }, /--arch/],
  ['an agent that is no version', { minAgent: 'newest' }, /--min-agent/],
  ['an engine that is no range', { engine: '1.0' }, /--engine/],
  ['an engine range that ends before it begins', { engine: '3..1' }, /3 is newer than 1, so no engine is within/],
  ['an engine version that cannot be compared', { engine: 'new..' }, /"new" is no version that can be compared/],
  ['an engine range without ends', { engine: '..' }, /--engine/],
  ['sequence 0', { sequence: 0 }, /--sequence/],
];
const wrong = await testRepository('wrong');
await wrong.add('demo');
await wrong.add('empty');
await wrong.publish('demo', { a: '1' }, { sequence: 5 });
for (const [name, options, text] of WRONG) {
  test(`publish refuses ${name}, and nothing changes`, async () => {
    const before = readFileSync(layout.timestamp(wrong.dir), 'utf8');
    const path = writeTree(join(wrong.root, 'w'), { a: 'other' });
    refused(await publish(wrong.ports, { dir: wrong.dir, id: 'demo', path, version: '1', ...options }), 64, text);
    assert.is(readFileSync(layout.timestamp(wrong.dir), 'utf8'), before);
  });
}

test('publish refuses a sequence that is not above the last, and content that did not change', async () => {
  const same = writeTree(join(wrong.root, 'same'), { a: '1' });
  const other = writeTree(join(wrong.root, 'other'), { a: '2' });
  const go = (path: string, more = {}) => publish(wrong.ports, { dir: wrong.dir, id: 'demo', path, version: '2', ...more });
  refused(await go(other, { sequence: 4 }), 64, /Sequence 4 of demo is not above 5/);
  refused(await go(other, { sequence: 5 }), 64, /Sequence 5 of demo is not above 5/);
  refused(await go(same), 64, /byte for byte, release 5/);
  assert.is(must(await go(same, { channel: 'early' })).release.sequence, 6, 'another channel may have the same bytes');
});

test('publish refuses what cannot be a package, and names it', async () => {
  const go = (path: string) => publish(wrong.ports, { dir: wrong.dir, id: 'demo', path, version: '3' });
  const root = temporaryFolder('bad');
  const bad = (name: string): string => (mkdirSync(join(root, name)), join(root, name));
  refused(await go(join(root, 'nowhere')), 64, /nowhere cannot be published: it is not there/);
  refused(await go(bad('empty')), 64, /holds no file/);
  execFileSync('mkfifo', [join(bad('fifo'), 'pipe')]);
  refused(await go(join(root, 'fifo')), 64, /pipe cannot be published: it is a device, a pipe or a socket/);
  writeTree(join(root, 'case'), { A: '1', a: '2' });
  refused(await go(join(root, 'case')), 64, /one file where case/);
  writeTree(join(root, 'slash'), { 'a\\b': '1' });
  refused(await go(join(root, 'slash')), 64, /has a backslash/);
  symlinkSync('/etc/passwd', join(bad('out'), 'link'));
  refused(await go(join(root, 'out')), 64, /is absolute/);
  symlinkSync('../out/link', join(bad('up'), 'link'));
  refused(await go(join(root, 'up')), 64, /leads out of the package/);
  refused(await publish(wrong.ports, { dir: wrong.dir, id: 'unknown', path: root, version: '1' }), 64, /has no component unknown; it has: demo/);
});

test('a single file is a package of the shape "file", and a FILE.sign beside it goes along', async () => {
  const r = await testRepository('file');
  await r.add('demo');
  const root = writeTree(join(r.root, 'in'), { 'daily.cvd': 'x', 'main.cvd': 'y', 'main.cvd.sign': 'z' });
  const sizes = [];
  for (const name of ['daily.cvd', 'main.cvd']) sizes.push(must(await publish(r.ports, { dir: r.dir, id: 'demo', path: join(root, name), version: name })).release.package.unpackedSize);
  assert.equal(sizes.map((s) => s % 512), [0, 0]);
  assert.is((sizes[1] ?? 0) - (sizes[0] ?? 0) >= 1024, true, 'the second has one member more');
  assert.equal(must(await checkRepository(r.ports, { dir: r.dir })).problems, []);
});

test('a key that is gone, is no key, or is not trusted is named, and nothing changes', async () => {
  const r = await testRepository('keys');
  await r.add('demo');
  await r.add('other');
  const path = writeTree(join(r.root, 's'), { a: '1' });
  const go = () => publish(r.ports, { dir: r.dir, id: 'demo', path, version: '1' });
  const before = readFileSync(layout.timestamp(r.dir), 'utf8');
  const keyFile = join(r.keys, 'component-demo.pem');
  const good = readFileSync(keyFile);
  writeFileSync(keyFile, readFileSync(join(r.keys, 'component-other.pem')));
  refused(await go(), 26, /component-demo\.pem is not one that the repository trusts for the role demo/);
  writeFileSync(keyFile, 'junk');
  refused(await go(), 26, /no ed25519 key/);
  writeFileSync(keyFile, good);
  execFileSync('mv', [join(r.keys, 'timestamp-1.pem'), join(r.root, 'away')]);
  refused(await go(), 26, /timestamp-1\.pem .*it is not there/);
  assert.is(readFileSync(layout.timestamp(r.dir), 'utf8'), before);
  execFileSync('mv', [join(r.root, 'away'), join(r.keys, 'timestamp-1.pem')]);
  for (const offline of ['root-1.pem', 'root-2.pem', 'targets-1.pem']) execFileSync('mv', [join(r.keys, offline), r.root]);
  must(await go());
  refused(await addComponent(r.ports, { dir: r.dir, id: 'third', type: 'av', plugin: 'files' }), 26, /targets-1\.pem of the role targets cannot be read/);
});

test('two publishers at once do not mix: the second is told, and may try again', async () => {
  const r = await testRepository('busy');
  await r.add('demo');
  const paths = [1, 2, 3].map((n) => writeTree(join(r.root, `p${n}`), { a: `${n}`.repeat(200_000) }));
  const done = await Promise.all(paths.map((path, i) => publish(r.ports, { dir: r.dir, id: 'demo', path, version: `${i}` })));
  const busy = done.filter((d) => !d.ok);
  assert.is(done.length - busy.length >= 1, true);
  for (const one of busy) refused(one, 23, /Another `glued repo` command/);
  assert.is(busy.length > 0, true);
  assert.equal(must(await checkRepository(r.ports, { dir: r.dir })).problems, []);
});

test('whoever reads while releases are published sees a whole repository at every moment', async () => {
  const r = await testRepository('concurrent');
  await r.add('demo');
  await r.add('other');
  // after every single file operation that changes something, a client reads the whole repository
  let looks = 0;
  const failures: string[] = [];
  const look = async (op: string): Promise<void> => {
    const report = await checkRepository(r.ports, { dir: r.dir });
    looks++;
    if (!report.ok) failures.push(`${op}: ${failureText(report.failure)}`);
    else failures.push(...report.value.problems.map((p) => `${op}: ${failureText(p)}`));
  };
  const pending: Promise<void>[] = [];
  const { files } = r.ports;
  const watched = {
    ...files,
    replace: (path: string, bytes: Uint8Array, mode: number) => {
      const done = files.replace(path, bytes, mode);
      pending.push(look(`replace ${path}`));
      return done;
    },
    rename: (from: string, to: string) => {
      const done = files.rename(from, to);
      pending.push(look(`rename ${to}`));
      return done;
    },
  };
  for (let n = 0; n < 15; n++) {
    const path = writeTree(join(r.root, `c${n}`), { a: `${n}` });
    must(await publish({ ...r.ports, files: watched }, { dir: r.dir, id: n % 3 === 0 ? 'other' : 'demo', path, version: `${n}` }));
    await Promise.all(pending.splice(0));
  }
  assert.equal(failures, []);
  assert.is(looks >= 75, true, `${looks} looks`);
});

test('another process that reads all the time while releases are published never sees half a repository', async () => {
  const r = await testRepository('reader');
  await r.add('demo');
  const stop = join(r.root, 'stop');
  const args = [...('Deno' in globalThis ? ['run', '-A'] : []), join(import.meta.dirname, 'reader-child.ts'), r.dir, stop];
  const reader = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const first = new Promise<void>((resolve) => reader.stdout.on('data', (text: Buffer) => (lines.push(text.toString()), resolve())));
  const ended = new Promise<number | null>((resolve) => reader.once('close', resolve));
  await first;
  for (let n = 0; n < 25; n++) await r.publish('demo', { a: `${n}`, b: 'b'.repeat(50_000) });
  writeFileSync(stop, '');
  assert.is(await ended, 0);
  const said = /read (\d+) times, (\d+) problems(.*)/s.exec(lines.join(''));
  assert.is(said?.[2], '0', said?.[3]);
  assert.is(Number(said?.[1]) > 3, true, `only ${said?.[1]} reads`);
});

test('a publish that dies at any step leaves the old state whole, and the next publish succeeds', async () => {
  const r = await testRepository('crash');
  await r.add('demo');
  await r.publish('demo', { a: 'first' });
  let steps = 0;
  for (let dieAt = 1; ; dieAt++) {
    const path = writeTree(join(r.root, `x${dieAt}`), { a: `crash ${dieAt}` });
    let step = 0;
    const mortal = <A extends readonly unknown[], T>(work: (...args: A) => T) => (...args: A): T => {
      if (++step === dieAt) throw new Error('killed');
      return work(...args);
    };
    const { files } = r.ports;
    const dying = { ...files, replace: mortal(files.replace), rename: mortal(files.rename), create: mortal(files.create), makeFolder: mortal(files.makeFolder), syncFolder: mortal(files.syncFolder), remove: mortal(files.remove) };
    try {
      must(await publish({ ...r.ports, files: dying }, { dir: r.dir, id: 'demo', path, version: `${dieAt}` }));
      break;
    } catch (error) {
      assert.is(error instanceof Error && error.message, 'killed');
    }
    steps++;
    assert.equal(must(await checkRepository(r.ports, { dir: r.dir })).problems, [], `after step ${dieAt}`);
  }
  assert.is(steps >= 8, true, `${steps} steps`);
  await r.publish('demo', { a: 'last' });
  assert.equal(must(await checkRepository(r.ports, { dir: r.dir })).problems, []);
  assert.equal(readdirSync(layout.packages(r.dir)).filter((n) => n.startsWith('.')), [], 'what was half made is swept');
});

test('old versions stay for readers, ten of each, and roots for ever', async () => {
  const r = await testRepository('old');
  await r.add('demo');
  for (let n = 0; n < 14; n++) await r.publish('demo', { a: `${n}` });
  const versions = (role: string) => readdirSync(layout.metadata(r.dir)).filter((f) => f.endsWith(`.${role}.json`)).length;
  assert.equal([versions('snapshot'), versions('demo'), versions('root'), versions('targets')], [10, 10, 1, 2]);
});

test('refresh renews the dates of snapshot and timestamp, with the online keys alone', async () => {
  const r = await testRepository('refresh');
  await r.add('demo');
  for (const offline of ['root-1.pem', 'root-2.pem', 'targets-1.pem', 'component-demo.pem']) execFileSync('mv', [join(r.keys, offline), r.root]);
  r.ports.at += 6.5 * 86_400_000;
  assert.is(must(await checkRepository(r.ports, { dir: r.dir })).warnings.length, 1);
  must(await refresh(r.ports, { dir: r.dir }));
  const report = must(await checkRepository(r.ports, { dir: r.dir }));
  assert.equal([report.problems, report.warnings], [[], []]);
});

test('a repository on a full disk keeps its old state and says 24', async () => {
  const r = await testRepository('full');
  await r.add('demo');
  const before = readFileSync(layout.timestamp(r.dir), 'utf8');
  const full = (path: string) => ({ ok: false, failure: { kind: 'full', op: 'write', path, detail: 'ENOSPC' } }) as const;
  const path = writeTree(join(r.root, 'f'), { a: 'x' });
  refused(await publish({ ...r.ports, files: { ...r.ports.files, create: full } }, { dir: r.dir, id: 'demo', path, version: '1' }), 24, /disk is full/);
  refused(await publish({ ...r.ports, files: { ...r.ports.files, replace: full } }, { dir: r.dir, id: 'demo', path, version: '1' }), 24, /disk is full/);
  assert.is(readFileSync(layout.timestamp(r.dir), 'utf8'), before);
});

test('what is published is readable by a web server, whatever the umask', async () => {
  const before = process.umask(0o077);
  try {
    const r = await testRepository('umask');
    await r.add('demo');
    const { release } = await r.publish('demo', { a: 'x' });
    const packagePath = layout.package(r.dir, release.package.sha256);
    assert.equal([statSync(packagePath).mode & 0o777, statSync(join(packagePath, '..')).mode & 0o777], [0o644, 0o755]);
    assert.is(statSync(layout.timestamp(r.dir)).mode & 0o777, 0o644);
    chmodSync(r.root, 0o700);
  } finally {
    process.umask(before);
  }
});

test.run();
