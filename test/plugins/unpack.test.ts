import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { manifestBytes } from '../../src/formats/package.ts';
import { type Failure, failureCode, failureText, type Files, type Package } from '../../src/model/index.ts';
import { createPorts } from '../../src/platform/index.ts';
import { unpackPackage } from '../../src/plugins/unpack.ts';
import { layout } from '../../src/publisher/index.ts';
import { digest, must } from '../support/outcome.ts';
import { rawTar, type RawMember } from '../support/raw-tar.ts';
import { temporaryFolder, testRepository } from '../support/repository.ts';

const never = new AbortController().signal;
const repository = await testRepository('unpack');
await repository.add('demo');
const { ports } = repository;

/** A published tree, and where its package lies. */
async function published(files: Readonly<Record<string, string | Uint8Array>>): Promise<{ readonly package: Package; readonly packagePath: string }> {
  const { release } = await repository.publish('demo', files);
  return { package: release.package, packagePath: layout.package(repository.dir, release.package.sha256) };
}

/** A package by hand. */
function forged(folder: string, members: readonly RawMember[], unpackedSize?: number): { readonly package: Package; readonly packagePath: string } {
  const tar = rawTar(members);
  const bytes = zstdCompressSync(tar);
  const packagePath = join(folder, 'forged');
  writeFileSync(packagePath, bytes);
  return { packagePath, package: { sha256: digest(bytes), size: bytes.length, unpackedSize: unpackedSize ?? tar.length, format: 'tar+zstd' } };
}

function refusal(outcome: Awaited<ReturnType<typeof unpackPackage>>): Failure {
  if (outcome.ok) throw new Error('was unpacked');
  return outcome.failure;
}

test('a package comes out as it went in: bytes, modes, folders, and its manifest beside the content', async () => {
  const big = Buffer.alloc(3_000_000, 'abcdefg');
  const made = await published({ 'a.txt': 'hello', 'bin/run*': '#!/bin/sh\n', 'deep/er/file': big, empty: '' });
  const folder = join(temporaryFolder('out'), '.glued-demo', '1');
  const manifest = must(await unpackPackage(ports, { ...made, folder, signal: never }));
  assert.is(readFileSync(join(folder, 'content/a.txt'), 'utf8'), 'hello');
  assert.ok(readFileSync(join(folder, 'content/deep/er/file')).equals(big));
  assert.is(readFileSync(join(folder, 'content/empty')).length, 0);
  assert.is(lstatSync(join(folder, 'content/bin/run')).mode & 0o7777, 0o755);
  assert.is(lstatSync(join(folder, 'content/a.txt')).mode & 0o7777, 0o644);
  assert.is(lstatSync(join(folder, 'content/deep')).mode & 0o7777, 0o755);
  assert.ok(readFileSync(join(folder, 'manifest.json')).equals(Buffer.from(manifestBytes(manifest))));
  assert.equal(readdirSync(join(folder, '..')), ['1'], 'nothing temporary is left');
});

test('links come out as links, and dangling ones too', async () => {
  const source = join(repository.root, 'links');
  mkdirSync(join(source, 'd'), { recursive: true });
  writeFileSync(join(source, 'd', 'file'), 'x');
  symlinkSync('../d/file', join(source, 'd', 'to-file'));
  symlinkSync('nowhere', join(source, 'dangling'));
  const { release } = await repository.publish('demo', {}, { path: source });
  const folder = join(temporaryFolder('out'), '1');
  must(await unpackPackage(ports, { package: release.package, packagePath: layout.package(repository.dir, release.package.sha256), folder, signal: never }));
  assert.is(readFileSync(join(folder, 'content/d/to-file'), 'utf8'), 'x');
  assert.ok(lstatSync(join(folder, 'content/dangling')).isSymbolicLink());
});

test('what is at the folder already is replaced whole', async () => {
  const made = await published({ new: 'new' });
  const folder = join(temporaryFolder('out'), '1');
  mkdirSync(join(folder, 'content'), { recursive: true });
  writeFileSync(join(folder, 'content', 'old'), 'old');
  must(await unpackPackage(ports, { ...made, folder, signal: never }));
  assert.equal(readdirSync(join(folder, 'content')), ['new']);
});

test('what the umask would take from a mode is given back', async () => {
  const made = await published({ 'umask*': 'x', plain: 'y' });
  const folder = join(temporaryFolder('out'), '1');
  const before = process.umask(0o077);
  try {
    // as our caller would have set it: a process sets its own when it starts
    must(await unpackPackage(createPorts({ colour: 'never' }).ports, { ...made, folder, signal: never }));
  } finally {
    process.umask(before);
  }
  const mode = (path: string) => lstatSync(join(folder, path)).mode & 0o7777;
  assert.equal([mode('content'), mode('content/umask'), mode('content/plain'), mode('manifest.json')], [0o755, 0o755, 0o644, 0o644]);
});

const entry = { type: 'file', path: 'a', size: 1, sha256: digest('x'), mode: 0o644 };
const manifest = (entries: readonly unknown[]): RawMember => ({ name: 'manifest.json', body: JSON.stringify({ schema: 'glued.manifest/1', shape: 'tree', entries }) });
const ATTACKS: readonly (readonly [string, readonly RawMember[], number | undefined])[] = [
  ['climbs out', [manifest([{ ...entry, path: '../../outside' }]), { name: 'content/../../outside', body: 'x' }], undefined],
  ['writes through a link', [manifest([{ type: 'link', path: 'l', target: '..' }, { ...entry, path: 'l/x' }]), { name: 'content/l', flag: '2', link: '..' }, { name: 'content/l/x', body: 'x' }], undefined],
  ['swaps a file for a link that its manifest does not have', [manifest([entry]), { name: 'content/a', flag: '2', link: '/etc/passwd' }], undefined],
  ['has good files first and a bad one last', [manifest([entry, { ...entry, path: 'b' }]), { name: 'content/a', body: 'x' }, { name: 'content/b', body: 'y' }], undefined],
  ['is a bomb', [manifest([{ ...entry, size: 50_000_000 }]), { name: 'content/a', body: Buffer.alloc(50_000_000) }], 10_000],
  ['ends early', [manifest([entry])], undefined],
];
for (const [name, members, size] of ATTACKS) {
  test(`a package that ${name} leaves nothing, inside or outside`, async () => {
    const root = temporaryFolder('attack');
    const before = readdirSync(root);
    const folder = join(root, '.glued-demo', '1');
    const failure = refusal(await unpackPackage(ports, { ...forged(root, members, size), folder, signal: never }));
    assert.is(failureCode(failure), 'unpack', failureText(failure));
    assert.equal(readdirSync(join(root, '.glued-demo')), []);
    assert.equal(readdirSync(root).filter((n) => n !== 'forged' && n !== '.glued-demo'), before);
  });
}

test('a failed unpacking leaves the content that was there untouched', async () => {
  const root = temporaryFolder('keep');
  const folder = join(root, '1');
  must(await unpackPackage(ports, { ...(await published({ kept: 'kept' })), folder, signal: never }));
  refusal(await unpackPackage(ports, { ...forged(root, [manifest([entry])]), folder, signal: never }));
  assert.is(readFileSync(join(folder, 'content/kept'), 'utf8'), 'kept');
});

test('a package file cut short is a failure on every runtime', async () => {
  const made = await published({ a: 'x'.repeat(500_000) + Math.PI });
  const cut = join(repository.root, 'cut');
  const bytes = readFileSync(made.packagePath);
  writeFileSync(cut, bytes.subarray(0, bytes.length - 20));
  const failure = refusal(await unpackPackage(ports, { package: made.package, packagePath: cut, folder: join(temporaryFolder('cut'), '1'), signal: never }));
  assert.is(failure.why, 'package-damaged');
});

test('an interruption ends it and leaves nothing', async () => {
  const made = await published({ interrupted: 'x' });
  const root = temporaryFolder('interrupt');
  const failure = refusal(await unpackPackage(ports, { ...made, folder: join(root, 'v', '1'), signal: AbortSignal.abort('SIGTERM') }));
  assert.is(failureCode(failure), 'interrupted');
  assert.equal(readdirSync(join(root, 'v')), []);
});

/** The real files, of which one operation fails with a full disk. */
function fullAt(op: 'create' | 'syncTree' | 'write'): Files {
  const full = (path: string) => ({ ok: false, failure: { kind: 'full', op, path, detail: 'ENOSPC' } }) as const;
  if (op === 'syncTree') return { ...ports.files, syncTree: full };
  return {
    ...ports.files,
    create(path, mode) {
      if (op === 'create' && path.endsWith('/b')) return full(path);
      const made = ports.files.create(path, mode);
      if (!made.ok || op === 'create' || !path.endsWith('/b')) return made;
      const handle = made.value;
      return {
        ok: true,
        value: {
          stat: () => handle.stat(),
          read: (into, at) => handle.read(into, at),
          write: () => full(path),
          truncate: (size) => handle.truncate(size),
          chmod: (m) => handle.chmod(m),
          sync: () => handle.sync(),
          close: () => handle.close(),
        },
      };
    },
  };
}

for (const op of ['create', 'write', 'syncTree'] as const) {
  test(`a disk that is full at ${op} is 24, and everything is taken away again`, async () => {
    const made = await published({ a: op, b: 'x' });
    const root = temporaryFolder('full');
    const failure = refusal(await unpackPackage({ files: fullAt(op) }, { ...made, folder: join(root, '1'), signal: never }));
    assert.is(failureCode(failure), 'disk-space');
    assert.equal(readdirSync(root), []);
  });
}

test('a package that is not there is named', async () => {
  const made = await published({ gone: 'x' });
  const failure = refusal(await unpackPackage(ports, { package: made.package, packagePath: '/nowhere/at/all', folder: join(temporaryFolder('gone'), '1'), signal: never }));
  assert.match(failureText(failure), '/nowhere/at/all');
  assert.not(existsSync('/nowhere'));
});

test.run();
