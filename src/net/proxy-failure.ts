import { failure, type Failure, type HttpFailure, type ProxyTrouble, unreachable } from '../model/index.ts';

/** The variables that a proxy can come from. */
const VARIABLE = /^(http|https|all)_proxy$/i;
const BY_POLICY = 'set proxy.mode to custom, with proxy.url, proxy.username and proxy.passwordFile';

function howToGive(source: string): string {
  if (source === 'proxy.url') return 'set proxy.username and proxy.passwordFile';
  return VARIABLE.test(source) ? `write http://USER:PASSWORD@HOST:PORT into ${source}, or ${BY_POLICY}` : BY_POLICY;
}

function howToCorrect(source: string): string {
  if (source === 'proxy.url') return 'proxy.username, and what the file of proxy.passwordFile holds';
  return VARIABLE.test(source) ? `the user and the password in ${source}` : `in ${source}`;
}

/** A request that failed at the proxy (kind `proxy`), as a failure of the run: 19, with the hop, what named it and what to do. */
export function proxyFailure({ url, detail, proxy }: HttpFailure): Failure {
  const { address: hop, source, kind, problem }: ProxyTrouble = proxy ?? { kind: 'failed', address: '(unknown)', source: 'the policy', problem: detail };
  switch (kind) {
    case 'unusable':
      return failure('proxy-unusable', { source, url, problem });
    case 'wants-credentials':
      return failure('proxy-wants-credentials', { hop, source, url, problem, how: howToGive(source) });
    case 'refused-credentials':
      return failure('proxy-refused-credentials', { hop, source, url, problem, how: howToCorrect(source) });
    case 'failed':
      return failure('proxy-failed', { hop, source, url, problem });
    default:
      return unreachable(kind);
  }
}
