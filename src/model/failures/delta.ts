import type { FailureRow } from '../failure-row.ts';

/** Failures of deltas: making them, and applying them. */
export const DELTA_FAILURES = {
  'delta-refused': {
    code: 'unpack',
    text: 'The delta {delta} from release {from} to {to} is refused: {problem}.',
    remedy: 'The full package is taken in its place. On the content server run `glued repo check`, and publish anew if the delta is damaged there.',
    retry: true,
  },
  'delta-base-wrong': {
    code: 'unpack',
    text: 'Release {from} here cannot be the base of the delta to {to}: {problem}.',
    remedy: 'The full package is taken in its place. If this returns, another program changes {path}: look there.',
    retry: true,
  },
} as const satisfies Record<string, FailureRow>;
