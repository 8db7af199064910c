import type { Failure } from '../../model/index.ts';
import { failureToError } from '../reason.ts';
import type { Look } from './look.ts';
import { errorBlock } from './parts.ts';

/** One failure for a person: `COMMAND: code 26 (state)`, what is wrong, what to do, the evidence. */
export function renderFailure(failure: Failure, command: string, look: Look): string {
  return errorBlock(look, failureToError(failure, command));
}
