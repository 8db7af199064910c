import { Buffer } from 'node:buffer';
import { fail, type Failure, ok, type Outcome, type Policy, type Ports, type Server, type ServerAccess } from '../model/index.ts';
import { headerProblem } from './exchange.ts';
import { readSecretText } from './secret.ts';

/** Headers that the connection itself owns; a policy that sets one would break it or lie about who asks. */
const OURS: ReadonlySet<string> = new Set([
  'host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive', 'upgrade', 'expect', 'te', 'trailer',
  'range', 'if-range', 'if-none-match', 'accept-encoding', 'user-agent',
]);

/** `https://host/path` and `https://host/path/` are the same server: the base of what is asked there. */
function baseOf(index: number, text: string): Outcome<string, Failure> {
  const bad = (problem: string): Outcome<string, Failure> => fail('server-address', { index, problem });
  if (!URL.canParse(text)) return bad(`${JSON.stringify(text)} cannot be read as one`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return bad(`it begins with ${url.protocol}`);
  if (url.username !== '' || url.password !== '') return bad('it holds a user name or a password');
  if (url.search !== '' || url.hash !== '') return bad('it has a query or a fragment');
  return ok(withSlash(url.href));
}

/** How a server is called in the memory of cooldowns, from an address that policy has checked. */
export const serverName = (url: string): string => withSlash(new URL(url).href);

const withSlash = (href: string): string => (href.endsWith('/') ? href : `${href}/`);

function headersOf(index: number, server: Server): Outcome<Readonly<Record<string, string>>, Failure> {
  const out: [string, string][] = [];
  for (const [name, value] of Object.entries(server.headers ?? {})) {
    const problem = OURS.has(name.toLowerCase()) ? 'glued sets it itself' : headerProblem(name, value);
    if (problem !== undefined) return fail('server-header', { index, name: JSON.stringify(name), problem });
    out.push([name.toLowerCase(), value]);
  }
  return ok(Object.fromEntries(out));
}

/** RFC 7617: `user:password` in UTF-8, base64. */
function authorizationOf(ports: Pick<Ports, 'files' | 'os'>, index: number, server: Server): Outcome<Readonly<Record<string, string>>, Failure> {
  const { username, passwordFile } = server;
  if (username === undefined && passwordFile === undefined) return ok({});
  if (username === undefined) return fail('server-user', { index, problem: 'passwordFile without a username' });
  if (passwordFile === undefined) return fail('server-user', { index, problem: 'username without a passwordFile' });
  if (/[:\0-\x1f\x7f]/.test(username)) return fail('server-user', { index, problem: 'username has a colon or a control character' });
  const password = readSecretText(ports, `servers[${index}].passwordFile`, passwordFile);
  if (!password.ok) return password;
  return ok({ authorization: `Basic ${Buffer.from(`${username}:${password.value}`, 'utf8').toString('base64')}` });
}

/** The policy's servers, ready to be asked: addresses end in '/', secrets are read and checked. */
export function serverAccess(ports: Pick<Ports, 'files' | 'os'>, servers: Policy['servers']): Outcome<readonly ServerAccess[], Failure> {
  const ready: ServerAccess[] = [];
  for (const [index, server] of servers.entries()) {
    const url = baseOf(index, server.url);
    if (!url.ok) return url;
    const headers = headersOf(index, server);
    if (!headers.ok) return headers;
    const authorization = authorizationOf(ports, index, server);
    if (!authorization.ok) return authorization;
    ready.push({ url: url.value, headers: { ...headers.value, ...authorization.value } });
  }
  return ok(ready);
}

