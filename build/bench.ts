import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import { emptyBinary } from './binary.ts';
import { daemon } from './bench/daemon.ts';
import { deltas } from './bench/delta.ts';
import { countingRelay, GLUED, has, Machine, mustExist, PROVEN } from './bench/machine.ts';
import { rulesBesidePeer } from './bench/suricata.ts';
import { figures, forgetPages, inTurn, line, median, once, ratio, round, type Sample } from './bench/measure.ts';
import { NODE } from './support/root.ts';

/**
 * Prints one JSON line a figure, pairs in one run: compare the ratios, not the milliseconds. RUNS: counted runs (7). PART: which
 * of startup, noop, daemon, package, tree, delta, suricata (all). MIB: the package (300). BIG: the large one for memory (1024).
 */
const RUNS = Number(process.env['RUNS'] ?? 7);
const PARTS = (process.env['PART'] ?? 'startup noop daemon package tree delta suricata').split(/\s+/);
const MIB = Number(process.env['MIB'] ?? 300);
const BIG = Number(process.env['BIG'] ?? 1024);

function startup(empty: string): void {
  const machine = new Machine();
  try {
    const jobs = [[empty], [GLUED, '--version'], [GLUED, 'status', '--json', '--state', machine.path('state')]].map((argv) => ({ argv }));
    const [floor = [], version = [], status = []] = inTurn(jobs, Math.max(RUNS, 15));
    const over = (samples: readonly Sample[]): number => round(median(samples.map((s, i) => s.cpu_ms - (floor[i]?.cpu_ms ?? 0))));
    line('startup.empty', figures(floor));
    line('startup.version', { ...figures(version), cpu_ms_over_empty: over(version), target: 20, met: over(version) <= 20 });
    line('startup.status', { ...figures(status), cpu_ms_over_empty: over(status), target: 40, met: over(status) <= 40 });
  } finally {
    machine.close();
  }
}

async function noop(empty: string): Promise<void> {
  const machine = new Machine();
  const ids = ['one', 'two', 'three'];
  try {
    machine.repository(ids);
    for (const id of ids) {
      mkdirSync(machine.path('in', id), { recursive: true });
      writeFileSync(machine.path('in', id, 'data.db'), `${id}\n`.repeat(1000));
      machine.publish(id, machine.path('in', id), '1.0');
    }
    const url = await machine.serve();
    machine.policy(url, PROVEN);
    for (const id of ids) machine.register(id);
    const run = [GLUED, 'run', '--json', ...machine.place];
    once({ argv: run });
    const [floor = [], runs = []] = inTurn([{ argv: [empty] }, { argv: run }], Math.max(RUNS, 15));
    const cpu = ratio(runs, floor, 'cpu_ms');
    const figure = figures(runs);
    line('noop.cpu', { ...figure, empty_cpu_ms: figures(floor).cpu_ms, cpu_ratio: cpu, target: 2.2, met: cpu <= 2.2 });
    line('noop.memory', { rss_mb: figure.rss_mb, target: 110, met: figure.rss_mb <= 110 });
    await noopBytes(machine, url, run);
  } finally {
    machine.close();
  }
}

async function noopBytes(machine: Machine, url: string, run: readonly string[]): Promise<void> {
  const relay = await countingRelay(url);
  try {
    machine.policy(relay.url, PROVEN);
    await runAside(run);
    relay.count();
    await runAside(run);
    const { requests, bytes } = relay.count();
    line('noop.http', { requests, bytes_received: bytes, target: { requests: 2, bytes_received: 720 }, met: requests <= 2 && bytes <= 720 });
  } finally {
    relay.close();
  }
}

/** Beside this process, which relays meanwhile. */
function runAside(argv: readonly string[]): Promise<void> {
  const [program = GLUED, ...rest] = argv;
  return new Promise((done, broken) => {
    const child = spawn(program, rest, { stdio: 'ignore' });
    child.on('exit', (code) => (code === 0 ? done() : broken(new Error(`${argv.join(' ')}: ${code}`))));
  });
}

function randomFile(path: string, mib: number): void {
  const block = Buffer.alloc(1 << 20);
  const fd = openSync(path, 'w');
  for (let i = 0; i < mib; i++) writeSync(fd, randomFillSync(block));
  closeSync(fd);
}

/** The package's own address in the repository: the largest file there. */
function packageOf(machine: Machine): string {
  const root = machine.path('repo/packages');
  const all = readdirSync(root).flatMap((ab) => readdirSync(join(root, ab)).map((sha) => `packages/${ab}/${sha}`));
  const last = all[all.length - 1];
  if (last === undefined) throw new Error('no package was published');
  return last;
}

async function packageRun(mib: number, runs: number, compare: 'with-pipeline' | 'memory-only'): Promise<number> {
  const machine = new Machine();
  try {
    machine.repository(['big']);
    randomFile(machine.path('big.db'), mib);
    machine.publish('big', machine.path('big.db'), '1.0');
    rmSync(machine.path('big.db'));
    const url = await machine.serve();
    machine.policy(url);
    const fresh = (): void => {
      rmSync(machine.path('machine'), { recursive: true, force: true });
      mkdirSync(machine.path('machine'));
      machine.register('big');
    };
    const out = machine.path('plain');
    const pipeline = `curl -s -o '${out}.part' '${url}${packageOf(machine)}' && openssl dgst -sha256 '${out}.part' && sync '${out}.part' && mv '${out}.part' '${out}'`;
    const ours = { argv: [GLUED, 'run', '--json', ...machine.place], before: fresh };
    const theirs = { argv: ['sh', '-c', pipeline], before: () => rmSync(out, { force: true }) };
    const [mine = [], plain = []] = inTurn(compare === 'with-pipeline' ? [ours, theirs] : [ours], runs);
    const rss = figures(mine).rss_mb;
    if (compare === 'memory-only') return rss;
    const stage = mine.map((s) => stageMs(s.stdout, 'big', 'downloading'));
    const share = round(median(stage.map((ms, i) => ms / (plain[i]?.wall_ms ?? Number.NaN))), 2);
    line('package.download', { mib, stage_ms: round(median(stage)), pipeline_wall_ms: figures(plain).wall_ms, ratio: share, target: 1.5, met: share <= 1.5 });
    line('package.run', { mib, ...figures(mine), note: 'the whole run: download, unpack with every hash, swap, confirm' });
    return rss;
  } finally {
    machine.close();
  }
}

function stageMs(json: string, id: string, stage: string): number {
  const document: { components: { id: string; stages: { stage: string; ms: number }[] }[] } = JSON.parse(json);
  return document.components.find((c) => c.id === id)?.stages.find((s) => s.stage === stage)?.ms ?? Number.NaN;
}

async function packages(): Promise<void> {
  const rss = await packageRun(MIB, Math.min(RUNS, 5), 'with-pipeline');
  line('package.memory', { mib: MIB, rss_mb: rss, target: 160, met: rss <= 160 });
  const small = await packageRun(64, 1, 'memory-only');
  const big = await packageRun(BIG, 1, 'memory-only');
  line('package.memory-flat', { small_mib: 64, small_rss_mb: small, big_mib: BIG, big_rss_mb: big, target: 160, met: big <= 160 });
}

const FILES = 20_000;

/** Plain writes of the same tree and one syncfs: what a tree costs at least. */
const PLAIN_TREE = `
import fs from 'node:fs'; import { spawnSync } from 'node:child_process';
const dir = process.argv[2]; const b = Buffer.alloc(4096, 'abcdefgh');
for (let i = 0; i < 100; i++) fs.mkdirSync(dir + '/d' + i, { recursive: true });
for (let i = 0; i < ${FILES}; i++) { const fd = fs.openSync(dir + '/d' + i % 100 + '/f' + i, 'w'); fs.writeSync(fd, b, 0, 1024 + (i * 37) % 3072); fs.closeSync(fd); }
if (spawnSync('sync', ['-f', dir]).status !== 0) process.exit(1);
`;

async function tree(): Promise<void> {
  const machine = new Machine();
  try {
    const script = machine.path('plain.mjs');
    writeFileSync(script, PLAIN_TREE);
    once({ argv: [NODE, script, machine.path('in')] });
    machine.repository(['tree']);
    machine.publish('tree', machine.path('in'), '1.0');
    const url = await machine.serve();
    machine.policy(url);
    let earlier = 0;
    const fresh = (): void => {
      // kept until the end: creates right after the deletion of a tree were four times slower on ext4
      if (existsSync(machine.path('machine'))) renameSync(machine.path('machine'), machine.path(`earlier-${earlier++}`));
      mkdirSync(machine.path('machine'));
      machine.register('tree');
      once({ argv: ['sync', '-f', machine.root] });
    };
    const plainDir = machine.path('machine/plain');
    const jobs = [
      { argv: [GLUED, 'run', '--json', ...machine.place], before: fresh },
      { argv: [NODE, script, plainDir], before: fresh },
    ];
    const [ours = [], plain = []] = inTurn(jobs, Math.min(RUNS, 5));
    const unpack = ours.map((s) => stageMs(s.stdout, 'tree', 'unpacking'));
    const share = round(median(unpack.map((ms, i) => ms / (plain[i]?.wall_ms ?? Number.NaN))), 2);
    line('tree.unpack', { files: FILES, stage_ms: round(median(unpack)), plain_wall_ms: figures(plain).wall_ms, ratio: share, target: 1.3, met: share <= 1.3 });
    line('tree.run', { files: FILES, ...figures(ours) });
  } finally {
    machine.close();
  }
}

mustExist(GLUED);
if (!has('python3')) throw new Error('the bench needs python3, which counts what a process used');
const empty = emptyBinary();
for (const program of [empty, GLUED]) forgetPages(program);
if (PARTS.includes('startup')) startup(empty);
if (PARTS.includes('noop')) await noop(empty);
if (PARTS.includes('daemon')) await daemon();
if (PARTS.includes('package')) await packages();
if (PARTS.includes('tree')) await tree();
if (PARTS.includes('delta')) await deltas();
if (PARTS.includes('suricata')) await rulesBesidePeer();
