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
