// runtimes: node, deno
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Delta, type DeltaStep, failureText, type Manifest, type Outcome, type Package, type Release } from '../../src/model/index.ts';
import { manifestBytes, packageTar } from '../../src/formats/package.ts';
import { type DeltaBase, type DeltaFailed, unpackDelta } from '../../src/plugins/unpack-delta.ts';
import { unpackTar } from '../../src/plugins/unpack.ts';
import { release } from '../planner/world.ts';
import { digest, must } from '../support/outcome.ts';
import { rawTar, type RawMember } from '../support/raw-tar.ts';
import { publisherPorts, temporaryFolder } from '../support/repository.ts';
import { saySkipped } from '../support/skip.ts';

const test = suite('unpacking by deltas');
const ports = publisherPorts();
const hasZstd = spawnSync('zstd', ['--version']).status === 0;
const never = new AbortController().signal;

type Tree = Readonly<Record<string, string>>;
type Made = { readonly release: Release; readonly tar: Uint8Array };

/** A release out of its tar, without a repository. */
function releaseOf(sequence: number, tar: Uint8Array): Made {
  const made: Package = { sha256: digest(`package ${sequence}`), size: 1, unpackedSize: tar.length, unpackedSha256: digest(tar), format: 'tar+zstd' };
  return { release: release(sequence, { package: made }), tar };
}

function tarOf(files: Tree): Uint8Array {
  const names = Object.keys(files).sort();
  const folders = [...new Set(names.map((n) => dirname(n)).filter((n) => n !== '.'))];
  const entries = [...names.map((path) => ({ type: 'file', path, size: Buffer.byteLength(files[path] ?? ''), sha256: digest(files[path] ?? ''), mode: 0o644 }) as const), ...folders.map((path) => ({ type: 'folder', path }) as const)];
  const manifest: Manifest = { schema: 'glued.manifest/1', shape: 'tree', entries: entries.sort((a, b) => (a.path < b.path ? -1 : 1)) };
  const pieces = [...packageTar<never>(manifest, (entry) => [{ ok: true, value: Buffer.from(files[entry.path] ?? '') }])].map((p) => must(p).slice());
  return Buffer.concat(pieces);
}

class Bed {
  readonly root = temporaryFolder('deltas');
  readonly scratch = join(this.root, 'scratch');
  readonly versions = join(this.root, '.glued-demo');

  constructor() {
    mkdirSync(this.scratch);
  }

  file(name: string, bytes: Uint8Array): string {
    const path = join(this.root, name);
    writeFileSync(path, bytes);
    return path;
  }

  /** The tree of a release, as an earlier run left it. */
  async installed({ release: at, tar }: Made): Promise<DeltaBase> {
    const folder = join(this.versions, String(at.sequence));
    must(await unpackTar(ports, { package: at.package, folder, signal: never }, async (sink) => sink(tar)));
    return { kind: 'tree', folder };
  }

  /** A release's package, as it lies in the cache. */
  cached({ release: at, tar }: Made): DeltaBase {
    const path = this.file(`tar-${at.sequence}`, tar);
    execFileSync('zstd', ['-q', '-f', path, '-o', `${path}.zst`]);
    return { kind: 'package', path: `${path}.zst` };
  }

  /** A delta between two tars by the zstd program. */
  step(from: Made, to: Made, change: (delta: Uint8Array) => Uint8Array = (delta) => delta): { readonly step: DeltaStep; readonly path: string } {
    const [old, fresh, out] = [this.file('old', from.tar), this.file('new', to.tar), join(this.root, `delta-${from.release.sequence}-${to.release.sequence}`)];
    execFileSync('zstd', ['-q', '-f', `--patch-from=${old}`, fresh, '-o', out], { stdio: 'pipe' });
    const bytes = change(readFileSync(out));
    writeFileSync(out, bytes);
    const delta: Delta = { fromSequence: from.release.sequence, sha256: digest(bytes), size: bytes.length, algorithm: 'zstd' };
    return { step: { delta, from: from.release, to: to.release }, path: out };
  }

  unpack(bases: readonly DeltaBase[], steps: readonly { readonly step: DeltaStep; readonly path: string }[], signal = never): Promise<Outcome<Manifest, DeltaFailed>> {
    return unpackDelta(ports, { bases, steps, folder: join(this.versions, '9'), scratch: this.scratch, signal });
  }

  /** Nothing was placed, and nothing temporary is left. */
  untouched(): void {
    assert.equal(readdirSync(this.scratch), []);
    assert.equal(existsSync(this.versions) ? readdirSync(this.versions).filter((name) => name === '9' || name.startsWith('.')) : [], []);
  }

  content(name: string): string {
    return readFileSync(join(this.versions, '9', 'content', name), 'utf8');
  }
}

function refused(outcome: Outcome<Manifest, DeltaFailed>): { readonly fault: string; readonly why: string; readonly text: string } {
  if (outcome.ok) throw new Error('it was unpacked');
  return { fault: outcome.failure.fault, why: outcome.failure.failure.why, text: failureText(outcome.failure.failure) };
}

const body = (n: number): string => Array.from({ length: 3000 }, (_, i) => digest(`${i} ${i % 50 === n ? n : 0}`)).join('\n');
const ONE = releaseOf(1, tarOf({ 'a.rules': body(1), 'gone.rules': 'only in 1', 'sub/c.rules': 'same in all' }));
const TWO = releaseOf(2, tarOf({ 'a.rules': body(2), 'sub/c.rules': 'same in all', 'sub/new.rules': '' }));
const THREE = releaseOf(3, tarOf({ 'a.rules': body(3), 'sub/c.rules': 'same in all' }));

/** A test that needs the zstd program. */
function when(name: string, work: (bed: Bed) => Promise<void>): void {
  test(name, async () => (hasZstd ? work(new Bed()) : saySkipped(`${name}: no zstd program here`)));
}

when('one delta from the installed tree gives the release as its package would: bytes, names and manifest', async (bed) => {
  const manifest = must(await bed.unpack([await bed.installed(ONE)], [bed.step(ONE, TWO)]));
  assert.equal([bed.content('a.rules'), bed.content('sub/new.rules'), existsSync(join(bed.versions, '9/content/gone.rules'))], [body(2), '', false]);
  assert.ok(readFileSync(join(bed.versions, '9/manifest.json')).equals(Buffer.from(manifestBytes(manifest))));
  assert.equal([readdirSync(bed.scratch), readdirSync(bed.versions).sort()], [[], ['1', '9']]);
});

when('a chain of two, from the cached package: what lies between is private, and is gone afterwards', async (bed) => {
  const modes: number[] = [];
  const watching = { files: { ...ports.files, remove: (path: string) => {
    if (path.startsWith(bed.scratch)) modes.push(statSync(path).mode & 0o777);
    return ports.files.remove(path);
  } } };
  const steps = [bed.step(ONE, TWO), bed.step(TWO, THREE)];
  must(await unpackDelta(watching, { bases: [bed.cached(ONE)], steps, folder: join(bed.versions, '9'), scratch: bed.scratch, signal: never }));
  assert.equal([bed.content('a.rules'), modes, readdirSync(bed.scratch)], [body(3), [0o600, 0o600], []]);
});

when('a tree that is not as published falls to the package, whatever was done to it', async (bed) => {
  for (const [what, harm] of [
    ['a byte', (at: string) => writeFileSync(at, body(1).replace('a', 'b'))],
    ['shorter', (at: string) => writeFileSync(at, body(1).slice(1))],
    ['gone', (at: string) => rmSync(at)],
    ['a link', (at: string) => {
      rmSync(at);
      symlinkSync('/etc/passwd', at);
    }],
    ['its manifest', (at: string) => writeFileSync(join(at, '../../manifest.json'), '{}')],
    ['no manifest', (at: string) => rmSync(join(at, '../../manifest.json'))],
  ] as const) {
    const tree = await bed.installed(ONE);
    harm(join(bed.versions, '1/content/a.rules'));
    const steps = [bed.step(ONE, TWO)];
    const alone = refused(await bed.unpack([tree], steps));
    assert.equal([alone.fault, alone.why], ['base', 'delta-base-wrong'], what);
    bed.untouched();
    must(await bed.unpack([tree, bed.cached(ONE)], steps));
    assert.is(bed.content('a.rules'), body(2), what);
    rmSync(join(bed.versions, '9'), { recursive: true });
  }
});

when('bytes behind a file of the tree do no harm: the tar is made of what the manifest says', async (bed) => {
  const tree = await bed.installed(ONE);
  appendFileSync(join(bed.versions, '1/content/a.rules'), 'more');
  must(await bed.unpack([tree], [bed.step(ONE, TWO)]));
  assert.is(bed.content('a.rules'), body(2));
});

when('no base at all, a package of other content, and one that unpacks to too much: the base’s fault', async (bed) => {
  const steps = [bed.step(ONE, TWO)];
  for (const [bases, text] of [
    [[], /neither its tree nor its package is here any more/],
    [[bed.cached(THREE)], /it is \d+ bytes and not \d+|more than|not those that were published/],
    [[bed.cached(releaseOf(5, Buffer.alloc(5_000_000)))], /more than \d+ bytes come out of/],
    [[{ kind: 'package', path: bed.file('nonsense', Buffer.from('nonsense')) }], /zstd says/],
  ] as const) {
    const found = refused(await bed.unpack(bases, steps));
    assert.is(found.fault, 'base', found.text);
    assert.match(found.text, text);
    bed.untouched();
  }
});

when('a bad delta in a chain is named, also when it is not the last', async (bed) => {
  const steps = [bed.step(ONE, TWO, (delta) => delta.subarray(0, delta.length - 30)), bed.step(TWO, THREE)];
  const outcome = await bed.unpack([await bed.installed(ONE)], steps);
  const found = refused(outcome);
  assert.equal([found.fault, found.why], ['delta', 'delta-refused']);
  assert.ok(found.text.startsWith(`The delta ${steps[0]?.step.delta.sha256} from release 1 to 2 is refused: it ends in the middle`), found.text);
  assert.is(outcome.ok ? 0 : outcome.failure.step.to.sequence, 2);
  bed.untouched();
});

when('a delta whose file is gone or shorter is the delta’s fault', async (bed) => {
  const tree = await bed.installed(ONE);
  const { step, path } = bed.step(ONE, TWO);
  writeFileSync(path, readFileSync(path).subarray(0, 20));
  assert.is(refused(await bed.unpack([tree], [{ step, path }])).fault, 'delta');
  rmSync(path);
  assert.match(refused(await bed.unpack([tree], [{ step, path }])).text, /cannot be read: it is not there/);
  bed.untouched();
});

const manifestOf = (path: string): RawMember => ({ name: 'manifest.json', body: JSON.stringify({ entries: [{ mode: 420, path, sha256: digest('x'), size: 1, type: 'file' }], schema: 'glued.manifest/1', shape: 'tree' }) });
when('an outcome that has its signed hash and is an attack is refused whole, like any package', async (bed) => {
  const evil = releaseOf(6, rawTar([manifestOf('../../evil'), { name: 'content/../../evil', body: 'x' }]));
  const found = refused(await bed.unpack([await bed.installed(ONE)], [bed.step(ONE, evil)]));
  assert.equal([found.fault, found.why], ['delta', 'delta-refused']);
  assert.match(found.text, /what comes out of it is no release: the path "\.\.\/\.\.\/evil" has a part/);
  assert.not.ok(existsSync(join(bed.root, 'evil')));
  bed.untouched();
});

when('an outcome with a wrong hash is not placed, though it is a good package', async (bed) => {
  const { release: at, tar } = TWO;
  const other = { release: { ...at, package: { ...at.package, unpackedSha256: digest('another') } }, tar };
  const found = refused(await bed.unpack([await bed.installed(ONE)], [bed.step(ONE, other)]));
  assert.equal([found.fault, found.why], ['delta', 'delta-refused']);
  assert.match(found.text, /its outcome is not what was signed for/);
  bed.untouched();
});

when('an interruption is nobody’s fault, and leaves nothing', async (bed) => {
  const stop = new AbortController();
  stop.abort('SIGTERM');
  const found = refused(await bed.unpack([await bed.installed(ONE)], [bed.step(ONE, TWO)], stop.signal));
  assert.equal([found.fault, found.why], ['machine', 'interrupted']);
  bed.untouched();
});

test.run();
