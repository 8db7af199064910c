import { type Failure, ok, type Outcome, type Policy, type Ports, type ProxySettings } from '../model/index.ts';
import { type Credentials, secretsIn, secretsOf } from './hop.ts';
import { proxyVariables, type Way, wayTo } from './proxy.ts';
import { readSecretText } from './secret.ts';

/** How each server is reached; asked anew for every origin, a redirect's too. */
export type Router = (target: URL) => Promise<Way>;

/** What a router needs beside the policy. `settings` are asked only where the environment names no proxy, and once. */
export type RouterWorld = {
  readonly settings: () => Promise<ProxySettings | undefined>;
  /** told every secret, before anything could be logged */
  readonly redact: (secret: string) => void;
};

type Known = Pick<Ports, 'files' | 'os'>;

function credentialsOf(ports: Known, { username, passwordFile }: Policy['proxy']): Outcome<Credentials | undefined, Failure> {
  if (username === undefined || passwordFile === undefined) return ok(undefined);
  const password = readSecretText(ports, 'proxy.passwordFile', passwordFile);
  return password.ok ? ok({ username, password: password.value }) : password;
}

/** The policy's proxy: the password is read (22 where others can read it too, 21 where it cannot be read), the rest when it is first needed. */
export function proxyRouter(ports: Known, policy: Policy['proxy'], world: RouterWorld): Outcome<Router, Failure> {
  const { env } = ports.os;
  if (policy.mode !== 'system') {
    const credentials = credentialsOf(ports, policy);
    if (!credentials.ok) return credentials;
    const { value } = credentials;
    if (value !== undefined) for (const secret of secretsOf(value)) world.redact(secret);
    const rules = { policy, env, settings: undefined, ...(value === undefined ? {} : { credentials: value }) };
    return ok((target) => Promise.resolve(wayTo(rules, target)));
  }
  const variables = proxyVariables(env);
  for (const name of variables) for (const secret of secretsIn(env[name] ?? '')) world.redact(secret);
  let asked: Promise<ProxySettings | undefined> | undefined;
  const settings = async (): Promise<ProxySettings | undefined> => {
    if (variables.length > 0) return undefined;
    asked ??= world.settings();
    const found = await asked;
    for (const address of [found?.http, found?.https, found?.socks]) for (const secret of secretsIn(address ?? '')) world.redact(secret);
    return found;
  };
  return ok(async (target) => wayTo({ policy, env, settings: await settings() }, target));
}
