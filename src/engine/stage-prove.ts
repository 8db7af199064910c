import { failureCode, failureText, type Failure, ok, type PlugIn, type Probation } from '../model/index.ts';
import type { Entry, Ledger } from './ledger.ts';
import { type Court, expel } from './stage-probation.ts';

export type Unproven = { readonly entry: Entry; readonly probation: Probation; readonly failure: Failure };

/** Is there content in this run that is still to do its work? */
export const mustProve = (ledger: Ledger): boolean => [...ledger.entries.values()].some((entry) => entry.proving !== null);

/** Lets new content do its work, without the run lock: it may be a run of its own. Gives what did not prove itself. */
export async function prove(plugIns: ReadonlyMap<string, PlugIn>, ledger: Ledger): Promise<readonly Unproven[]> {
  const unproven: Unproven[] = [];
  for (const entry of ledger.entries.values()) {
    const { proving } = entry;
    const plugIn = plugIns.get(entry.component.plugIn);
    if (proving === null || plugIn?.prove === undefined) continue;
    const job = { ...proving.job, component: entry.component };
    const proven = await ledger.time(entry, 'prove', async () => (await plugIn.prove?.(job)) ?? ok());
    if (proven.ok) ledger.notes.push(...(proven.value?.notes ?? []));
    else unproven.push({ entry, probation: proving.probation, failure: proven.failure });
    entry.proving = null;
  }
  return unproven;
}

/** Takes back what did not prove itself, as probation does; what was only interrupted stays on probation. */
export async function takeBack(court: Court, unproven: readonly Unproven[]): Promise<void> {
  for (const { entry, probation, failure } of unproven) {
    if (failureCode(failure) === 'interrupted') continue;
    entry.moved = null;
    await expel(court, entry, { ...probation, condemned: failure });
  }
}

/** The state could not be held again: what did not prove itself is still in place. Probation goes on, and whoever looks next may end it. */
export function tellUnproven(ledger: Ledger, unproven: readonly Unproven[], why: Failure): void {
  for (const { entry, failure } of unproven) {
    ledger.fail(entry, 'prove', failure);
    ledger.notes.push(`${entry.component.id}: what was there before could not be put back yet: ${failureText(why)}`);
  }
}
