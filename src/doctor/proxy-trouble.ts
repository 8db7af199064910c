import type { Failure, ProxyTrouble } from '../model/index.ts';
import { proxyFailure } from '../net/index.ts';

/** What is wrong with the hop before the server, as a run would tell it (19). */
export function proxyTroubleFailure(url: string, trouble: ProxyTrouble): Failure {
  return proxyFailure({ kind: 'proxy', url, detail: trouble.problem, proxy: trouble });
}
