/** Whether a cdiff leads to a given database, without the one before it. */
import type { Cdiff } from './cdiff.ts';

/**
 * The new list of members that a cdiff brings must be that of the database: its first line and its signature, which is over all the others.
 * A problem is a phrase that begins with `it`.
 */
export function fitProblem(cdiff: Cdiff, infoName: string, info: Uint8Array): string | undefined {
  const brought = cdiff.steps.flatMap((step) => (step.kind === 'edit' && step.name === infoName ? [...step.edits.flatMap((e) => (e.text === undefined ? [] : [e.text])), ...step.added] : []));
  const lines = new Set(brought.map((line) => Buffer.from(line).toString('latin1')));
  const wanted = Buffer.from(info).toString('latin1').trimEnd().split('\n');
  const [first, last] = [wanted[0] ?? '', wanted.at(-1) ?? ''];
  if (!last.startsWith('DSIG:')) return `it leads to a signed list, and ${infoName} is not signed`;
  return lines.has(first) && lines.has(last) ? undefined : `it makes version ${cdiff.version} with another list of members than ${infoName} there`;
}
