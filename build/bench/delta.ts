import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { at, NODE } from '../support/root.ts';
import { ruleSet, signatureDatabase } from './content.ts';
import { countingRelay, GLUED, has, Machine } from './machine.ts';
import { aside, line, once, round, type Sample } from './measure.ts';

/** Where a version of some content is written, and what it is; the path is what is published. */
type Content = { readonly name: string; readonly write: (folder: string, version: number) => string };

const MIB = 1 << 20;
const SIGNATURES: Content = {
  name: 'sigdb',
  write: (folder, version) => {
    mkdirSync(folder, { recursive: true });
    signatureDatabase(join(folder, 'lab.hsb'), Number(process.env['DELTA_MIB'] ?? 63) * MIB, version);
    return join(folder, 'lab.hsb');
  },
};
const RULES: Content = {
  name: 'rules',
  write: (folder, version) => {
    ruleSet(folder, Number(process.env['RULES'] ?? 40_000), version);
    return folder;
  },
};

/** Bytes on the wire in all, and the agent's memory, one release behind (issue 4). */
const TARGETS = { sigdb: { wire_bytes: 650_000, rss_mb: 300, delta_bytes: 600_000 }, rules: { wire_bytes: 40_000, rss_mb: 300, delta_bytes: 40_000 } } as const;

/** The deltas' figures: the tools beside each other, then whole runs of two processes with a counter between them. */
export async function deltas(): Promise<void> {
  for (const content of [SIGNATURES, RULES]) {
    tools(content);
    await oneBehind(content);
  }
  await chain();
}

function tools(content: Content): void {
  const machine = new Machine();
  try {
    const [old, fresh] = [0, 1].map((version) => tarOf(machine, content, version));
    const tool = at('build', 'bench', 'delta-tool.ts');
    const delta = machine.path('delta');
    const rebuilt = machine.path('rebuilt');
    const ours = [NODE, tool, 'apply', old ?? '', delta, rebuilt];
    compare(content, 'ours', { fresh: fresh ?? '', delta, rebuilt }, [NODE, tool, 'make', old ?? '', fresh ?? '', delta], ['env', `TO=${fresh}`, ...ours]);
    if (has('zstd')) {
      const make = ['zstd', '-q', '-3', '--long=27', '-f', `--patch-from=${old}`, fresh ?? '', '-o', delta];
      compare(content, 'zstd-3-patch-from', { fresh: fresh ?? '', delta, rebuilt }, make, ['zstd', '-q', '-d', '--long=27', '--memory=512MB', '-f', `--patch-from=${old}`, delta, '-o', rebuilt]);
    }
    if (has('xdelta3')) {
      const window = String(statSync(old ?? '').size + MIB);
      const make = ['xdelta3', '-e', '-9', '-S', 'djw', '-f', '-B', window, '-s', old ?? '', fresh ?? '', delta];
      compare(content, 'xdelta3', { fresh: fresh ?? '', delta, rebuilt }, make, ['xdelta3', '-d', '-f', '-B', window, '-s', old ?? '', delta, rebuilt]);
    }
  } finally {
    machine.close();
  }
}

/** The tar that a release of this version has inside its package. */
function tarOf(machine: Machine, content: Content, version: number): string {
  const path = content.write(machine.path(`v${version}`), version);
  const tar = machine.path(`${version}.tar`);
  const root = machine.path(`tar-${version}`);
  machine.glued('repo', 'init', root, '--keys', `${root}-keys`);
  machine.glued('repo', 'add', root, 'demo', '--type', 'av', '--plugin', 'files');
  machine.glued('repo', 'publish', root, 'demo', path, '--version', '1');
  const [ab = ''] = readdirSync(join(root, 'packages'));
  const [sha = ''] = readdirSync(join(root, 'packages', ab));
  execFileSync('zstd', ['-q', '-d', '-f', join(root, 'packages', ab, sha), '-o', tar]);
  return tar;
}

type Files = { readonly fresh: string; readonly delta: string; readonly rebuilt: string };

function compare(content: Content, tool: string, files: Files, make: readonly string[], apply: readonly string[]): void {
  const made = once({ argv: make });
  const bytes = statSync(files.delta).size;
  const applied = once({ argv: apply });
  if (!readFileSync(files.rebuilt).equals(readFileSync(files.fresh))) throw new Error(`${tool} does not give the content back`);
  const cost = (s: Sample) => ({ cpu_ms: round(s.cpu_ms), rss_mb: round(s.rss_mb) });
  const target = TARGETS[content.name === 'sigdb' ? 'sigdb' : 'rules'].delta_bytes;
  const verdict = tool === 'ours' ? { target, met: bytes <= target } : {};
  line(`delta.${content.name}.${tool}`, { bytes, unpacked_bytes: statSync(files.fresh).size, make: cost(made), apply: cost(applied), ...verdict });
}

/** What one run of the agent cost: bytes both ways, memory, and how the content came. */
type RunCost = { readonly wire_bytes: number; readonly requests: number; readonly rss_mb: number; readonly cpu_ms: number; readonly via: string };

/** A machine that has version 0, and then a run after `versions` more were published. */
async function runAfter(content: Content, versions: readonly number[], options: readonly string[]): Promise<RunCost> {
  const machine = new Machine();
  let close = (): void => {};
  try {
    machine.repository(['demo']);
    const publish = (version: number): string => machine.glued('repo', 'publish', machine.path('repo'), 'demo', content.write(machine.path(`v${version}`), version), '--version', `${version}`, ...options);
    publish(0);
    const relay = await countingRelay(await machine.serve());
    close = relay.close;
    machine.policy(relay.url);
    machine.register('demo');
    const run = { argv: [GLUED, 'run', '--json', ...machine.place] };
    await aside(run);
    for (const version of versions) publish(version);
    relay.count();
    const sample = await aside(run);
    const { requests, bytes, sent } = relay.count();
    const document: { components: { via: string; after: { version: string } | null }[] } = JSON.parse(sample.stdout);
    const [one] = document.components;
    if (one?.after?.version !== `${versions.at(-1)}`) throw new Error(`the run did not bring version ${versions.at(-1)}: ${sample.stdout}`);
    return { wire_bytes: bytes + sent, requests, rss_mb: round(sample.rss_mb), cpu_ms: round(sample.cpu_ms), via: one.via };
  } finally {
    close();
    machine.close();
  }
}

async function oneBehind(content: Content): Promise<void> {
  const cost = await runAfter(content, [1], []);
  const { wire_bytes, rss_mb } = TARGETS[content.name === 'sigdb' ? 'sigdb' : 'rules'];
  line(`delta.${content.name}.run`, { ...cost, target: { wire_bytes, rss_mb, via: 'delta' }, met: cost.via === 'delta' && cost.wire_bytes <= wire_bytes && cost.rss_mb <= rss_mb });
}

/** Three behind, where each release has a delta from the one before it alone. */
async function chain(): Promise<void> {
  const cost = await runAfter(RULES, [1, 2, 3], ['--deltas', '1']);
  const wire_bytes = 3 * TARGETS.rules.wire_bytes;
  line('delta.rules.chain-of-three', { ...cost, target: { wire_bytes, via: 'delta' }, met: cost.via === 'delta' && cost.wire_bytes <= wire_bytes });
}
