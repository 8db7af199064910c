import { type Failure, type Final, type JournalEntry, ok, type Outcome, type PlugIn, type Working } from '../model/index.ts';
import type { Journal } from '../state/index.ts';
import type { Entry, Ledger } from './ledger.ts';
import { isWorking, NEXT } from './machine.ts';

type Act = () => Promise<Outcome<unknown, Failure>>;
/** What each working stage does. An install brings all of them; recovery and a rollback only those from `swapping` on. */
export type Acts = Readonly<Partial<Record<Working, Act>>>;

export type AttemptEnd = {
  readonly end: Final;
  /** what went wrong first: the reason of a refusal or of a restore */
  readonly failure: Failure | null;
  readonly failedStage: Working | null;
  /** why the old content could not be put back */
  readonly restoreFailure: Failure | null;
};

/**
 * Walks one installation through the machine, journalling each stage durably before it acts. `interrupted` is asked between stages:
 * before the swap an interruption abandons the attempt, from the swap on the stage in hand ends as the machine says.
 * A journal that cannot be written stops the attempt before the stage acts.
 */
export async function attempt(
  world: { readonly ledger: Ledger; readonly entry: Entry; readonly journal: Journal; readonly now: number },
  base: Omit<JournalEntry, 'stage' | 'at'>,
  from: Working,
  acts: Acts,
  interrupted: () => boolean,
): Promise<Outcome<AttemptEnd, Failure>> {
  let at: Working | Final = from;
  let failure: Failure | null = null;
  let failedStage: Working | null = null;
  let restoreFailure: Failure | null = null;
  while (isWorking(at)) {
    const stage: Working = at;
    // `swapping` has not acted yet, so nothing of the installed content was touched
    if (interrupted() && (stage === 'swapping' || NEXT[stage].crash === 'abandoned')) {
      at = 'abandoned';
      break;
    }
    const written = world.journal.put({ ...base, stage, at: world.now });
    if (!written.ok) return written;
    const act: Act | undefined = acts[stage];
    const done: Outcome<unknown, Failure> = act === undefined ? ok() : await world.ledger.time(world.entry, stage, act);
    if (!done.ok && stage === 'restoring') restoreFailure = done.failure;
    else if (!done.ok && failure === null) {
      failure = done.failure;
      failedStage = stage;
    }
    at = done.ok ? NEXT[stage].pass : NEXT[stage].fail;
    if (!done.ok && interrupted() && NEXT[stage].crash === 'abandoned') at = 'abandoned';
  }
  return ok({ end: at, failure, failedStage, restoreFailure });
}

/** The acts that change installed content, from the plug-in: shared by an install, a rollback and recovery. */
export function contentActs(plugIn: PlugIn, job: Parameters<PlugIn['swap']>[0], onLoaded: (loaded: string | null) => void): Acts {
  return {
    swapping: () => plugIn.swap(job),
    confirming: async () => {
      const confirmed = await plugIn.confirm(job);
      if (confirmed.ok) onLoaded(confirmed.value.loaded);
      return confirmed;
    },
    restoring: () => plugIn.restore(job),
  };
}
