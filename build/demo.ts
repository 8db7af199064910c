import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { at, NODE } from './support/root.ts';
import { serveRepository } from './support/served.ts';

/**
 * The main job, end to end, on this machine and in one new folder: publish three signed releases (one forced, one that fails its
 * content test), drop a policy, run, and show what happened. `DATA=FOLDER` adds ClamAV's signed test databases test-1.cvd to test-6.cvd.
 */
const GLUED = existsSync(at('dist', 'glued')) ? [at('dist', 'glued')] : [NODE, at('dist', 'glued.mjs')];
const work = mkdtempSync(join(tmpdir(), 'glued-demo-'));
const inWork = (...parts: string[]): string => join(work, ...parts);
const POLICY = ['--policy', inWork('policy.json'), '--state', inWork('state')];

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs glued, shows the command line, and ends the demo where the exit code is not one of those expected. */
function glued(args: readonly string[], expected: readonly number[] = [0], show: 'show' | 'hide' = 'show'): string {
  say(`\n$ glued ${args.map((a) => a.replace(`${work}/`, '')).join(' ')}`);
  const [program = NODE, ...rest] = GLUED;
  const done = spawnSync(program, [...rest, ...args], { cwd: work, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' } });
  if (show === 'show') say(done.stdout.trimEnd());
  if (done.stderr !== '') say(done.stderr.trimEnd());
  if (!expected.includes(done.status ?? -1)) {
    say(`demo: exit code ${done.status}, expected ${expected.join(' or ')}. Everything is in ${work}`);
    process.exit(1);
  }
  return done.stdout;
}

function write(path: string, text: string, mode = 0o644): string {
  writeFileSync(inWork(path), text);
  chmodSync(inWork(path), mode);
  return inWork(path);
}

function publishDemo(repo: string): void {
  for (const [name, files] of Object.entries({
    'av-1': { 'signatures.db': 'first\n'.repeat(400), 'about.txt': 'release 1\n' },
    'av-2': { 'signatures.db': 'second\n'.repeat(420), 'about.txt': 'release 2\n' },
    'av-3': { 'signatures.db': 'BROKEN\n'.repeat(440), 'about.txt': 'release 3\n' },
    'rules-1': { 'demo.rules': 'alert tcp any any -> any any (msg:"demo"; sid:1;)\n' },
  })) {
    mkdirSync(inWork('content', name), { recursive: true });
    for (const [file, text] of Object.entries(files)) write(join('content', name, file), text);
  }
  glued(['repo', 'init', repo, '--keys', inWork('keys')]);
  glued(['repo', 'add', repo, 'demo-av', '--type', 'av', '--plugin', 'files', '--name', 'Demo signatures']);
  glued(['repo', 'add', repo, 'demo-rules', '--type', 'ips', '--plugin', 'files', '--name', 'Demo rules']);
  glued(['repo', 'publish', repo, 'demo-av', inWork('content', 'av-1'), '--version', '1.0']);
  glued(['repo', 'publish', repo, 'demo-av', inWork('content', 'av-2'), '--version', '2.0', '--forced']);
  glued(['repo', 'publish', repo, 'demo-rules', inWork('content', 'rules-1'), '--version', '1.0']);
}

function register(): void {
  mkdirSync(inWork('engine'), { recursive: true });
  const check = write(
    'engine/check-content',
    '#!/bin/sh\n# the demo engine: refuses signatures that it cannot parse\nif grep -q BROKEN "$1/signatures.db"; then\n  echo "signatures.db: line 1: cannot parse BROKEN" >&2\n  exit 1\nfi\n',
    0o755,
  );
  const test = `TestCommand=["${check}","{path}"]`;
  glued(['registry', 'add', 'demo-av', '--type', 'av', '--plugin', 'files', '--path', inWork('engine', 'signatures'), '--set', test, ...POLICY]);
  glued(['registry', 'add', 'demo-rules', '--type', 'ips', '--plugin', 'files', '--path', inWork('engine', 'rules'), ...POLICY]);
}

type Document = {
  readonly outcome: string;
  readonly code: number;
  readonly components: readonly {
    readonly id: string;
    readonly before: { readonly version: string } | null;
    readonly after: { readonly version: string } | null;
    readonly action: string;
    readonly reason: { readonly code: string; readonly text: string; readonly remedy?: string } | null;
  }[];
  readonly errors: readonly { readonly component?: string; readonly text: string; readonly detail?: string }[];
};

function table(documents: readonly Document[]): void {
  const rows = [['component', 'before', 'after', 'action']];
  for (const c of documents.flatMap((d) => d.components)) {
    rows.push([c.id, c.before?.version ?? '-', c.after?.version ?? '-', c.action]);
  }
  const widths = [0, 1, 2, 3].map((i) => Math.max(...rows.map((r) => (r[i] ?? '').length)));
  for (const row of rows) say(`  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`);
}

function refusals(documents: readonly Document[]): void {
  for (const document of documents) {
    for (const component of document.components) {
      if (component.action !== 'failed' || component.reason === null) continue;
      say(`\n${component.id} was refused: ${component.reason.text}`);
      if (component.reason.remedy !== undefined) say(`  what to do: ${component.reason.remedy}`);
    }
    for (const error of document.errors) if (error.detail !== undefined) say(`  it said: ${error.detail.trim()}`);
  }
}

/** ClamAV's signed test databases, one release after the other, each loaded by clamscan before it is swapped in. */
function clamav(repo: string, data: string): Document | undefined {
  const releases = readdirSync(data).filter((n) => /^test-\d+\.cvd$/.test(n)).sort();
  if (releases.length === 0) {
    say(`\nSKIP: no test-N.cvd in ${data}`);
    return undefined;
  }
  glued(['repo', 'add', repo, 'clamav-test', '--type', 'av', '--plugin', 'clamav', '--name', 'ClamAV test database']);
  mkdirSync(inWork('clamav-db'), { recursive: true });
  glued(['registry', 'add', 'clamav-test', '--type', 'av', '--plugin', 'clamav', '--path', inWork('clamav-db'), ...POLICY]);
  mkdirSync(inWork('cvd'), { recursive: true });
  let last: Document | undefined;
  for (const name of releases) {
    copyFileSync(join(data, name), inWork('cvd', 'test.cvd'));
    const version = name.replace(/\D/g, '');
    glued(['repo', 'publish', repo, 'clamav-test', inWork('cvd', 'test.cvd'), '--version', version], [0], 'hide');
    const document: Document = JSON.parse(glued(['run', '--component', 'clamav-test', '--json', ...POLICY], [0], 'hide'));
    const moved = document.components.find((c) => c.id === 'clamav-test');
    say(`  clamav-test: ${moved?.before?.version ?? '-'} -> ${moved?.after?.version ?? '-'} (${moved?.action})`);
    last = document;
  }
  glued(['history', 'clamav-test', ...POLICY]);
  return last;
}

async function main(): Promise<void> {
  const repo = inWork('repository');
  publishDemo(repo);
  const served = await serveRepository(GLUED, repo);
  try {
    const root = join(repo, 'metadata', '1.root.json');
    write('policy.json', `${JSON.stringify({ schema: 1, id: 'demo', version: 1, servers: [{ url: served.url }], trust: { rootFile: root } }, null, 2)}\n`);
    register();
    const first: Document = JSON.parse(glued(['run', '--json', ...POLICY], [0], 'hide'));
    table([first]);
    glued(['repo', 'publish', repo, 'demo-av', inWork('content', 'av-3'), '--version', '3.0']);
    const json = glued(['run', '--json', ...POLICY], [16], 'hide');
    const second: Document = JSON.parse(json);
    const data = process.env['DATA'];
    if (data !== undefined && data !== '') clamav(repo, resolve(data));
    glued(['explain', 'demo-av', ...POLICY]);
    glued(['status', ...POLICY]);
    say('\nThe JSON result of the run that refused release 3:');
    say(json.trimEnd());
    say('\nBefore and after:');
    table([first, second]);
    refusals([second]);
    say(`\ninstalled now: ${readFileSync(inWork('engine', 'signatures', 'about.txt'), 'utf8').trim()}`);
    say(`Everything that this demo made is in ${work}`);
  } finally {
    served.stop();
  }
}

await main();
