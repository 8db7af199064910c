import { fail, type Failure, ok, type Outcome, type Policy, type Ports } from '../model/index.ts';

/** Upper and lower case both count; an empty variable is as one that is not set. */
const VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'] as const;

/** Whether the policy's way to the servers is one that this version can go: directly. Anything else is said (19), never ignored. */
export function proxyCheck(ports: Pick<Ports, 'os'>, proxy: Policy['proxy']): Outcome<undefined, Failure> {
  if (proxy.mode === 'none') return ok();
  if (proxy.mode === 'custom') return fail('proxy-not-supported', { mode: proxy.mode });
  const variable = VARIABLES.find((name) => (ports.os.env[name] ?? '') !== '');
  return variable === undefined ? ok() : fail('proxy-in-environment', { variable });
}
