import type { FailureRow } from '../failure-row.ts';

/** Failures of the hop before the servers: the proxy. `{source}` is a policy key, a variable or the system's settings. */
export const PROXY_FAILURES = {
  'proxy-failed': {
    code: 'proxy',
    text: 'The proxy {hop}, named by {source}, did not let us reach {url}: {problem}.',
    remedy: 'See that the proxy runs and lets this machine reach the server, or correct {source}.',
    retry: true,
  },
  'proxy-wants-credentials': {
    code: 'proxy',
    text: 'The proxy {hop}, named by {source}, wants a user name and a password before it goes to {url}, and none are given: {problem}.',
    remedy: 'Give it what it wants: {how}.',
    retry: true,
  },
  'proxy-refused-credentials': {
    code: 'proxy',
    text: 'The proxy {hop}, named by {source}, refused the user name and password given for it, on the way to {url}: {problem}.',
    remedy: 'Correct them: {how}.',
    retry: true,
  },
  'proxy-unusable': {
    code: 'proxy',
    text: '{source} names a proxy that cannot be used, on the way to {url}: {problem}.',
    remedy: 'Correct it there, or set proxy.mode to custom with an http or https address in proxy.url, or to none.',
    retry: true,
  },
} as const satisfies Record<string, FailureRow>;
