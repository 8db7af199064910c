import type { FailureRow } from '../failure.ts';

/** Failures of the cycle, of the command line and of ourselves. */
export const ENGINE_FAILURES = {
  'internal-error': {
    code: 'internal',
    text: 'glued itself failed: {message}.',
    remedy: 'Report it with the log; nothing was left half done, the next run recovers.',
    retry: true,
  },
  usage: { code: 'usage', text: '{problem}.', remedy: 'See: {help}', retry: false },
  interrupted: {
    code: 'interrupted',
    text: 'Interrupted by {signal}; every component has its old or its new content, whole.',
    remedy: 'Run again; what was downloaded is kept.',
    retry: true,
  },
  'install-loop': {
    code: 'install',
    text: 'Release {sequence} of {component} was installed in this run and is asked for again.',
    remedy: 'Another program changes {path}, or the plug-in does not see what it installed: look there.',
    retry: false,
  },
} as const satisfies Record<string, FailureRow>;
