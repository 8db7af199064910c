import { offlineAgentFloor, offlineCatalogs } from '../catalog/index.ts';
import {
  type CatalogState,
  type Component,
  type ComponentId,
  type Content,
  type Failure,
  fail,
  isBelowFloor,
  type LoadedPolicy,
  ok,
  type Outcome,
  type PlugIn,
  revocationsOf,
  type RunDocument,
  type RunId,
  runId,
} from '../model/index.ts';
import { plugInFor } from '../plugins/index.ts';
import { readTrustRoot } from '../policy/index.ts';
import type { State } from '../state/index.ts';
import { NO_LIMITS } from './after.ts';
import { hold } from './cycle.ts';
import { type Entry, Ledger } from './ledger.ts';
import { documentNow, keepNow, policyOrNone } from './offline.ts';
import { placeOf, withPlugIns } from './plugins-of-run.ts';
import { settleRestarts } from './restarts.ts';
import { gather, takeInventory } from './stage-gather.ts';
import { goBack } from './stage-back.ts';
import { CONFIRM_SECONDS, recover } from './stage-recover.ts';
import type { RunOptions, World } from './world.ts';

/**
 * Puts a component's previous content back, from what is kept beside it: no server, no network, and no policy either (a policy that
 * can be read only adds the check that the earlier release was not revoked). The release that it leaves is quarantined.
 */
export async function rollback(world: World, id: string, options: RunOptions): Promise<RunDocument> {
  const { ports } = world;
  const startedAt = ports.clock.now();
  const ledger = new Ledger(ports.clock);
  const run = runId(startedAt, ports.random.bytes(10));
  const policy = await policyOrNone(world, options);
  const about = { runId: run, startedAt, policy, options };
  const held = hold(world, options, startedAt);
  if (!held.ok) {
    ledger.failRun('lock', held.failure);
    return documentNow(world, ledger, about);
  }
  const { state, release } = held.value;
  try {
    if (policy === null) ledger.notes.push('No valid policy: whether the earlier release was revoked, or another component needs the later one, could not be checked.');
    const asked = { id, run, now: startedAt };
    const done = await withPlugIns(world, policy, state.scratch, placeOf(world, ledger, options), (plugIns) => stages(world, state, ledger, plugIns, policy, asked, options));
    if (!done.ok) refuse(ledger, id, done.failure);
    await settleRestarts(ports, state, ledger, startedAt, options.mode);
    ledger.notes.unshift(...state.notes);
    const made = documentNow(world, ledger, about);
    return made.codeName === 'usage' ? made : keepNow(world, state, ledger, about, made);
  } finally {
    state.close();
    release();
  }
}

/** Why it cannot be done is the component's own reason, where there is such a component. */
function refuse(ledger: Ledger, id: string, why: Failure): void {
  const entry = [...ledger.entries.values()].find((e) => e.component.id === id);
  if (entry === undefined) ledger.failRun('rollback', why, id);
  else ledger.fail(entry, 'rollback', why);
}

async function stages(
  world: World,
  state: State,
  ledger: Ledger,
  plugIns: ReadonlyMap<string, PlugIn>,
  policy: LoadedPolicy | null,
  asked: { readonly id: string; readonly run: RunId; readonly now: number },
  options: RunOptions,
): Promise<Outcome<undefined, Failure>> {
  const recovered = await recover({ world, state, ledger, plugIns, now: asked.now, signal: options.signal, confirmSeconds: CONFIRM_SECONDS });
  if (!recovered.ok) return recovered;
  const registered = await gather(world.ports, state.dir, ledger, asked.now, 'apply');
  if (!registered.ok) return registered;
  const component = registered.value.find((c) => c.id === asked.id);
  ledger.keepOnly(component === undefined ? [] : [component]);
  if (component === undefined) return fail('component-unknown', { component: asked.id, known: registered.value.map((c) => c.id).join(', ') || 'none' });
  const own = plugIns.get(component.plugIn);
  const absent = () => fail('recovery-plugin-absent', { component: component.id, plugIn: component.plugIn });
  // content beside the install path can be put back without the plug-in that brought it
  const looker = own ?? plugIns.get('files');
  if (looker === undefined) return absent();
  await takeInventory(new Map([[component.plugIn, looker]]), [component], ledger, 'deep', options.signal);
  const entry = ledger.enter(component);
  if (entry.failure !== null) return ok();
  const target = targetOf(entry, component);
  if (!target.ok) return own === undefined ? absent() : target;
  const plugIn = plugInFor(plugIns, component, target.value);
  if (plugIn === undefined) return absent();
  const allowed = mayComeBack(world, state, policy, component, target.value, registered.value);
  if (!allowed.ok) return allowed;
  const bench = { world, state, ledger, runId: asked.run, now: asked.now, verify: policy?.policy.verify ?? NO_LIMITS, options };
  const back = await goBack(bench, plugIn, entry, target.value, 'rollback');
  return back.ok ? ok() : back;
}

/** The previous release where it is kept, else the newest kept one below the installed. */
function targetOf(entry: Entry, component: Component): Outcome<Content, Failure> {
  const kept = entry.inventory?.kept ?? [];
  const others = kept.filter((k) => k.sequence !== component.installed?.sequence);
  const target = others.find((k) => k.sequence === component.previous?.sequence) ?? others[0];
  if (target === undefined) return fail('nothing-to-roll-back', { component: component.id, folder: entry.inventory?.versions ?? component.installPath });
  const known = component.previous?.sequence === target.sequence ? component.previous : null;
  return ok(known === null ? target : { ...target, ...known });
}

/** Not what was revoked, and no agent older than the trusted targets allow, as far as can be known offline. */
function mayComeBack(
  world: World,
  state: State,
  policy: LoadedPolicy | null,
  component: Component,
  target: Content,
  registered: readonly Component[],
): Outcome<undefined, Failure> {
  if (policy === null) return ok();
  const root = readTrustRoot(world.ports, policy.policy);
  if (!root.ok) return ok();
  const floor = component.contentType === 'agent' ? offlineAgentFloor(state.metadata, root.value) : null;
  if (isBelowFloor(floor, target.version)) return fail('rollback-below-floor', { component: component.id, version: target.version, floor: floor ?? '' });
  const catalogs = offlineCatalogs(state.metadata, root.value, registered.map((c) => c.id));
  const catalog = catalogs.get(component.id);
  const [revoked] = catalog?.kind === 'catalog' ? revocationsOf(catalog.catalog.revoked, target) : [];
  if (revoked !== undefined) return fail('rollback-revoked', { component: component.id, sequence: target.sequence, reason: revoked.reason });
  const needed = registered.flatMap((other) => neededBy(other, catalogs.get(other.id), component.id)).find((n) => n.minSequence > target.sequence);
  if (needed === undefined) return ok();
  return fail('rollback-needed', { component: component.id, sequence: target.sequence, minSequence: needed.minSequence, other: needed.by });
}

/** What a component's installed release needs of another one. */
function neededBy({ id, installed }: Component, catalog: CatalogState | undefined, of: ComponentId): readonly { readonly by: ComponentId; readonly minSequence: number }[] {
  const release = catalog?.kind === 'catalog' ? catalog.catalog.releases.find((r) => r.sequence === installed?.sequence) : undefined;
  return (release?.requires ?? []).filter((r) => r.component === of).map(({ minSequence }) => ({ by: id, minSequence }));
}

