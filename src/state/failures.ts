import { fail, type Failed, type Failure, type IoFailure, type SqlFailure } from '../model/index.ts';

/** A failed file operation under the state folder or the registry, as the failure of a run. */
export function ioFailed(found: IoFailure): Failed<Failure> {
  const { kind, op, path, detail } = found;
  switch (kind) {
    case 'denied':
      return fail('state-denied', { path, op }, detail);
    case 'full':
      return fail('state-full', { path, op }, detail);
    default:
      return fail('state-io', { path, op, kind }, detail);
  }
}

/** A failed statement on state.db. `corrupt` comes here only after a rebuilt database was corrupt again. */
export function sqlFailed(found: SqlFailure): Failed<Failure> {
  const { kind, path, detail } = found;
  switch (kind) {
    case 'busy':
      return fail('state-busy', { path }, detail);
    case 'denied':
      return fail('state-denied', { path, op: 'write' }, detail);
    case 'full':
      return fail('state-full', { path, op: 'write' }, detail);
    case 'corrupt':
    case 'io':
      return fail('state-io', { path, op: 'read or write', kind }, detail);
  }
}
