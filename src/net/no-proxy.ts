/** Who is asked directly: lists as NO_PROXY, the policy and the systems' own settings hold them. */

/** An address as 16 bytes; IPv4 as ::ffff:a.b.c.d, so that both compare alike. */
type Address = readonly number[];

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255];

/** `loose`: as in the network 169.254/16, what is missing is 0. */
function ipv4(text: string, form: 'exact' | 'loose'): Address | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){0,3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  if (parts.some((p) => p > 255) || (form === 'exact' && parts.length !== 4)) return undefined;
  return [...MAPPED, ...parts, 0, 0, 0].slice(0, 16);
}

function ipv6(text: string): Address | undefined {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (!bare.includes(':') || !URL.canParse(`http://[${bare}]/`)) return undefined;
  // the URL parser writes every form in one way: hextets, and :: once
  const [left = '', right] = new URL(`http://[${bare}]/`).hostname.slice(1, -1).split('::');
  const hextets = (part: string): number[] => (part === '' ? [] : part.split(':').map((h) => Number.parseInt(h, 16)));
  const head = hextets(left);
  const tail = hextets(right ?? '');
  const gap = Array.from({ length: 8 - head.length - tail.length }, () => 0);
  return [...head, ...gap, ...tail].flatMap((h) => [h >> 8, h & 255]);
}

const addressOf = (text: string): Address | undefined => ipv4(text, 'exact') ?? ipv6(text);

function sameBits(a: Address, b: Address, bits: number): boolean {
  return a.every((byte, at) => {
    const count = Math.min(8, Math.max(0, bits - at * 8));
    return count === 0 || byte >> (8 - count) === (b[at] ?? 0) >> (8 - count);
  });
}

/** `10.0.0.0/8`, `fd00::/8`; undefined where it is no network. */
function inNetwork(host: Address, entry: string): boolean | undefined {
  const [network = '', prefix = '', ...rest] = entry.split('/');
  if (rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return undefined;
  const v4 = ipv4(network, 'loose');
  const base = v4 ?? ipv6(network);
  const bits = Number(prefix) + (v4 === undefined ? 0 : 96);
  return base === undefined || bits > 128 ? undefined : sameBits(host, base, bits);
}

/** `host:8080`, `[::1]:8080`; an IPv6 address without brackets has no port. */
function portApart(entry: string): { readonly host: string; readonly port?: string } {
  const found = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(entry);
  return found?.[1] === undefined || found[2] === undefined ? { host: entry } : { host: found[1], port: found[2] };
}

function matchesName(host: string, entry: string): boolean {
  const name = entry.replace(/^\./, '').replace(/\.$/, '');
  if (name === '') return false;
  if (!name.includes('*')) return host === name || host.endsWith(`.${name}`);
  // systems' lists have wildcards: *.local, 192.168.*
  const parts = name.split('*').map((part) => part.replace(/[^a-z0-9]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(host);
}

function matches(target: { readonly host: string; readonly port: string }, entry: string): boolean {
  if (entry === '*') return true;
  const address = addressOf(target.host);
  // Windows: every name without a dot
  if (entry === '<local>') return address === undefined && !target.host.includes('.');
  if (entry.includes('/')) return address !== undefined && inNetwork(address, entry) === true;
  const { host, port } = portApart(entry);
  if (port !== undefined && port !== target.port) return false;
  const entryAddress = addressOf(host);
  if (address !== undefined && entryAddress !== undefined) return sameBits(address, entryAddress, 128);
  if (address !== undefined && !host.includes('*')) return false;
  return matchesName(target.host, host);
}

/**
 * Whether `target` is asked directly. An entry is `*`, a host or a domain (with or without a dot before it: both mean the name itself and
 * all below it), an address, a network, each of the first with a port where only that is meant. Entries may hold several, with commas or
 * spaces between. Names are not looked up: 10.0.0.0/8 is about servers that are named by their address.
 */
export function bypasses(target: URL, entries: readonly string[]): boolean {
  const host = target.hostname.toLowerCase().replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const port = target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port;
  return entries
    .flatMap((entry) => entry.toLowerCase().split(/[\s,]+/))
    .some((entry) => entry !== '' && matches({ host, port }, entry));
}
