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
  revocationsOf,
  type RunDocument,
} from '../model/index.ts';
import { plugInFor } from '../plugins/index.ts';
import { readTrustRoot } from '../policy/index.ts';
import type { State } from '../state/index.ts';
import { NO_LIMITS } from './after.ts';
import type { Entry, Ledger } from './ledger.ts';
import { CONFIRM_SECONDS } from './machine.ts';
import { runOffline } from './offline.ts';
import { gather, takeInventory } from './stage-gather.ts';
import { goBack } from './stage-back.ts';
import { recover } from './stage-recover.ts';
import type { UnderWay } from './stages.ts';
import type { RunOptions, World } from './world.ts';

/**
 * Puts a component's previous content back, from what is kept beside it: no server, no network, and no policy either (a policy that
 * can be read only adds the check that the earlier release was not revoked). The release that it leaves is quarantined.
 */
export const rollback = (world: World, id: string, options: RunOptions): Promise<RunDocument> =>
  runOffline(world, options, {
    work: (run, policy) => stages(run, id, policy),
    tell: (ledger, why) => refuse(ledger, id, why),
    restarts: options.mode,
    isKept: (_, document) => document.codeName !== 'usage',
  });

/** Why it cannot be done is the component's own reason, where there is such a component. */
function refuse(ledger: Ledger, id: string, why: Failure): void {
  const entry = [...ledger.entries.values()].find((e) => e.component.id === id);
  if (entry === undefined) ledger.failRun('rollback', why, id);
  else ledger.fail(entry, 'rollback', why);
}

async function stages(run: UnderWay, id: string, policy: LoadedPolicy | null): Promise<Outcome<undefined, Failure>> {
  const { world, state, ledger, plugIns, now, options } = run;
  const recovered = await recover({ ...run, signal: options.signal, confirmSeconds: CONFIRM_SECONDS });
  if (!recovered.ok) return recovered;
  const registered = await gather(world.ports, state.dir, ledger, now, 'apply');
  if (!registered.ok) return registered;
  const component = registered.value.find((c) => c.id === id);
  ledger.keepOnly(component === undefined ? [] : [component]);
  if (component === undefined) return fail('component-unknown', { component: id, known: registered.value.map((c) => c.id).join(', ') || 'none' });
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
  if (policy === null) ledger.notes.push('No valid policy: whether the earlier release was revoked, or another component needs the later one, could not be checked.');
  const allowed = mayComeBack(world, state, policy, component, target.value, registered.value);
  if (!allowed.ok) return allowed;
  const bench = { ...run, verify: policy?.policy.verify ?? NO_LIMITS };
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

