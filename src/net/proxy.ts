import { failed, ok, type Outcome, type Policy, type ProxySettings, type ProxyTrouble, unreachable } from '../model/index.ts';
import { type Credentials, CURL_PORTS, type DefaultPorts, type Hop, hopOf, WEB_PORTS } from './hop.ts';
import { bypasses } from './no-proxy.ts';

type Env = Readonly<Record<string, string | undefined>>;
/** Everything that decides how a server is reached. */
export type ProxyRules = {
  readonly policy: Policy['proxy'];
  /** for `custom` */
  readonly credentials?: Credentials;
  readonly env: Env;
  /** the machine's own settings, for `system` where the environment names no proxy */
  readonly settings: ProxySettings | undefined;
};
/** The proxy for a target, undefined for the direct way, or why there is neither. */
export type Way = Outcome<Hop | undefined, ProxyTrouble>;

/** In this order; for http, and for https. */
const VARIABLES = {
  'http:': ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
  'https:': ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
} as const;

/**
 * A variable's value; empty is unset. Under CGI (REQUEST_METHOD is set) HTTP_PROXY is what a web client sent as its header `Proxy`: it
 * does not count (httpoxy, CVE-2016-5385).
 */
function variable(env: Env, name: string): string | undefined {
  if (name === 'HTTP_PROXY' && env['REQUEST_METHOD'] !== undefined) return undefined;
  const value = env[name];
  return value === '' ? undefined : value;
}

const unusable = (source: string, problem: string): Way => failed({ kind: 'unusable', address: '', source, problem });

/** The proxy that `source` names, or why it cannot be used. */
function named(text: string, source: string, ports: DefaultPorts, credentials?: Credentials): Way {
  const hop = hopOf(text, source, ports, credentials);
  return hop.ok ? hop : unusable(source, hop.failure);
}

/** The variables that hold a proxy, whatever for. */
export function proxyVariables(env: Env): readonly string[] {
  const names = new Set([...VARIABLES['http:'], ...VARIABLES['https:']]);
  return [...names].filter((name) => variable(env, name) !== undefined);
}

function bySettings(settings: ProxySettings | undefined, target: URL): Way {
  if (settings === undefined) return ok(undefined);
  const { source, pac, socks } = settings;
  // who runs its script knows for which servers it means what
  if (pac !== undefined) {
    const from = pac === 'search' ? 'an automatic configuration that is searched in the network (WPAD)' : `an automatic configuration (PAC, ${pac})`;
    return unusable(source, `they name ${from}, and PAC is not supported`);
  }
  if (bypasses(target, settings.noProxy)) return ok(undefined);
  const address = target.protocol === 'https:' ? settings.https : settings.http;
  if (address !== undefined) return named(address, source, WEB_PORTS);
  return socks === undefined ? ok(undefined) : named(socks, source, WEB_PORTS);
}

function bySystem({ policy, env, settings }: ProxyRules, target: URL): Way {
  const noProxy = variable(env, 'no_proxy') ?? variable(env, 'NO_PROXY') ?? '';
  if (bypasses(target, [noProxy, ...policy.noProxy])) return ok(undefined);
  if (proxyVariables(env).length === 0) return bySettings(settings, target);
  for (const name of target.protocol === 'https:' ? VARIABLES['https:'] : VARIABLES['http:']) {
    const value = variable(env, name);
    if (value !== undefined) return named(value, name, CURL_PORTS);
  }
  return ok(undefined);
}

/**
 * How `target` is reached. Pure: `none` is direct; `custom` is the policy's proxy but for its noProxy; `system` is the environment as curl
 * reads it, and where it names no proxy at all, the machine's settings. Loopback is like any other host: who wants it direct says so.
 */
export function wayTo(rules: ProxyRules, target: URL): Way {
  const { policy } = rules;
  switch (policy.mode) {
    case 'none':
      return ok(undefined);
    case 'custom':
      if (bypasses(target, policy.noProxy)) return ok(undefined);
      return named(policy.url ?? '', 'proxy.url', WEB_PORTS, rules.credentials);
    case 'system':
      return bySystem(rules, target);
    default:
      return unreachable(policy.mode);
  }
}
