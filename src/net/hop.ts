import { Buffer } from 'node:buffer';
import { failed, ok, type Outcome, type ProxyHop } from '../model/index.ts';

/** A proxy, ready to be asked. `authorization` is for it alone, and never goes any further. */
export type Hop = ProxyHop & {
  readonly protocol: 'http:' | 'https:';
  /** without brackets */
  readonly hostname: string;
  readonly port: string;
  readonly authorization?: string;
};

export type Credentials = { readonly username: string; readonly password: string };

/** Where an address names no port: curl's 1080, or what http and https mean elsewhere. */
export type DefaultPorts = Readonly<Record<Hop['protocol'], string>>;
export const CURL_PORTS: DefaultPorts = { 'http:': '1080', 'https:': '443' };
export const WEB_PORTS: DefaultPorts = { 'http:': '80', 'https:': '443' };

/** [scheme://][user[:password]@]host[:port][/…]; the user part may hold anything but its last '@'. */
const ADDRESS = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:(.*)@)?(\[[^\]]*\]|[^:/?#@[\]\\]+)(?::(\d{1,5}))?\/?$/i;
/** control characters, spaces: whatever follows them would be another thing */
const UNPRINTABLE = /[\0-\x20\x7f]/;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function credentialsOf(userinfo: string | undefined): Credentials | undefined {
  if (userinfo === undefined || userinfo === '') return undefined;
  const colon = userinfo.indexOf(':');
  const [username, password] = colon < 0 ? [userinfo, ''] : [userinfo.slice(0, colon), userinfo.slice(colon + 1)];
  return { username: decoded(username), password: decoded(password) };
}

/** RFC 7617: `user:password` in UTF-8, base64. */
function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

function protocolOf(scheme: string): Outcome<Hop['protocol'], string> {
  if (scheme === 'http') return ok('http:');
  if (scheme === 'https') return ok('https:');
  if (/^socks/.test(scheme)) return failed(`it is a SOCKS proxy (${scheme}), and only http and https proxies are supported`);
  return failed(`its address begins with ${scheme}://, and only http and https proxies are supported`);
}

/**
 * Reads a proxy's address as curl does: without a scheme it is http, a user and a password may stand in it. Fails with the problem in
 * words, which never repeat the address: it may hold a password.
 */
export function hopOf(text: string, source: string, ports: DefaultPorts, given?: Credentials): Outcome<Hop, string> {
  const parts = UNPRINTABLE.test(text) ? null : ADDRESS.exec(text);
  if (parts === null) return failed('it is no address of a proxy, like http://proxy.example.com:3128');
  const [, scheme = 'http', userinfo, host = '', stated] = parts;
  const protocol = protocolOf(scheme.toLowerCase());
  if (!protocol.ok) return protocol;
  const port = stated ?? ports[protocol.value];
  // http: whatever the scheme, so that no port is a default that vanishes
  if (!URL.canParse(`http://${host}:${port}`)) return failed('its host or its port is none');
  const { hostname } = new URL(`http://${host}:${port}`);
  const credentials = given ?? credentialsOf(userinfo);
  return ok({
    address: `${protocol.value}//${hostname}:${port}`,
    source,
    protocol: protocol.value,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port,
    ...(credentials === undefined ? {} : { authorization: basic(credentials) }),
  });
}

/** All forms in which a secret of an address could come to light. */
export function secretsIn(text: string): readonly string[] {
  const userinfo = ADDRESS.exec(text)?.[2] ?? /^(?:[a-z0-9+.-]*:\/\/)?(.*)@/i.exec(text)?.[1];
  const credentials = credentialsOf(userinfo);
  return userinfo === undefined || credentials === undefined ? [] : secretsOf(credentials, userinfo);
}

/** The password, and what holds it. */
export function secretsOf(credentials: Credentials, userinfo = ''): readonly string[] {
  const encoded = basic(credentials);
  return [credentials.password, encoded, encoded.slice('Basic '.length), userinfo, userinfo.slice(userinfo.indexOf(':') + 1)].filter((s) => s !== '');
}
