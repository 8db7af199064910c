import type { Content, Decision, Installed } from '../model/index.ts';
import { installedAs } from './after.ts';
import { type Entry, type Ledger, mends } from './ledger.ts';
import type { Download } from './stage-download.ts';

/** The ledger as it would be after the content was put in place. Nothing is touched: the next round of a dry run goes on from here. */
function foreseen(entry: Entry, next: Content, now: number): void {
  const left = entry.component.installed?.sequence;
  entry.component = installedAs(entry.component, next, now);
  entry.foreseen = entry.decision;
  if (entry.inventory === null) return;
  const { detail: _, outdated: __, ...inventory } = entry.inventory;
  entry.inventory = { ...inventory, state: 'whole', kept: [next, ...inventory.kept.filter((k) => k.sequence !== next.sequence && k.sequence === left)] };
}

/** A dry run's round: what a run would install, and from where. */
export function foreseeInstalls(wanted: readonly Download[], now: number): void {
  for (const { entry, release, route } of wanted) {
    const { sha256, size } = release.package;
    entry.moved = release;
    entry.via = route.kind === 'kept' ? 'none' : route.kind;
    entry.full = size;
    entry.downloaded += route.bytes;
    const { sequence, version, date } = release;
    foreseen(entry, { sequence, version, date, sha256, folder: '' }, now);
    const isVendorMade = route.kind === 'delta' && route.steps.some((s) => s.delta.outcome !== undefined);
    if (isVendorMade && entry.inventory !== null) entry.inventory = { ...entry.inventory, vendorMade: [...(entry.inventory.vendorMade ?? []), sequence] };
  }
}

/** What a run would go back to, away from revoked releases. */
export function foreseeRestores(ledger: Ledger, decisions: readonly Decision[], now: number): void {
  for (const { id, choice } of decisions) {
    const entry = ledger.entries.get(id);
    if (choice.kind !== 'restore' || entry === undefined) continue;
    entry.moved = 'rollback';
    foreseen(entry, choice.to, now);
  }
}

/** At its end a component that would move says why it would, not that it is up to date, nor what keeps it from a release that it would leave. */
export function tellWhy(ledger: Ledger): void {
  for (const entry of ledger.entries.values()) {
    const moving = entry.foreseen?.choice;
    const kind = entry.decision?.choice.kind;
    const isMending = moving?.kind === 'install' && mends(moving.why) && (kind === 'skipped' || kind === 'deferred');
    if (moving !== undefined && (kind === 'current' || isMending)) entry.decision = entry.foreseen;
  }
}

/** What is really there, where a dry run has only foreseen something else. */
export const reallyInstalled = ({ foreseen: moving, component, before }: Entry): Installed | null => (moving === null ? component.installed : before);
