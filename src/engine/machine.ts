import type { Final, Working } from '../model/index.ts';

/**
 * The machine of one installation. `pass` and `fail` are the ends of a stage, `crash` is where recovery begins when the journal
 * says that the stage had begun. Until `swapping` nothing of the installed content was touched, so a crash only abandons the
 * attempt and the normal loop plans it anew; from `swapping` on, content that was not confirmed never stays.
 */
export const NEXT = {
  downloading: { pass: 'unpacking', fail: 'refused', crash: 'abandoned' },
  unpacking: { pass: 'testing', fail: 'refused', crash: 'abandoned' },
  testing: { pass: 'swapping', fail: 'refused', crash: 'abandoned' },
  swapping: { pass: 'confirming', fail: 'restoring', crash: 'restoring' },
  confirming: { pass: 'installed', fail: 'restoring', crash: 'confirming' },
  restoring: { pass: 'rolledBack', fail: 'broken', crash: 'restoring' },
} as const satisfies Record<Working, Record<'pass' | 'fail' | 'crash', Working | Final>>;

const WORKING_STATES: ReadonlySet<string> = new Set(Object.keys(NEXT));

/** Is there still something to do? */
export function isWorking(at: Working | Final): at is Working {
  return WORKING_STATES.has(at);
}

/** A run that still moves after this many rounds is stopped; what is left is deferred to the next run. */
export const MAX_ROUNDS = 10;

/** How long recovery lets an engine take to confirm: as long as policy's default does. */
export const CONFIRM_SECONDS = 300;
