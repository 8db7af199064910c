import type { Component } from './component.ts';
import type { Failure } from './failure.ts';
import type { ComponentId, Instant } from './ids.ts';
import type { Content } from './plugin.ts';

/** What policy asks where it says nothing, or where what it said was lost. */
export const PROBATION_DEFAULTS = { minutes: 10, maxRestarts: 3, bootLoopMinutes: 10 } as const;

/** One start of the machine; `boot`: its boot id, null where the system has none. */
export type Start = { readonly boot: string | null; readonly at: Instant };

/**
 * Content that is installed and not proven yet, with all that it takes to judge it and to put the last known good back: no policy, no
 * catalog, no registry, no journal.
 */
export type Probation = {
  /** the component as it was before: what it had installed then was proven, and so was its previous one */
  readonly component: Component;
  /** what must prove itself */
  readonly next: Content;
  /** the release was proven, and the machine's own settings made it anew: the way back is what was made of it before, and it is not to blame */
  readonly remade?: 'yes';
  /** the last known good, kept on disk; null: there is none */
  readonly good: Content | null;
  readonly since: Instant;
  readonly until: Instant;
  readonly maxRestarts: number;
  readonly bootLoopMinutes: number;
  readonly policyDigest: string;
  /** what its release needs of other components: it goes when they go back below that */
  readonly requires: readonly { readonly component: ComponentId; readonly minSequence: number }[];
  /** the machine's boot id at the last look */
  readonly boot: string | null;
  /** the engine at the last look, null where none was seen running */
  readonly engine: string | null;
  /** clock: its plug-in cannot say how an engine fares, so that it need not even be started to be asked */
  readonly watch?: 'clock';
  readonly restarts: number;
  readonly silentSince: Instant | null;
  /** starts of the machine since then, oldest first */
  readonly starts: readonly Start[];
  /** why it has to go: kept before anything is put back, so that nobody thinks better of it after a crash */
  readonly condemned: Failure | null;
};
