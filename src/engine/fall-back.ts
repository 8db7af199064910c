import { type Failure, failureText, reason, type Release } from '../model/index.ts';
import type { Entry, Ledger } from './ledger.ts';

/** A delta was of no use, so the full package comes: once, in the same run, and the result says why. */
export function fallBack(ledger: Ledger, entry: Entry, release: Release, why: Failure): void {
  const { sequence } = release;
  entry.fellBack = reason('delta-failed', { sequence, problem: failureText(why) });
  const detail = why.detail === undefined ? '' : ` (${why.detail.replaceAll('\n', '; ')})`;
  ledger.notes.push(`${entry.component.id}: the delta to release ${sequence} was of no use, so its full package was taken: ${failureText(why)}${detail}`);
}
