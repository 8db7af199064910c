/** What no key can say by itself: keys that need each other. */
import { BUILT_IN_PLUG_INS, type Origin, type Policy, type PolicyProblem } from '../model/index.ts';
import { fileOf } from './problems.ts';

type Rule = {
  readonly key: string;
  readonly found: string | ((policy: Policy) => string);
  readonly allowed: string;
  readonly broken: (policy: Policy, sourceOf: (key: string) => string | undefined) => boolean;
};

/**
 * A key of a custom proxy that would be ignored: nobody said the mode, or the same file says another one. A file that overrides another's
 * mode is no contradiction: keys cannot be unset.
 */
function idle(key: 'url' | 'username' | 'passwordFile'): Rule {
  return {
    key: `proxy.${key}`,
    found: 'a value, and proxy.mode is not custom',
    allowed: 'it goes with proxy.mode custom only',
    broken: ({ proxy }, sourceOf) => {
      if (proxy[key] === undefined || proxy.mode === 'custom') return false;
      const mode = sourceOf('proxy.mode');
      return mode === undefined || mode === '[default]' || mode === sourceOf(`proxy.${key}`);
    },
  };
}

const isBuiltIn = (id: string): boolean => BUILT_IN_PLUG_INS.some((other) => other === id);
const allowedTwice = ({ plugins: { allow } }: Policy): string | undefined => allow.find(({ id }, i) => allow.findIndex((other) => other.id === id) !== i)?.id;
const allowedBuiltIn = ({ plugins: { allow } }: Policy): string | undefined => allow.find(({ id }) => isBuiltIn(id))?.id;

const RULES: readonly Rule[] = [
  idle('url'),
  idle('username'),
  idle('passwordFile'),
  {
    key: 'proxy.url',
    found: 'an address with a path',
    allowed: 'an http or https address of a host and a port, since a proxy has no path',
    broken: ({ proxy }) => proxy.url !== undefined && new URL(proxy.url).pathname !== '/',
  },
  {
    key: 'proxy.passwordFile',
    found: 'nothing',
    allowed: 'a path, since there is proxy.username',
    broken: ({ proxy }) => proxy.mode === 'custom' && proxy.username !== undefined && proxy.passwordFile === undefined,
  },
  {
    key: 'proxy.username',
    found: 'nothing',
    allowed: 'a user name, since there is proxy.passwordFile',
    broken: ({ proxy }) => proxy.mode === 'custom' && proxy.passwordFile !== undefined && proxy.username === undefined,
  },
  {
    key: 'proxy.username',
    found: 'a user name with a colon',
    allowed: 'a user name without a colon, which is where a password would begin',
    broken: ({ proxy }) => proxy.username?.includes(':') === true,
  },
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
  {
    key: 'plugins.allow',
    found: (policy) => `the id ${allowedBuiltIn(policy)}, which is a built-in plug-in's`,
    allowed: `ids of external plug-ins: any but ${BUILT_IN_PLUG_INS.join(', ')}, which need no permission`,
    broken: (policy) => allowedBuiltIn(policy) !== undefined,
  },
  {
    key: 'plugins.allow',
    found: (policy) => `the id ${allowedTwice(policy)} twice`,
    allowed: 'each id once, with the one path and the one sha256 that may run under it',
    broken: (policy) => allowedTwice(policy) !== undefined,
  },
];

/** The rules that the effective policy breaks; file and line are those of the key, where a file states it. */
export function acrossKeys(policy: Policy, origins: readonly Origin[]): readonly (Omit<PolicyProblem, 'file'> & { readonly file?: string })[] {
  const sourceOf = (key: string): string | undefined => origins.find((one) => one.key === key)?.source;
  return RULES.filter((rule) => rule.broken(policy, sourceOf)).map(({ key, found, allowed }) => {
    const origin = origins.find((one) => one.key === key);
    const file = origin === undefined || origin.source === '[default]' ? {} : { file: fileOf(origin.source) };
    return { ...file, ...(origin?.line === undefined ? {} : { line: origin.line }), key, found: typeof found === 'string' ? found : found(policy), allowed };
  });
}
