import { type Content, failed, type Failure, ok, type Outcome } from '../model/index.ts';
import { applyVendorDelta, type DeltaBase, type DeltaFailed, unpackDelta, unpackPackage, VENDOR_ALGORITHMS } from '../plugins/index.ts';
import { fallBack } from './fall-back.ts';
import type { DeltaRoute, Download, Material } from './stage-download.ts';
import type { Bench } from './bench.ts';

/**
 * Unpacks a release beside the installed one, where it is not here already: its package, or what its deltas make of content that is here. Where the deltas fail, or what is
 * here is not what they were made for, the full package is fetched by `full` and unpacked instead, once.
 */
export async function unpack(
  bench: Bench,
  one: Download,
  next: Content,
  material: Material,
  full: () => Promise<Outcome<string, Failure>>,
): Promise<Outcome<unknown, Failure>> {
  if (material.kind === 'kept') return ok();
  if (material.kind === 'package') return unpackFull(bench, one, next, material.path);
  const { state, ledger } = bench;
  const done = await applyDeltas(bench, one, next, material);
  if (done.ok) return done;
  const { fault, failure, step } = done.failure;
  if (fault === 'machine') return failed(failure);
  fallBack(ledger, one.entry, one.release, failure);
  if (fault === 'delta') {
    const { delta, to } = step;
    const refused = { component: to.component, sequence: to.sequence, sha256: delta.sha256, why: failure.why, since: bench.now, policyDigest: bench.policyDigest };
    const kept = state.refusedDeltas.add(refused);
    if (!kept.ok) ledger.failRun('unpacking', kept.failure, one.entry.component.id);
    state.packages.drop(delta.sha256);
  }
  const fetched = await full();
  return fetched.ok ? unpackFull(bench, one, next, fetched.value) : fetched;
}

type Deltas = Extract<Material, { kind: 'deltas' }>;

/** By the agent's own deltas, or by the plug-in's: a chain is of one maker (planner). */
function applyDeltas(bench: Bench, one: Download, next: Content, deltas: Deltas): Promise<Outcome<unknown, DeltaFailed>> {
  const { world, state, options } = bench;
  const { route, paths } = deltas;
  const algorithm = route.steps[0]?.delta.algorithm ?? '';
  if (VENDOR_ALGORITHMS.get(one.entry.component.plugIn)?.includes(algorithm) === true) return applyVendors(bench, one, next, deltas);
  const steps = route.steps.flatMap((step, i) => {
    const path = paths[i];
    return path === undefined ? [] : [{ step, path }];
  });
  return unpackDelta(world.ports, { bases: basesOf(bench, one, route), steps, folder: next.folder, scratch: state.scratch, signal: options.signal });
}

async function applyVendors({ world, options }: Bench, { entry, release }: Download, next: Content, { route, paths }: Deltas): Promise<Outcome<unknown, DeltaFailed>> {
  const last = route.steps.at(-1);
  const base = entry.inventory?.kept.find((k) => k.sequence === route.steps[0]?.from.sequence);
  if (base === undefined || last?.delta.outcome === undefined) throw new Error('the planner begins a chain at kept content, and uses no vendor delta that promises nothing');
  const { algorithm, outcome } = last.delta;
  const made = await applyVendorDelta(world.ports, { algorithm, component: entry.component.id, version: release.version, base, deltas: paths, outcome, folder: next.folder, signal: options.signal });
  if (made.ok) return made;
  const { fault, failure, at } = made.failure;
  return failed({ fault, failure, step: route.steps[at] ?? last });
}

function unpackFull({ world, options }: Bench, { release }: Download, next: Content, packagePath: string): Promise<Outcome<unknown, Failure>> {
  return unpackPackage(world.ports, { packagePath, package: release.package, folder: next.folder, signal: options.signal });
}

/** The tree that the planner chose, then the package of the same release, which is hashed only where it is asked for. */
function* basesOf({ state }: Bench, { entry }: Download, { base, steps }: DeltaRoute): Generator<DeltaBase, void> {
  const from = steps[0]?.from;
  if (from === undefined) return;
  const tree = base === 'tree' ? entry.inventory?.kept.find((k) => k.sequence === from.sequence) : undefined;
  if (tree !== undefined) yield { kind: 'tree', folder: tree.folder };
  const path = state.packages.find(from.package.sha256, 'hash', from.package.size);
  if (path !== undefined) yield { kind: 'package', path };
}

/** Deltas help nobody once their release is installed, nor does the beginning of one: the next ones lead from its tree. */
export function dropDeltas({ state }: Pick<Bench, 'state'>, { route }: Download): void {
  if (route.kind !== 'delta') return;
  for (const { delta } of route.steps) {
    state.packages.drop(delta.sha256);
    state.packages.dropPartial(delta.sha256);
  }
}
