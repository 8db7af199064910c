import type { ReasonRow } from '../reason-row.ts';

/** Reasons: what a run itself says of a component. */
export const RUN_REASONS = {
  'rounds-exhausted': {
    means: 'deferred',
    text: 'This run has made as many rounds as it may.',
    remedy: 'The next run goes on. If that happens again, look at the catalog: too many forced releases, or a loop.',
  },
  interrupted: {
    means: 'deferred',
    text: 'The run was interrupted before its turn.',
    remedy: 'Run again; what was downloaded is kept.',
  },
  'delta-failed': {
    means: 'note',
    text: 'Release {sequence} came as its full package, for its delta was of no use: {problem} If every machine says so, run `glued repo check` on the content server.',
    remedy: '',
  },
} as const satisfies Record<string, ReasonRow>;
