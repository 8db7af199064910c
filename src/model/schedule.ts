import type { Instant } from './ids.ts';
import type { Reason } from './reasons.ts';

/** Does power come from the wall, and does the network cost by the byte? `unknown` where the system does not say. */
export type Power = 'ac' | 'battery' | 'unknown';
export type NetworkCost = 'metered' | 'free' | 'unknown';

/** What the schedule remembers from run to run. Lost, it is as on a new machine: the next run comes at once. */
export type ScheduleMemory = {
  /** when the last run that counts began: one of everything (no --content, --component or --dry-run) that a window did not stop; null: none ever was */
  readonly lastRun: Instant | null;
  /** when a server last gave an answer that could be believed */
  readonly lastContact: Instant | null;
  /** scheduled runs that failed in a row: the first one's start, the last one's end, and how many; null: the last one went well */
  readonly failing: { readonly since: Instant; readonly last: Instant; readonly runs: number } | null;
};

/** What is known where no run was ever made, or where its memory was lost. */
export const NO_MEMORY: ScheduleMemory = { lastRun: null, lastContact: null, failing: null };

/** One run, as far as the schedule remembers it. */
export type RunSeen = {
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  /** did the schedule ask for it? */
  readonly scheduled: 'yes' | 'no';
  /** was it about everything that is registered? */
  readonly scope: 'everything' | 'some';
  readonly force: 'yes' | 'no';
  readonly outcome: 'well' | 'failed' | 'interrupted';
  /** did a server give an answer that could be believed? */
  readonly answered: 'yes' | 'no';
};

/** All that the schedule rests on besides policy. */
export type ScheduleFacts = ScheduleMemory & {
  readonly now: Instant;
  readonly hostId: string;
  /** the machine's IANA zone, which counts where policy names none */
  readonly zone: string;
  /** the date of the oldest installed content of all that is kept current; null: something has no content yet */
  readonly oldestContent: Instant | null;
  /** when the first content that is kept current grows stale (content.TYPE.maxAgeHours); null: something has no content yet */
  readonly staleFrom: Instant | null;
  readonly power: Power;
  readonly network: NetworkCost;
  /** when the machine started, or woke up; null where nobody knows: it was up all the time */
  readonly upSince: Instant | null;
  /** when the first of the servers may be asked again, where all of them asked us to wait */
  readonly coolingUntil: Instant | null;
};

/** When something is due, and why then. Never before `now`; `now` itself means at once. */
export type Due = { readonly at: Instant; readonly reason: Reason };
/** The next scheduled run. `probation`: when the first of what is on probation is judged, which needs no run; absent where nothing is. */
export type Next = Due & { readonly probation?: Due };

/** May runs act at a moment? `opensAt` is that moment where they may; `closesAt` is when that, or the next time, ends; null: never. */
export type WindowState = { readonly open: boolean; readonly opensAt: Instant; readonly closesAt: Instant | null };
