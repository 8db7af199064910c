import { type Component, failureText, type LoadedPolicy, type RunDocument } from '../model/index.ts';
import { statusDocument } from '../report/index.ts';
import type { State } from '../state/index.ts';
import type { Ledger } from './ledger.ts';
import type { Scheduled } from './next.ts';
import type { World } from './world.ts';

/** Runs that the history keeps when no policy says how many. */
const KEEP_RUNS = 200;

/**
 * Keeps the run: history and what the schedule remembers, the cache within its budget, status.json. None of it changes the outcome: what cannot be kept is a note in the
 * document that is returned. `components` are all that are registered: status.json shows each.
 */
export function keepResult(world: World, state: State, ledger: Pick<Ledger, 'restarts'>, components: readonly Component[], policy: LoadedPolicy | null, { document, memory }: Scheduled): RunDocument {
  const notes: string[] = [...document.notes];
  const kept = state.history.append(document, policy?.policy.history.keep ?? KEEP_RUNS, memory);
  if (!kept.ok) notes.push(`The history, and what the schedule remembers, could not be written: ${failureText(kept.failure)}`);
  if (policy !== null) state.packages.trim(policy.policy.download.cacheMaxBytes, new Set());
  const history = state.history.latest(10);
  const final = { ...document, notes };
  const status = statusDocument(final, components, ledger.restarts, history.ok ? history.value : new Map(), world.ports.clock.now());
  const written = state.writeStatus(status);
  return written.ok ? final : { ...final, notes: [...notes, `status.json could not be written: ${failureText(written.failure)}`] };
}
