import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { binary } from '../../build/binary.ts';
import { debPackage, DEPENDS } from '../../build/deb.ts';
import { LAUNCHER } from '../../build/deb/scripts.ts';
import { at } from '../../build/support/root.ts';
import { PACKAGED, UNIT_NAMES } from '../../src/service/index.ts';
import { temporaryFolder } from '../support/repository.ts';
import { saySkipped } from '../support/skip.ts';

const test = suite('the Debian package');
const folder = temporaryFolder('deb');
test.after(() => rmSync(folder, { recursive: true, force: true }));

const EPOCH = 1_795_000_000;
const hasDpkg = spawnSync('dpkg-deb', ['--version']).error === undefined;
const ABSENT = 'dpkg-deb is not here (Debian: dpkg)';
const run = (program: string, ...args: readonly string[]) => spawnSync(program, [...args], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, env: { ...process.env, LC_ALL: 'C' } });
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** A package of a small program: everything but the executable is as in the real one. */
function built(name: string): string {
  const into = join(folder, name);
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, 'program'), '#!/bin/sh\n');
  return debPackage(join(into, 'program'), into, EPOCH);
}

test('built twice, with another umask and at another time, it is the same file', () => {
  if (!hasDpkg) return saySkipped(ABSENT);
  const first = sha256(built('one'));
  const umask = process.umask(0o077);
  try {
    assert.is(sha256(built('two')), first);
  } finally {
    process.umask(umask);
  }
});

test('the executable too: built twice from the same sources it is the same file, and no folder of the build is in it', async () => {
  const paths = [join(folder, 'glued-1'), join(folder, 'glued-2')] as const;
  for (const path of paths) await binary(path);
  assert.is(sha256(paths[0]), sha256(paths[1]));
  assert.not(readFileSync(paths[0]).includes(at('dist')));
});

test('every file is root\'s, for others to read at most; units, man page, completion, copyright and samples are there', () => {
  if (!hasDpkg) return saySkipped(ABSENT);
  const lines = run('dpkg-deb', '--contents', built('one')).stdout.trimEnd().split('\n');
  for (const line of lines) assert.match(line, /^[d-]r[w-][x-]r-[x-]r-[x-] root\/root /);
  const paths = lines.map((line) => line.replace(/^.* \.\//, '/'));
  const wanted = [
    '/usr/bin/glued',
    '/usr/libexec/glued/glued',
    ...UNIT_NAMES.map((name) => `/lib/systemd/system/${name}`),
    '/usr/share/man/man1/glued.1.gz',
    '/usr/share/bash-completion/completions/glued',
    '/usr/share/zsh/vendor-completions/_glued',
    '/usr/share/fish/vendor_completions.d/glued.fish',
    '/usr/share/doc/glued/copyright',
    '/usr/share/doc/glued/changelog.Debian.gz',
    ...readdirSync(at('docs')).filter((name) => name.endsWith('.md') && name !== 'ARCHITECTURE.md').map((name) => `/usr/share/doc/glued/${name}.gz`),
    '/usr/share/doc/glued/examples/first-run/policy.json',
    '/etc/glued/policy.d/',
  ];
  for (const path of wanted) assert.ok(paths.includes(path), path);
  assert.equal(paths.filter((path) => path.startsWith('/etc/') && !path.endsWith('/')), [], "the policy is the administrator's: the package brings none");
});

test('its units start the installed program, and are what service install writes', () => {
  if (!hasDpkg) return saySkipped(ABSENT);
  const out = join(folder, 'unpacked');
  assert.is(run('dpkg-deb', '--extract', built('one'), out).status, 0);
  const units = join(out, 'lib', 'systemd', 'system');
  assert.match(readFileSync(join(units, 'glued.service'), 'utf8'), /^ExecStart=:\/usr\/bin\/glued daemon --idle-exit 5m$/m);
  assert.match(readFileSync(join(units, 'glued-recover.service'), 'utf8'), /^ExecStart=:\/usr\/bin\/glued recover$/m);
  assert.equal(readdirSync(units).sort(), [...UNIT_NAMES].sort());
});

test('its launcher starts the agent that keeps itself up to date, until a package is the newer one, or where that agent is not there', () => {
  const home = join(folder, 'opt');
  mkdirSync(home);
  const [launcher, agent, packaged, marker] = [join(home, 'launcher'), join(home, 'agent'), join(home, 'packaged'), join(home, 'marker')];
  const written = LAUNCHER.replaceAll(`${dirname(PACKAGED.agent)}/.package-is-newer`, marker).replaceAll(PACKAGED.agent, agent).replaceAll(PACKAGED.program, packaged);
  writeFileSync(launcher, written);
  const program = (path: string, name: string, at: number): void => {
    writeFileSync(path, `#!/bin/sh\necho ${name} "$2"\n`, { mode: 0o755 });
    utimesSync(path, at, at);
  };
  const starts = (): string => run('sh', launcher, 'x', 'a b').stdout;
  program(packaged, 'packaged', 100);
  assert.is(starts(), 'packaged a b\n');
  program(agent, 'agent', 50);
  assert.is(starts(), 'agent a b\n');
  program(marker, 'marker', 60);
  assert.is(starts(), 'packaged a b\n');
  program(agent, 'agent', 70);
  assert.is(starts(), 'agent a b\n');
});

test('dpkg understands its head, and sh its scripts', () => {
  if (!hasDpkg) return saySkipped(ABSENT);
  const path = built('one');
  assert.is(run('dpkg-deb', '--field', path, 'Package').stdout, 'glued\n');
  assert.match(run('dpkg-deb', '--field', path, 'Version').stdout, /^\d+\.\d+\.\d+-1\n$/);
  const out = join(folder, 'control');
  run('dpkg-deb', '--control', path, out);
  for (const script of ['postinst', 'prerm', 'postrm']) assert.is(run('sh', '-n', join(out, script)).status, 0, script);
});

/** Which Debian package has a library, and the symbols by which its version is told. */
const LIBRARIES: Readonly<Record<string, string>> = { 'libatomic.so.1': 'libatomic1', 'libstdc++.so.6': 'libstdc++6', 'libgcc_s.so.1': 'libgcc-s1' };

test('it depends on what the executable is linked against', () => {
  const read = run('readelf', '--dynamic', '--version-info', '--wide', at('dist', 'glued'));
  if (read.error !== undefined) return saySkipped('readelf is not here (Debian: binutils)');
  const needed = [...read.stdout.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((m) => LIBRARIES[m[1] ?? ''] ?? 'libc6');
  for (const name of needed) assert.match(DEPENDS, new RegExp(`(^|, )${name.replaceAll('+', '\\+')} `), name);
  const versions = [...read.stdout.matchAll(/GLIBC_2\.(\d+)/g)].map((m) => Number(m[1]));
  const declared = Number(/libc6 \(>= 2\.(\d+)\)/.exec(DEPENDS)?.[1]);
  assert.is(Math.max(...versions), declared, 'the newest symbol of the C library');
});

test.run();
