import type { PlugIn, Policy, RunId } from '../model/index.ts';
import type { State } from '../state/index.ts';
import type { Ledger } from './ledger.ts';
import type { RunOptions, World } from './world.ts';

/** Everything around one installation that stays the same during a run. */
export type Bench = {
  readonly world: World;
  readonly state: State;
  readonly ledger: Ledger;
  readonly runId: RunId;
  readonly now: number;
  readonly policyDigest: string;
  readonly probation: Policy['probation'];
  readonly verify: Parameters<PlugIn['swap']>[0]['verify'];
  readonly options: RunOptions;
};
