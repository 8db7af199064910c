import { type Component, fail, type Failure, failureText } from '../model/index.ts';
import type { AttemptEnd } from './attempt.ts';
import type { Entry, Ledger } from './ledger.ts';

/** The content before could not be put back: the worst end, with its cause as evidence. The journal keeps what is to be done. */
export function recoveryFailed({ id, installPath }: Component, cause: Failure | null): Failure {
  const detail = cause === null ? undefined : [failureText(cause), cause.detail].filter((part) => part !== undefined).join('\n');
  return fail('recovery-failed', { component: id, path: installPath }, detail).failure;
}

/**
 * Keeps in the ledger why an attempt did not end as it should. What could not be put back weighs more than why it had to be: it is the
 * component's reason, and the first of its errors.
 */
export function blame(ledger: Ledger, entry: Entry, { end, failure, failedStage, restoreFailure }: AttemptEnd): void {
  if (end === 'broken') ledger.fail(entry, 'restoring', recoveryFailed(entry.component, restoreFailure));
  if (failure === null) return;
  if (end === 'broken') ledger.failRun(failedStage ?? 'swapping', failure, entry.component.id);
  else ledger.fail(entry, failedStage ?? 'swapping', failure);
}
