import { hash } from 'node:crypto';
import * as assert from 'uvu/assert';
import { asSha256, type Failure, failureExit, failureRemedy, failureText, type Outcome, type Sha256 } from '../../src/model/index.ts';

/** The value, or a test that fails with the whole failure. */
export function must<T>(outcome: Outcome<T, unknown>): T {
  if (!outcome.ok) throw new Error(`expected success: ${JSON.stringify(outcome.failure)}`);
  return outcome.value;
}

/** What a failure says, and what to do about it. */
export const allWords = (failure: Failure): string => `${failureText(failure)} ${failureRemedy(failure)}`;

/** A refusal with this code, that says `text`, and leaves no word out. `words`: where `text` is looked for. */
export function refused(outcome: Outcome<unknown, Failure>, exit: number, text: RegExp, words: (failure: Failure) => string = failureText): Failure {
  if (outcome.ok) throw new Error(`was accepted, and should be refused for ${text}`);
  assert.match(words(outcome.failure), text);
  assert.is(failureExit(outcome.failure), exit, allWords(outcome.failure));
  assert.not.match(allWords(outcome.failure), /\{\w+\}/);
  return outcome.failure;
}

/** SHA-256 as a brand. */
export function digest(bytes: string | Uint8Array): Sha256 {
  const sha256 = asSha256(hash('sha256', bytes, 'hex'));
  if (sha256 === undefined) throw new Error('a SHA-256 is 64 hex digits');
  return sha256;
}
