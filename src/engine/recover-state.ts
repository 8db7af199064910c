import { type Component, type Failure, failure, ok, type Outcome, type Probation, PROBATION_DEFAULTS } from '../model/index.ts';
import { hasWayBack, plugInFor } from '../plugins/index.ts';
import { writeActive } from '../registry/index.ts';
import type { Unreadable } from '../state/index.ts';
import { installedAs } from './after.ts';
import { beginProbation, countStart } from './probation.ts';
import { undo, type Undoing } from './stage-undo.ts';

/**
 * Components as they really stand, where registry, journal and probation disagree because some of them were lost: by what lies at the
 * install path. The registry is mended, and a swap that was cut in half is undone.
 */
export async function standing(bench: Undoing, known: readonly Component[]): Promise<Outcome<readonly Component[], Failure>> {
  const listed = bench.state.probations.list();
  if (!listed.ok) return listed;
  const out = new Map(known.map((c) => [c.id, c]));
  // the newest release first: where it is in place, the one before it is not
  for (const probation of listed.value.probations.toReversed()) {
    const { id } = probation.component;
    const component = out.get(id);
    const isBroken = (bench.ledger.entries.get(id)?.failure ?? null) !== null;
    if (isBroken || component?.installed?.sequence === probation.next.sequence || isElsewhere(component, probation)) continue;
    const found = await find(bench, component, probation);
    if (!found.ok) bench.ledger.fail(bench.ledger.enter(component ?? probation.component), 'recover', found.failure);
    else if (found.value !== undefined) out.set(id, found.value);
  }
  for (const lost of listed.value.unreadable) {
    const begun = await beginAnew(bench, out.get(lost.component), lost);
    if (!begun.ok) bench.ledger.failRun('recover', begun.failure, lost.component);
  }
  return ok([...out.values()]);
}

const isElsewhere = (component: Component | undefined, { component: before }: Probation): boolean =>
  component !== undefined && (component.installPath !== before.installPath || component.plugIn !== before.plugIn);

/** What is installed of a component: the release on probation, what the registry or the probation says was before it, or, where neither is whole, the last known good again. */
async function find(bench: Undoing, registered: Component | undefined, probation: Probation): Promise<Outcome<Component | undefined, Failure>> {
  const { component: before, next } = probation;
  const plugIn = plugInFor(bench.plugIns, before, next);
  if (plugIn === undefined) return ok(registered);
  const withNext = installedAs(registered ?? before, next, bench.now, before);
  const candidates = registered === undefined ? [withNext, before] : [withNext, registered];
  for (const component of candidates) {
    const looked = await plugIn.inventory(component, 'quick', bench.signal);
    if (!looked.ok) return looked;
    const isIt = looked.value.state === (component.installed === null ? 'absent' : 'whole');
    if (isIt) return mend(bench, registered, component);
  }
  const undone = await undo(bench, probation, registered ?? before);
  if (!undone.ok) return undone;
  bench.ledger.notes.push(`${before.id}: release ${next.version} was only half installed, and no journal of it was left: the content before it is back.`);
  return ok(bench.ledger.entries.get(before.id)?.component);
}

function mend(bench: Undoing, registered: Component | undefined, component: Component): Outcome<Component, Failure> {
  if (component === registered) return ok(component);
  const written = writeActive(bench.world.ports, bench.state.dir, component);
  if (!written.ok) return written;
  bench.ledger.notes.push(`${component.id}: its registration was lost or out of date, and was written anew: release ${component.installed?.version ?? 'none'} is installed.`);
  return ok(component);
}

/** Neither copy of a probation can be read: it begins anew, by what is kept beside the install path and with the policy's defaults. */
async function beginAnew(bench: Undoing, component: Component | undefined, lost: Unreadable): Promise<Outcome<undefined, Failure>> {
  const { state, ledger, now, world } = bench;
  // of a release that is not installed any more
  if (component !== undefined && component.installed?.sequence !== lost.sequence) return state.probations.drop(lost.component, lost.sequence);
  const begun = component === undefined ? null : await reconstruct(bench, component);
  if (begun === null) {
    ledger.failRun('recover', failure('probation-unreadable', { component: lost.component, path: lost.path, problem: lost.problem }), lost.component);
    return state.probations.setAside(lost);
  }
  ledger.notes.push(`${lost.component}: ${lost.path} could not be read (${lost.problem}); release ${begun.next.version} begins its probation anew.`);
  return state.probations.put(countStart({ ...begun, boot: null }, now, world.ports.os.bootId() ?? null, 'count'));
}

async function reconstruct(bench: Undoing, component: Component): Promise<Probation | null> {
  const looked = await bench.plugIns.get(component.plugIn)?.inventory(component, 'quick', bench.signal);
  const kept = looked?.ok === true ? looked.value.kept : [];
  const next = kept.find((k) => k.sequence === component.installed?.sequence);
  const good = kept.find((k) => k.sequence === component.previous?.sequence) ?? null;
  if (next === undefined) return null;
  const by = { policy: PROBATION_DEFAULTS, policyDigest: '', now: bench.now, boot: null };
  if (hasWayBack(bench.world.ports.files, next)) return beginProbation(component, next, next, { requires: [] }, { ...by, remade: 'yes' });
  const before: Component = { ...component, installed: component.previous, previous: null };
  return beginProbation(before, next, good, { requires: [] }, by);
}
