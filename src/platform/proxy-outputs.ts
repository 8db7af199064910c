/** What the systems' own programs say about proxies, read. Pure: text in, settings out; undefined where nothing is set. */
import type { ProxySettings } from '../model/index.ts';

export type Asked = Omit<ProxySettings, 'source'> | undefined;

const address = (scheme: string, host: string, port: string, userinfo = ''): string => `${scheme}://${userinfo}${host.includes(':') ? `[${host}]` : host}:${port}`;

/** `schema key value`, a line each, as `gsettings list-recursively` writes them; texts in single quotes. */
export function readGsettings(stdout: string): Asked {
  const values = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const found = /^org\.gnome\.system\.proxy(?:\.(\w+))? ([\w-]+) (.*)$/.exec(line.trim());
    if (found?.[2] === undefined || found[3] === undefined) continue;
    values.set(`${found[1] === undefined ? '' : `${found[1]}.`}${found[2]}`, found[3]);
  }
  const text = (key: string): string => unquoted(values.get(key) ?? '');
  const mode = text('mode');
  const noProxy = [...(values.get('ignore-hosts') ?? '').matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)].map((m) => m[1] ?? m[2] ?? '');
  if (mode === 'auto') return { pac: text('autoconfig-url') === '' ? 'search' : text('autoconfig-url'), noProxy };
  if (mode !== 'manual') return undefined;
  const credentials =
    text('http.use-authentication') === 'true' ? `${encodeURIComponent(text('http.authentication-user'))}:${encodeURIComponent(text('http.authentication-password'))}@` : '';
  const of = (kind: string, scheme: string, userinfo = ''): string | undefined => {
    const host = text(`${kind}.host`);
    return host === '' ? undefined : address(scheme, host, text(`${kind}.port`), userinfo);
  };
  return settings(of('http', 'http', credentials), of('https', 'http'), of('socks', 'socks'), noProxy);
}

function unquoted(value: string): string {
  const inner = /^'(.*)'$|^"(.*)"$/.exec(value);
  return inner === null ? value : (inner[1] ?? inner[2] ?? '').replace(/\\(.)/g, '$1');
}

function settings(http: string | undefined, https: string | undefined, socks: string | undefined, noProxy: readonly string[]): Asked {
  if (http === undefined && https === undefined && socks === undefined) return undefined;
  return { ...(http === undefined ? {} : { http }), ...(https === undefined ? {} : { https }), ...(socks === undefined ? {} : { socks }), noProxy };
}

/** The dictionary of `scutil --proxy`: `Key : value` a line, arrays in braces; what is nested deeper belongs to one interface only. */
export function readScutil(stdout: string): Asked {
  const values = new Map<string, string>();
  const exceptions: string[] = [];
  const inside: string[] = [];
  for (const line of stdout.split('\n').map((l) => l.trim())) {
    const opened = /^(?:(\w+) : )?<(?:dictionary|array)> \{$/.exec(line);
    if (opened !== null) inside.push(opened[1] ?? '');
    else if (line === '}') inside.pop();
    const pair = opened === null ? /^(\w+) : (.*)$/.exec(line) : null;
    if (pair?.[1] === undefined || pair[2] === undefined) continue;
    if (inside.length === 1) values.set(pair[1], pair[2]);
    if (inside.length === 2 && inside[1] === 'ExceptionsList') exceptions.push(pair[2]);
  }
  const on = (key: string): boolean => values.get(key) === '1';
  const noProxy = [...exceptions, ...(on('ExcludeSimpleHostnames') ? ['<local>'] : [])];
  if (on('ProxyAutoConfigEnable')) return { pac: values.get('ProxyAutoConfigURLString') ?? 'search', noProxy };
  if (on('ProxyAutoDiscoveryEnable')) return { pac: 'search', noProxy };
  const of = (kind: string, scheme: string, port: string): string | undefined => {
    const host = values.get(`${kind}Proxy`);
    return on(`${kind}Enable`) && host !== undefined ? address(scheme, host, values.get(`${kind}Port`) ?? port) : undefined;
  };
  return settings(of('HTTP', 'http', '80'), of('HTTPS', 'http', '443'), of('SOCKS', 'socks', '1080'), noProxy);
}

/** Flags of WinHttpSettings: a named proxy, the address of a script, a search for one. */
const WINHTTP = { proxy: 2, script: 4, search: 8 } as const;

/**
 * The registry's WinHttpSettings, as `reg query` writes it: REG_BINARY in hex. Little-endian: size, counter, flags, then texts with their
 * length before each: proxy (`host:port` or `http=host:port;https=host:port`), bypass list, script.
 */
export function readWinHttp(stdout: string): Asked {
  const hex = /WinHttpSettings\s+REG_BINARY\s+([0-9A-Fa-f]+)/.exec(stdout)?.[1] ?? '';
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  if (bytes.length < 12) return undefined;
  const view = new DataView(bytes.buffer);
  const flags = view.getUint32(8, true);
  const texts: string[] = [];
  for (let at = 12; at + 4 <= bytes.length && texts.length < 3; ) {
    const length = view.getUint32(at, true);
    if (at + 4 + length > bytes.length) return undefined;
    texts.push(new TextDecoder().decode(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  const [servers = '', bypass = '', script = ''] = texts;
  const noProxy = bypass.split(/[;\s]+/).filter((entry) => entry !== '');
  if ((flags & WINHTTP.script) !== 0 && script !== '') return { pac: script, noProxy };
  if ((flags & WINHTTP.search) !== 0) return { pac: 'search', noProxy };
  if ((flags & WINHTTP.proxy) === 0 || servers === '') return undefined;
  const of = (kind: string): string | undefined => {
    const all = servers.split(/[;\s]+/);
    return all.find((s) => s.startsWith(`${kind}=`))?.slice(kind.length + 1) ?? (kind === 'socks' ? undefined : all.find((s) => s !== '' && !s.includes('=')));
  };
  const socks = of('socks');
  return settings(of('http'), of('https'), socks === undefined ? undefined : `socks://${socks}`, noProxy);
}
