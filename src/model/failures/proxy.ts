import type { FailureRow } from '../failure-row.ts';

/** Failures of the hop before the servers: the proxy. */
export const PROXY_FAILURES = {
  'proxy-not-supported': {
    code: 'proxy',
    text: 'proxy.mode is {mode}: this version of glued does not go through proxies.',
    remedy: 'Set proxy.mode to none, and let the machine reach a content server directly.',
    retry: false,
  },
  'proxy-in-environment': {
    code: 'proxy',
    text: 'proxy.mode is system and {variable} names a proxy: this version of glued does not go through proxies.',
    remedy: 'Set proxy.mode to none, and let the machine reach a content server directly.',
    retry: false,
  },
} as const satisfies Record<string, FailureRow>;
