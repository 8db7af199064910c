// runtimes: node, deno
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Manifest, Package, Release } from '../../src/model/index.ts';
import { manifestBytes, packageTar } from '../../src/formats/package.ts';
import { release } from '../planner/world.ts';
import { digest, must } from '../support/outcome.ts';
import { temporaryFolder } from '../support/repository.ts';
import { saySkipped } from '../support/skip.ts';

const test = suite('memory of a delta');
const CHILD = fileURLToPath(new URL('../support/delta-child.ts', import.meta.url));
const ESBUILD = fileURLToPath(new URL('../../node_modules/.bin/esbuild', import.meta.url));
/** The issue's: the whole process, for a database of 64 MB. */
const MAX_PEAK_BYTES = 300 * 1000 * 1000;
const LINES = 1_000_000;
const hasZstd = spawnSync('zstd', ['--version']).status === 0;

/** 64 MB of signatures as hex digests; in each version some 1.5 % of the lines are others. */
function database(version: number): Buffer {
  const seed = createHash('sha512');
  const pool = Buffer.alloc(4_000_000);
  for (let at = 0; at < pool.length; at += 64) seed.copy().update(`${at}`).digest().copy(pool, at);
  const out = Buffer.alloc(LINES * 65);
  for (let i = 0; i < LINES; i++) {
    const changed = i % 66 === 0 ? version * 7919 : 0;
    const from = (Math.imul(i + changed, 2_654_435_761) >>> 0) % (pool.length - 32);
    out.write(pool.toString('hex', from, from + 32), i * 65, 'latin1');
    out.writeUInt8(0x0a, i * 65 + 64);
  }
  return out;
}

function tarOf(bytes: Uint8Array): { readonly manifest: Manifest; readonly tar: Uint8Array } {
  const manifest: Manifest = { schema: 'glued.manifest/1', shape: 'file', entries: [{ type: 'file', path: 'main.db', size: bytes.length, sha256: digest(bytes), mode: 0o644 }] };
  return { manifest, tar: Buffer.concat([...packageTar<never>(manifest, () => [{ ok: true, value: bytes }])].map((p) => must(p).slice())) };
}

function releaseOf(sequence: number, tar: Uint8Array): Release {
  const made: Package = { sha256: digest(`package ${sequence}`), size: 1, unpackedSize: tar.length, unpackedSha256: digest(tar), format: 'tar+zstd' };
  return release(sequence, { package: made });
}

test('a database of 64 MB is updated by a delta within 300 MB of memory', () => {
  if (!hasZstd || !existsSync('/proc/self/status')) return saySkipped('no zstd program, or no /proc');
  const root = temporaryFolder('delta-memory');
  const at = (name: string): string => join(root, name);
  const old = database(1);
  const from = tarOf(old);
  const to = tarOf(database(2));
  writeFileSync(at('old'), from.tar);
  writeFileSync(at('new'), to.tar);
  execFileSync('zstd', ['-q', '-3', '--long=27', `--patch-from=${at('old')}`, at('new'), '-o', at('delta')], { stdio: 'pipe' });
  for (const name of ['.glued-demo/1/content', 'scratch']) mkdirSync(at(name), { recursive: true });
  writeFileSync(at('.glued-demo/1/manifest.json'), manifestBytes(from.manifest));
  writeFileSync(at('.glued-demo/1/content/main.db'), old);
  const { size } = statSync(at('delta'));
  const [base, target] = [releaseOf(1, from.tar), releaseOf(2, to.tar)];
  const delta = { fromSequence: 1, sha256: digest(readFileSync(at('delta'))), size, algorithm: 'zstd' };
  const input = { bases: [{ kind: 'tree', folder: at('.glued-demo/1') }], steps: [{ step: { delta, from: base, to: target }, path: at('delta') }], folder: at('.glued-demo/2'), scratch: at('scratch') };
  writeFileSync(at('input.json'), JSON.stringify(input));
  // one bundle, as the agent is: a runtime that takes types out of the sources needs memory for that
  const child = at('child.mjs');
  execFileSync(ESBUILD, [CHILD, '--bundle', '--platform=node', '--format=esm', `--outfile=${child}`, '--log-level=error'], { stdio: 'pipe' });
  const run = spawnSync(process.execPath, ['Deno' in globalThis ? ['run', '-A'] : [], child, at('input.json')].flat(), { encoding: 'utf8', timeout: 120_000 });
  assert.is(run.status, 0, run.stderr);
  const { peakBytes, cpuMs } = JSON.parse(run.stdout);
  console.log(`\nNOTE: a delta of ${size} bytes applied to ${old.length} bytes: peak ${Math.round(peakBytes / 1e6)} MB, ${cpuMs} ms of CPU`);
  assert.is(digest(readFileSync(at('.glued-demo/2/content/main.db'))), to.manifest.entries[0]?.type === 'file' ? to.manifest.entries[0].sha256 : '');
  assert.ok(peakBytes < MAX_PEAK_BYTES, `${peakBytes} bytes at most`);
  rmSync(root, { recursive: true });
});

test.run();
