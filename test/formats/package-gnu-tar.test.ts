import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { manifestBytes, PackageReader, packageTar } from '../../src/formats/package.ts';
import { type Manifest, type ManifestEntry, ok } from '../../src/model/index.ts';
import { digest, must } from '../support/outcome.ts';
import { temporaryFolder } from '../support/repository.ts';

const file = (path: string, content: string, mode: 0o644 | 0o755 = 0o644): ManifestEntry => ({ type: 'file', path, size: content.length, sha256: digest(content), mode });
const LONG = `${'d'.repeat(120)}/${'f'.repeat(200)}`;
const CONTENT: Readonly<Record<string, string>> = { a: 'hello', 'b.sh': '#!/bin/sh\n', [LONG]: 'long', empty: '' };
const MANIFEST: Manifest = {
  schema: 'glued.manifest/1',
  shape: 'tree',
  entries: [
    file('a', 'hello'),
    file('b.sh', '#!/bin/sh\n', 0o755),
    { type: 'folder', path: 'd'.repeat(120) },
    file(LONG, 'long'),
    file('empty', ''),
    { type: 'link', path: 'link', target: LONG },
  ],
};

function gnuTar(): string | undefined {
  try {
    const version = execFileSync('tar', ['--version']).toString();
    return version.includes('GNU tar') ? version : undefined;
  } catch {
    return undefined;
  }
}

if (gnuTar() === undefined) {
  console.log('SKIP: GNU tar is not installed');
} else {
  test('GNU tar unpacks our archive: bytes, modes, links, long names', () => {
    const root = temporaryFolder('gnu-out');
    const tar = Buffer.concat([...packageTar<never>(MANIFEST, (e) => [ok(Buffer.from(CONTENT[e.path] ?? ''))])].map((c) => must(c).slice()));
    writeFileSync(join(root, 'a.tar'), tar);
    execFileSync('tar', ['-xf', 'a.tar', '--no-same-owner', '-p'], { cwd: root });
    for (const [path, content] of Object.entries(CONTENT)) assert.is(readFileSync(join(root, 'content', path), 'utf8'), content);
    assert.is(readlinkSync(join(root, 'content/link')), LONG);
    assert.is(lstatSync(join(root, 'content/b.sh')).mode & 0o7777, 0o755);
    assert.is(lstatSync(join(root, 'content/a')).mode & 0o7777, 0o644);
    assert.ok(readFileSync(join(root, 'manifest.json')).equals(Buffer.from(manifestBytes(MANIFEST))));
    const listed = execFileSync('tar', ['-tf', 'a.tar'], { cwd: root }).toString().trim().split('\n');
    assert.is(listed[0], 'manifest.json');
    assert.is(listed.length, MANIFEST.entries.length + 1);
  });

  for (const format of ['pax', 'ustar']) {
    test(`we read what GNU tar packs in its ${format} format, where names fit`, () => {
      const root = temporaryFolder('gnu-in');
      const entries = MANIFEST.entries.filter((e) => format === 'pax' || e.path.length < 100).map((e) => (e.type === 'link' && format === 'ustar' ? { ...e, target: 'a' } : e));
      const manifest: Manifest = { ...MANIFEST, entries };
      writeFileSync(join(root, 'manifest.json'), manifestBytes(manifest));
      mkdirSync(join(root, 'content', 'd'.repeat(120)), { recursive: true });
      for (const e of entries) {
        if (e.type === 'file') writeFileSync(join(root, 'content', e.path), CONTENT[e.path] ?? '', { mode: e.mode });
        if (e.type === 'link') symlinkSync(e.target, join(root, 'content', e.path));
      }
      const names = ['manifest.json', ...entries.map((e) => `content/${e.path}`)];
      const tar = execFileSync('tar', [`--format=${format}`, '--no-recursion', '-cf', '-', ...names], { cwd: root });
      const got: string[] = [];
      const done = () => ok();
      const reader = new PackageReader(
        { name: 'gnu', unpackedSize: tar.length },
        { manifest: done, folder: (e) => (got.push(e.path), ok()), link: (e) => (got.push(e.path), ok()), open: done, write: done, close: () => (got.push('file'), ok()) },
      );
      must(reader.push(tar));
      must(reader.finish());
      assert.is(got.length, entries.length);
    });
  }
}

test.run();
