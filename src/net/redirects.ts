import { ok, failed, type HttpRequest, type Outcome } from '../model/index.ts';

/** At most this many hops a request. */
export const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Headers that hold no secret and that the other origin needs, so that a download can go on where it stopped. */
const HARMLESS: ReadonlySet<string> = new Set(['range', 'if-range', 'if-none-match', 'accept']);

/** Does this answer send us elsewhere? */
export function isRedirect(status: number, location: string | undefined): location is string {
  return REDIRECTS.has(status) && location !== undefined;
}

function ipv4Of(host: string): readonly number[] | undefined {
  // the URL parser writes every form of an IPv4 address (0x7f.1, 2130706433) as four numbers, a mapped one as ::ffff:7f00:1
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return host.split('.').map(Number);
  const mapped = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(host);
  if (mapped?.[1] === undefined || mapped[2] === undefined) return undefined;
  const high = Number.parseInt(mapped[1], 16);
  const low = Number.parseInt(mapped[2], 16);
  return [high >> 8, high & 255, low >> 8, low & 255];
}

/** Addresses that mean this machine or this cable, whoever sends us there. */
export function reachOf(host: string): 'loopback' | 'link-local' | 'any' {
  const name = host.replace(/\.$/, '').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return 'loopback';
  const v4 = ipv4Of(name);
  if (v4 !== undefined) {
    if (v4[0] === 127 || v4[0] === 0) return 'loopback';
    return v4[0] === 169 && v4[1] === 254 ? 'link-local' : 'any';
  }
  if (name === '[::1]' || name === '[::]') return 'loopback';
  return /^\[fe[89ab]/.test(name) ? 'link-local' : 'any';
}

/** Where a redirect leads, or why it is not followed (DESIGN, Network). */
export function nextHop(from: URL, location: string, rule: HttpRequest['redirects']): Outcome<URL, string> {
  const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (to === undefined) return failed('its Location is no address');
  if (to.protocol !== 'http:' && to.protocol !== 'https:') return failed(`it leads to ${to.protocol}`);
  if (to.username !== '' || to.password !== '') return failed('its Location holds a user name');
  if (from.protocol === 'https:' && to.protocol === 'http:') return failed(`it leads from https to ${to.origin}`);
  if (rule === 'same-origin' && to.origin !== from.origin) return failed(`it leads to another origin, ${to.origin}`);
  const reach = reachOf(to.hostname);
  if (reach !== 'any' && reach !== reachOf(from.hostname)) return failed(`it leads to the ${reach} address ${to.host}`);
  to.hash = '';
  return ok(to);
}

/** The headers that may go to `to`: all of them to the request's own origin, no secret to any other. */
export function headersFor(to: URL, origin: string, headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (to.origin === origin) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS.has(name.toLowerCase())));
}
