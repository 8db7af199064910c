// runtimes: node, deno
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Os, Policy, ProxySettings } from '../../src/model/index.ts';
import { secretsIn } from '../../src/net/hop.ts';
import { bypasses } from '../../src/net/no-proxy.ts';
import { type Way, wayTo } from '../../src/net/proxy.ts';

const test = suite('proxy');

/** `direct`, `ADDRESS of SOURCE`, or `cannot: PROBLEM of SOURCE`; credentials decoded behind the address. */
function told(way: Way): string {
  if (!way.ok) return `cannot: ${way.failure.problem} of ${way.failure.source}`;
  const hop = way.value;
  if (hop === undefined) return 'direct';
  const credentials = hop.authorization === undefined ? '' : ` as ${atob(hop.authorization.replace(/^Basic /, ''))}`;
  return `${hop.address} of ${hop.source}${credentials}`;
}

type Case = {
  readonly what: string;
  readonly policy?: Partial<Policy['proxy']>;
  readonly env?: Os['env'];
  readonly settings?: Omit<ProxySettings, 'source'>;
  readonly target?: string;
  readonly way: string;
};
const HTTP = 'http://content.example/x';
const HTTPS = 'https://content.example/x';
const NO_SOCKS = 'and only http and https proxies are supported';

const CASES: readonly Case[] = [
  { what: 'mode none looks at nothing', policy: { mode: 'none' }, env: { http_proxy: 'http://p:1', all_proxy: 'p' }, way: 'direct' },
  { what: 'a lower-case variable for http', env: { http_proxy: 'http://p:3128/' }, way: 'http://p:3128 of http_proxy' },
  { what: 'http_proxy says nothing of https', env: { http_proxy: 'http://p:3128' }, target: HTTPS, way: 'direct' },
  { what: 'https_proxy says nothing of http', env: { https_proxy: 'http://p:3128' }, way: 'direct' },
  { what: 'a lower-case variable for https', env: { https_proxy: 'http://p:3128' }, target: HTTPS, way: 'http://p:3128 of https_proxy' },
  { what: 'lower case beats upper case', env: { https_proxy: 'http://low:1', HTTPS_PROXY: 'http://up:1' }, target: HTTPS, way: 'http://low:1 of https_proxy' },
  { what: 'upper case for https', env: { HTTPS_PROXY: 'http://up:1' }, target: HTTPS, way: 'http://up:1 of HTTPS_PROXY' },
  { what: 'HTTP_PROXY counts', env: { HTTP_PROXY: 'http://up:1' }, way: 'http://up:1 of HTTP_PROXY' },
  { what: 'HTTP_PROXY does not count under CGI (httpoxy)', env: { HTTP_PROXY: 'http://evil:1', REQUEST_METHOD: 'GET' }, way: 'direct' },
  { what: 'nor with an empty REQUEST_METHOD', env: { HTTP_PROXY: 'http://evil:1', REQUEST_METHOD: '' }, way: 'direct' },
  { what: 'http_proxy counts under CGI', env: { http_proxy: 'http://p:1', REQUEST_METHOD: 'GET' }, way: 'http://p:1 of http_proxy' },
  { what: 'all_proxy takes the rest', env: { all_proxy: 'http://all:1' }, target: HTTPS, way: 'http://all:1 of all_proxy' },
  { what: 'ALL_PROXY too', env: { ALL_PROXY: 'http://all:1' }, way: 'http://all:1 of ALL_PROXY' },
  { what: 'the own variable beats all_proxy', env: { all_proxy: 'http://all:1', HTTP_PROXY: 'http://up:1' }, way: 'http://up:1 of HTTP_PROXY' },
  { what: 'empty is unset', env: { http_proxy: '', HTTP_PROXY: '', all_proxy: '' }, way: 'direct' },
  { what: 'an empty lower-case variable leaves the upper-case one', env: { https_proxy: '', HTTPS_PROXY: 'up:1' }, target: HTTPS, way: 'http://up:1 of HTTPS_PROXY' },
  { what: 'without a scheme it is http', env: { http_proxy: 'p.example:3128' }, way: 'http://p.example:3128 of http_proxy' },
  { what: 'without a port it is 1080, as for curl', env: { http_proxy: 'http://p.example' }, way: 'http://p.example:1080 of http_proxy' },
  { what: 'port 80 when it is said', env: { http_proxy: 'http://p.example:80' }, way: 'http://p.example:80 of http_proxy' },
  { what: 'an https proxy without a port is 443', env: { http_proxy: 'https://p.example' }, way: 'https://p.example:443 of http_proxy' },
  { what: 'an IPv6 proxy', env: { http_proxy: 'http://[::1]:3128' }, way: 'http://[::1]:3128 of http_proxy' },
  { what: 'credentials in the variable, percent-decoded', env: { http_proxy: 'http://us%40er:p%3Aw%2F@p:1' }, way: 'http://p:1 of http_proxy as us@er:p:w/' },
  { what: 'a password with @ and : in it', env: { http_proxy: 'user:a@b:c@p:1' }, way: 'http://p:1 of http_proxy as user:a@b:c' },
  { what: 'a user without a password', env: { http_proxy: 'http://user@p:1' }, way: 'http://p:1 of http_proxy as user:' },
  { what: 'broken percent signs stay', env: { http_proxy: 'http://u:100%@p:1' }, way: 'http://p:1 of http_proxy as u:100%' },
  { what: 'SOCKS is refused', env: { all_proxy: 'socks5h://u:hunter2@p:1' }, way: `cannot: it is a SOCKS proxy (socks5h), ${NO_SOCKS} of all_proxy` },
  { what: 'another scheme is refused', env: { http_proxy: 'ftp://p:1' }, way: `cannot: its address begins with ftp://, ${NO_SOCKS} of http_proxy` },
  { what: 'what is no address is refused, and not repeated', env: { http_proxy: 'http://u:hunter2@' }, way: 'cannot: it is no address of a proxy, like http://proxy.example.com:3128 of http_proxy' },
  { what: 'CR and LF are refused', env: { http_proxy: 'http://p:1\r\nX: y' }, way: 'cannot: it is no address of a proxy, like http://proxy.example.com:3128 of http_proxy' },
  { what: 'a port that is none is refused', env: { http_proxy: 'http://p:99999' }, way: 'cannot: its host or its port is none of http_proxy' },
  { what: 'a proxy that cannot be used stops nobody whom it does not serve', env: { all_proxy: 'socks5://p:1', no_proxy: 'example' }, way: 'direct' },
  { what: 'no_proxy', env: { http_proxy: 'p:1', no_proxy: 'a.example, .content.example' }, way: 'direct' },
  { what: 'NO_PROXY', env: { http_proxy: 'p:1', NO_PROXY: 'example' }, way: 'direct' },
  { what: 'no_proxy beats NO_PROXY', env: { http_proxy: 'p:1', no_proxy: 'other', NO_PROXY: '*' }, way: 'http://p:1 of http_proxy' },
  { what: 'the policy may add to no_proxy', policy: { noProxy: ['.example'] }, env: { http_proxy: 'p:1', no_proxy: 'other' }, way: 'direct' },
  { what: 'custom is the policy alone', policy: { mode: 'custom', url: 'http://mine:3128' }, env: { http_proxy: 'http://p:1', no_proxy: '*' }, way: 'http://mine:3128 of proxy.url as u:p' },
  { what: 'custom without a port is the port of its scheme', policy: { mode: 'custom', url: 'http://mine' }, target: HTTPS, way: 'http://mine:80 of proxy.url as u:p' },
  { what: 'custom with noProxy', policy: { mode: 'custom', url: 'http://mine:1', noProxy: ['content.example'] }, way: 'direct' },
  { what: 'loopback goes through the proxy too', env: { http_proxy: 'p:1' }, target: 'http://127.0.0.1:8080/', way: 'http://p:1 of http_proxy' },
  { what: 'the system for http', settings: { http: 'http://s:1', https: 'http://t:2', noProxy: [] }, way: 'http://s:1 of the settings' },
  { what: 'the system for https', settings: { http: 'http://s:1', https: 'http://t:2', noProxy: [] }, target: HTTPS, way: 'http://t:2 of the settings' },
  { what: 'the system with exceptions', settings: { http: 'http://s:1', noProxy: ['*.example'] }, way: 'direct' },
  { what: 'the environment beats the system, whole', env: { http_proxy: 'p:1' }, settings: { https: 'http://t:2', noProxy: [] }, target: HTTPS, way: 'direct' },
  { what: 'a PAC is not guessed', settings: { pac: 'http://w/p.pac', http: 'http://s:1', noProxy: [] }, way: 'cannot: they name an automatic configuration (PAC, http://w/p.pac), and PAC is not supported of the settings' },
  { what: 'nor is WPAD', settings: { pac: 'search', noProxy: [] }, way: 'cannot: they name an automatic configuration that is searched in the network (WPAD), and PAC is not supported of the settings' },
  { what: 'the policy can exempt from a PAC', policy: { noProxy: ['.example'] }, settings: { pac: 'search', noProxy: [] }, way: 'direct' },
  { what: 'SOCKS of the system is refused', settings: { socks: 'socks://s:1', noProxy: [] }, way: `cannot: it is a SOCKS proxy (socks), ${NO_SOCKS} of the settings` },
  { what: 'a system with a proxy for the other scheme only', settings: { https: 'http://t:2', noProxy: [] }, way: 'direct' },
];
for (const { what, policy, env, settings, target, way } of CASES) {
  test(`${what}: ${way}`, () => {
    const rules = {
      policy: { mode: 'system', noProxy: [], ...policy } as const,
      credentials: { username: 'u', password: 'p' },
      env: env ?? {},
      settings: settings === undefined ? undefined : { source: 'the settings', ...settings },
    };
    assert.is(told(wayTo(rules, new URL(target ?? HTTP))), way);
  });
}

/** entry, what it covers, what it does not */
const LISTS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['*', ['http://a/', 'http://[::1]/'], []],
  ['example.com', ['http://example.com/', 'https://www.EXAMPLE.com:8443/', 'http://example.com./'], ['http://badexample.com/', 'http://example.com.evil/']],
  ['.example.com', ['http://example.com/', 'http://a.b.example.com/'], ['http://badexample.com/']],
  ['example.com.', ['http://example.com/'], ['http://com/']],
  ['example.com:8080', ['http://example.com:8080/', 'http://www.example.com:8080/'], ['http://example.com/', 'https://example.com/']],
  ['example.com:443', ['https://example.com/'], ['http://example.com/']],
  ['localhost', ['http://localhost:1/'], ['http://127.0.0.1/', 'http://[::1]/']],
  ['127.0.0.1', ['http://127.0.0.1:1/', 'http://127.1/', 'http://[::ffff:127.0.0.1]/'], ['http://127.0.0.2/']],
  ['127.0.0.1:81', ['http://127.0.0.1:81/'], ['http://127.0.0.1/']],
  ['10.0.0.0/8', ['http://10.255.0.1/'], ['http://11.0.0.1/', 'http://ten.example/', 'http://[a::]/']],
  ['172.16.0.0/12', ['http://172.31.9.9/'], ['http://172.32.0.1/']],
  ['169.254/16', ['http://169.254.9.9/'], ['http://169.253.9.9/']],
  ['0.0.0.0/0', ['http://9.9.9.9/'], ['http://[::1]/']],
  ['::1', ['http://[::1]:80/', 'http://[0:0:0:0:0:0:0:1]/'], ['http://[::2]/']],
  ['[::1]', ['http://[::1]/'], ['http://[::2]/']],
  ['[::1]:8080', ['http://[::1]:8080/'], ['http://[::1]/']],
  ['fd00::/8', ['http://[fdab::1]/'], ['http://[fe80::1]/']],
  ['fe80::1%eth0', ['http://[fe80::1]/'], []],
  ['10.0.0.0/33', [], ['http://10.0.0.1.example/']],
  ['a.example/24', [], ['http://a.example/']],
  ['1.2.3', [], ['http://1.2.3.4/']],
  ['.3.4', [], ['http://1.2.3.4/']],
  ['*.local', ['http://printer.local/'], ['http://local/', 'http://printerlocal/']],
  ['192.168.*', ['http://192.168.7.7/'], ['http://192.169.7.7/']],
  ['<local>', ['http://intranet/'], ['http://intranet.example/', 'http://[::1]/', 'http://10.0.0.1/']],
  ['a,b c\t,d', ['http://a/', 'http://b/', 'http://c/', 'http://d/'], ['http://e/']],
  ['', [], ['http://a/']],
  ['.', [], ['http://a/']],
];
for (const [entry, covered, not] of LISTS) {
  test(`noProxy ${JSON.stringify(entry)} covers ${covered.length} and leaves ${not.length}`, () => {
    for (const url of covered) assert.ok(bypasses(new URL(url), [entry]), url);
    for (const url of not) assert.not(bypasses(new URL(url), [entry]), url);
  });
}

test('every form of a secret in a variable is known, also in an address that cannot be used', () => {
  assert.equal(secretsIn('http://u:p%40w@p:1'), ['p@w', `Basic ${btoa('u:p@w')}`, btoa('u:p@w'), 'u:p%40w', 'p%40w']);
  assert.ok(secretsIn('http://u:hunter2@p:x:y').includes('hunter2'));
  assert.equal(secretsIn('http://p:1'), []);
});

test.run();
