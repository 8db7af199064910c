/** What no key can say by itself: keys that need each other. */
import type { Origin, Policy } from '../model/index.ts';
import { fileOf, type PolicyProblem } from './problems.ts';

type Rule = { readonly key: string; readonly found: string; readonly allowed: string; readonly broken: (policy: Policy) => boolean };

const RULES: readonly Rule[] = [
  {
    key: 'proxy.url',
    found: 'nothing',
    allowed: 'an address, since proxy.mode is custom',
    broken: ({ proxy }) => proxy.mode === 'custom' && proxy.url === undefined,
  },
  {
    key: 'tls.clientKeyFile',
    found: 'nothing',
    allowed: 'a path, since there is tls.clientCertFile',
    broken: ({ tls }) => tls.clientCertFile !== undefined && tls.clientKeyFile === undefined,
  },
  {
    key: 'tls.clientCertFile',
    found: 'nothing',
    allowed: 'a path, since there is tls.clientKeyFile',
    broken: ({ tls }) => tls.clientKeyFile !== undefined && tls.clientCertFile === undefined,
  },
  {
    key: 'schedule.windows',
    found: 'a window that ends when it begins',
    allowed: 'a window that lasts: from and to differ',
    broken: ({ schedule }) => schedule.windows.some(({ from, to }) => from === to),
  },
];

/** The rules that the effective policy breaks; file and line are those of the key, where a file states it. */
export function acrossKeys(policy: Policy, origins: readonly Origin[]): readonly (Omit<PolicyProblem, 'file'> & { readonly file?: string })[] {
  return RULES.filter((rule) => rule.broken(policy)).map(({ key, found, allowed }) => {
    const origin = origins.find((one) => one.key === key);
    const file = origin === undefined || origin.source === '[default]' ? {} : { file: fileOf(origin.source) };
    return { ...file, ...(origin?.line === undefined ? {} : { line: origin.line }), key, found, allowed };
  });
}
