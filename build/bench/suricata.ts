import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { basename } from 'node:path';
import { ruleSet } from './content.ts';
import { countingRelay, GLUED, has, type Kind, Machine } from './machine.ts';
import { aside, line, median, once, round, type Sample } from './measure.ts';

const COUNT = Number(process.env['RULES'] ?? 40_000);
const RUNS = Number(process.env['RUNS'] ?? 7);
const ENGINE_YAML = '/etc/suricata/suricata.yaml';
/** peers-performance: CPU, bytes both ways and memory of one run, the engine's own test left out; with it, CPU beyond the engine's own */
const TARGET = { cpu_ms: 500, wire_bytes: 35_000, rss_mb: 130, cpu_ms_over_engine: 600 } as const;

type Cost = Pick<Sample, 'wall_ms' | 'cpu_ms' | 'rss_mb'> & { readonly wire_bytes: number; readonly requests: number };
type Side = { readonly before: () => void; readonly argv: readonly string[]; readonly relay: Awaited<ReturnType<typeof countingRelay>> };

/**
 * One percent of 40 000 rules changed, in one run, beside suricata-update in the same run: the same rules, each from a loopback server that is one
 * release behind. `untested` leaves the engine's own test out of both: `--no-test` there, an engine that says yes at once here, which still counts,
 * filters and swaps as ever. `tested` has both load everything with the installed `suricata -T`, whose CPU alone is measured with each pair; memory
 * is then the engine's own.
 */
export async function rulesBesidePeer(): Promise<void> {
  if (!has('suricata-update')) return line('suricata', { skipped: 'suricata-update is not installed' });
  const bed = new Machine();
  try {
    for (const version of [0, 1]) ruleSet(bed.path(`v${version}`, 'rules'), COUNT, version);
    await compare(bed, 'untested', RUNS);
    if (!has('suricata') || !existsSync(ENGINE_YAML)) return line('suricata.update.tested', { skipped: `suricata is not installed, or ${ENGINE_YAML} is not there` });
    await compare(bed, 'tested', Math.min(RUNS, 3));
  } finally {
    bed.close();
  }
}

async function compare(bed: Machine, mode: 'untested' | 'tested', runs: number): Promise<void> {
  const machine = new Machine();
  const closing: (() => void)[] = [() => machine.close()];
  try {
    const ours = await ourSide(machine, bed, mode, closing);
    const peer = await peerSide(machine, bed, mode, closing);
    const engine = ['suricata', '-T', '-c', confOf(machine, 'alone', bed.path('v1/rules')), '-l', machine.path('alone')];
    const pairs: { readonly ours: Cost; readonly peer: Cost; readonly engineMs: number }[] = [];
    for (let i = 0; i < runs; i++) pairs.push({ ours: await costOf(ours), peer: await costOf(peer), engineMs: mode === 'tested' ? once({ argv: engine }).cpu_ms : 0 });
    const [mine, theirs] = [middle(pairs.map((p) => p.ours)), middle(pairs.map((p) => p.peer))];
    const share = (figure: keyof Cost): number => round(median(pairs.map((p) => p.ours[figure] / p.peer[figure])), 3);
    const isLean = mine.wire_bytes <= TARGET.wire_bytes;
    const overEngine = round(median(pairs.map((p) => p.ours.cpu_ms - p.engineMs)));
    const verdict =
      mode === 'untested'
        ? { target: { cpu_ms: TARGET.cpu_ms, wire_bytes: TARGET.wire_bytes, rss_mb: TARGET.rss_mb }, met: isLean && mine.cpu_ms <= TARGET.cpu_ms && mine.rss_mb <= TARGET.rss_mb }
        : { engine_alone_cpu_ms: round(median(pairs.map((p) => p.engineMs))), cpu_ms_over_engine: overEngine, target: { cpu_ms_over_engine: TARGET.cpu_ms_over_engine }, met: overEngine <= TARGET.cpu_ms_over_engine };
    line(`suricata.update.${mode}`, { rules: COUNT, changed_percent: 1, glued: mine, 'suricata-update': theirs, ratio: { cpu: share('cpu_ms'), rss: share('rss_mb'), bytes: share('wire_bytes') }, ...verdict });
  } finally {
    for (const close of closing.toReversed()) close();
  }
}

async function costOf({ before, argv, relay }: Side): Promise<Cost> {
  before();
  relay.count();
  const { wall_ms, cpu_ms, rss_mb } = await aside({ argv });
  const { requests, bytes, sent } = relay.count();
  return { wall_ms, cpu_ms, rss_mb, wire_bytes: bytes + sent, requests };
}

function middle(costs: readonly Cost[]): Cost {
  const of = (figure: keyof Cost): number => round(median(costs.map((c) => c[figure])));
  return { wall_ms: of('wall_ms'), cpu_ms: of('cpu_ms'), rss_mb: of('rss_mb'), wire_bytes: of('wire_bytes'), requests: of('requests') };
}

/** An engine's configuration: the installed one's, with the rules of a folder and no output. */
function confOf(machine: Machine, name: string, rules: string): string {
  mkdirSync(machine.path(name), { recursive: true });
  const path = machine.path(name, 'suricata.yaml');
  const include = existsSync(ENGINE_YAML) ? [`include: ${ENGINE_YAML}`] : [];
  writeFileSync(path, ['%YAML 1.1', '---', ...include, `default-rule-path: ${rules}`, 'rule-files:', '  - "*.rules"', 'outputs: []', ''].join('\n'));
  return path;
}

/** An engine that reads the configuration as the real one does, and says at once that every rule loads. */
function readyEngine(machine: Machine, rules: string): string {
  const path = machine.path('engine.sh');
  const says = `Info: detect: 50 rule files processed. ${COUNT} rules successfully loaded, 0 rules failed, 0`;
  writeFileSync(path, `#!/bin/sh\ncase "$1" in -V) echo "This is Suricata version 7.0.10 RELEASE";; --dump-config) printf 'default-rule-path = ${rules}\\nrule-files.0 = *.rules\\n';; *) echo "${says}";; esac\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A folder as it was when it was kept. */
function keeper(path: string): () => void {
  execFileSync('cp', ['-a', path, `${path}.kept`]);
  return () => {
    rmSync(path, { recursive: true, force: true });
    execFileSync('cp', ['-a', `${path}.kept`, path]);
  };
}

/** A machine that runs version 0, and a repository that has version 1 with its delta. */
async function ourSide(machine: Machine, bed: Machine, mode: 'untested' | 'tested', closing: (() => void)[]): Promise<Side> {
  const rules = machine.path('machine/rules');
  const engine = mode === 'tested' ? 'suricata' : readyEngine(machine, rules);
  const kind: Kind = { type: 'ips', plugIn: 'suricata', settings: { ConfigFile: confOf(machine, 'ours', rules), CommandSocket: machine.path('none.socket'), ...(mode === 'tested' ? {} : { EnginePath: engine }) } };
  machine.repository(['rules'], kind);
  machine.publish('rules', bed.path('v0/rules'), '0');
  const relay = await countingRelay(await machine.serve());
  closing.push(relay.close);
  machine.policy(relay.url);
  machine.register('rules', kind);
  const argv = [GLUED, 'run', '--json', ...machine.place];
  await aside({ argv });
  machine.publish('rules', bed.path('v1/rules'), '1');
  return { before: keeper(machine.path('machine')), argv, relay };
}

/** suricata-update that has version 0 in its cache, old enough to be asked for again, and a server of archives that has version 1. */
async function peerSide(machine: Machine, bed: Machine, mode: 'untested' | 'tested', closing: (() => void)[]): Promise<Side> {
  const site = machine.path('site');
  const data = machine.path('peer');
  mkdirSync(site);
  const archive = (version: number): void => {
    execFileSync('tar', ['-C', bed.path(`v${version}`), '--sort=name', '--mtime=@1700000000', '--owner=0', '--group=0', '-czf', `${site}/next`, 'rules']);
    const md5 = createHash('md5').update(readFileSync(`${site}/next`)).digest('hex');
    writeFileSync(`${site}/lab.rules.tar.gz.md5`, `${md5}\n`);
    renameSync(`${site}/next`, `${site}/lab.rules.tar.gz`);
  };
  const { url, close } = await archiveServer(site);
  closing.push(close);
  const relay = await countingRelay(url);
  closing.push(relay.close);
  writeFileSync(machine.path('update.yaml'), '{}\n');
  writeFileSync(machine.path('none'), '');
  const engine = mode === 'tested' ? ['--suricata', execFileSync('sh', ['-c', 'command -v suricata'], { encoding: 'utf8' }).trim(), '--suricata-conf', confOf(machine, 'theirs', `${data}/rules`)] : ['--suricata-version', '7.0.10', '--no-test'];
  const argv = ['suricata-update', 'update', '--no-reload', '--no-check-certificate', '-D', data, '-c', machine.path('update.yaml'), '--disable-conf', machine.path('none'), '--url', `${relay.url}lab.rules.tar.gz`, ...engine];
  archive(0);
  await aside({ argv });
  archive(1);
  // a download of the last quarter of an hour is not looked for again
  execFileSync('find', [data, '-type', 'f', '-exec', 'touch', '-d', '2 hours ago', '{}', '+']);
  return { before: keeper(data), argv, relay };
}

/** The files of one folder. */
async function archiveServer(folder: string): Promise<{ readonly url: string; readonly close: () => void }> {
  const server: Server = createServer((request, response) => {
    const path = `${folder}/${basename(request.url ?? '')}`;
    if (!existsSync(path)) return void response.writeHead(404).end();
    response.end(readFileSync(path));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/`, close: () => void server.close() };
}
