import { type Catalog, type CatalogState, type Component, type Installed, type Inventory, type PlanInput, type Release, type Revocation, revocationsOf, type WindowState } from '../model/index.ts';
import {
  channelOf,
  downgradeOf,
  enabledOf,
  holdOf,
  type HoldSettings,
  pinOf,
  type Setting,
  type SourceOf,
} from './settings.ts';

/**
 * What is to be found: `update` something newer; `repair` the same or something newer, as what is on disk is not what the registry says;
 * `reapply` the same or something newer, as the machine's own settings make something else of it now;
 * `withdrawn` anything good, as the installed release was revoked.
 */
export type Mode = 'update' | 'repair' | 'reapply' | 'withdrawn';

/** One component with all that its gates read, worked out once. */
export type Subject = {
  readonly input: PlanInput;
  readonly sourceOf: SourceOf;
  readonly window: WindowState;
  readonly component: Component;
  readonly inventory: Inventory | undefined;
  readonly state: CatalogState;
  readonly catalog: Catalog | undefined;
  readonly enabled: Setting<boolean>;
  readonly channel: Setting<string>;
  readonly pin: Setting<string> | undefined;
  readonly downgrade: Setting<boolean>;
  readonly hold: HoldSettings;
  /** everything in the channel, newest first, revoked ones too */
  readonly offered: readonly Release[];
  /** the release that the pin leads to */
  readonly pinned: Release | undefined;
  /** the revocations that speak of what is installed */
  readonly withdrawn: readonly Revocation[];
  /** where the publisher sends a machine that runs a revoked release */
  readonly safe: Release | undefined;
  readonly mode: Mode;
};

/** Is it what is installed here? Putting back what is damaged of it is nothing new, so neither pause, rollout nor hold keeps a machine from it. */
export function isInstalled({ component: { installed } }: Subject, release: Release): boolean {
  return installed?.sequence === release.sequence && installed.sha256 === release.package.sha256;
}

/** Is a release of the catalog withdrawn? */
export function isRevoked(catalog: Catalog | undefined, release: Release): boolean {
  return revocationsOf(catalog?.revoked ?? [], { sequence: release.sequence, sha256: release.package.sha256 }).length > 0;
}

const newestFirst = (a: Release, b: Release): number => b.sequence - a.sequence || (a.package.sha256 < b.package.sha256 ? -1 : 1);

function modeOf(installed: Installed | null, inventory: Inventory | undefined, withdrawn: readonly Revocation[]): Mode {
  if (installed === null) return 'update';
  if (withdrawn.length > 0) return 'withdrawn';
  if (inventory === undefined || inventory.state === 'whole') return inventory?.outdated === undefined ? 'update' : 'reapply';
  return 'repair';
}

/** Gathers what the gates of one component read. */
export function subjectOf({ input, sourceOf, window }: Pick<Subject, 'input' | 'sourceOf' | 'window'>, component: Component): Subject {
  const { policy } = input.policy;
  const state: CatalogState = input.catalogs.get(component.id) ?? { kind: 'not-fetched' };
  const catalog = state.kind === 'catalog' ? state.catalog : undefined;
  const inventory = input.inventories.get(component.id);
  const channel = channelOf(policy, component, sourceOf);
  const pin = pinOf(policy, component, sourceOf);
  const offered = [...(catalog?.releases ?? [])].filter((r) => r.channel === channel.value).sort(newestFirst);
  const { installed } = component;
  const withdrawn = installed === null ? [] : revocationsOf(catalog?.revoked ?? [], installed);
  const safeSequence = withdrawn.find((r) => r.safeSequence !== undefined)?.safeSequence;
  return {
    input,
    sourceOf,
    window,
    component,
    inventory,
    state,
    catalog,
    enabled: enabledOf(policy, component, sourceOf),
    channel,
    pin,
    downgrade: downgradeOf(policy, component, sourceOf),
    hold: holdOf(policy, component, sourceOf),
    offered,
    pinned: pin === undefined ? undefined : offered.find((r) => r.version === pin.value && !isRevoked(catalog, r)),
    withdrawn,
    safe: catalog?.releases.find((r) => r.sequence === safeSequence),
    mode: modeOf(installed, inventory, withdrawn),
  };
}

/** What may be chosen from, newest first: what the pin leads to, or all of the channel; of that, what would be a change. */
export function candidatesOf(subject: Subject): readonly Release[] {
  const { component, pin, pinned, offered, mode } = subject;
  const allowed = pin === undefined ? offered : pinned === undefined ? [] : [pinned];
  const { installed } = component;
  if (installed === null || mode === 'withdrawn') return allowed;
  if (mode === 'repair' || mode === 'reapply') return allowed.filter((r) => r.sequence >= installed.sequence || pin !== undefined);
  return allowed.filter((r) => r.sequence > installed.sequence || (pin !== undefined && r.sequence < installed.sequence));
}
