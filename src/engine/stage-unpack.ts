import { type Content, failed, type Failure, type Outcome } from '../model/index.ts';
import { type DeltaBase, unpackDelta, unpackPackage } from '../plugins/index.ts';
import { fallBack } from './fall-back.ts';
import type { DeltaRoute, Download, Material } from './stage-download.ts';
import type { Bench } from './stage-install.ts';

/**
 * Unpacks a release beside the installed one: its package, or what its deltas make of content that is here. Where the deltas fail, or what is
 * here is not what they were made for, the full package is fetched by `full` and unpacked instead, once.
 */
export async function unpack(
  bench: Bench,
  one: Download,
  next: Content,
  material: Material,
  full: () => Promise<Outcome<string, Failure>>,
): Promise<Outcome<unknown, Failure>> {
  if (material.kind === 'package') return unpackFull(bench, one, next, material.path);
  const { world, state, ledger, options } = bench;
  const steps = material.route.steps.flatMap((step, i) => {
    const path = material.paths[i];
    return path === undefined ? [] : [{ step, path }];
  });
  const bases = basesOf(bench, one, material.route);
  const done = await unpackDelta(world.ports, { bases, steps, folder: next.folder, scratch: state.scratch, signal: options.signal });
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
