import { failed, ok, type Outcome } from '../../../model/index.ts';

/** What is read of clamd.conf. */
export type ClamdConf = {
  readonly socket?: string;
  readonly databases?: string;
  readonly log?: string;
  /** a port */
  readonly tcp?: string;
  /** the addresses that it listens on there; none are all */
  readonly addresses?: readonly string[];
};

export const MAX_CONF_BYTES = 1024 * 1024;
export const DEFAULT_CONF = '/etc/clamav/clamd.conf';
/** Debian's, where clamd.conf names none. */
export const DEFAULT_DATABASES = '/var/lib/clamav';

const KEYS: ReadonlyMap<string, Exclude<keyof ClamdConf, 'addresses'>> = new Map([
  ['LocalSocket', 'socket'],
  ['DatabaseDirectory', 'databases'],
  ['LogFile', 'log'],
  ['TCPSocket', 'tcp'],
]);

/** Reads `Name value` lines, `#` comments, values perhaps in quotes (clamd.conf(5)). A failure names the line. Other names are clamd's own business. */
export function parseClamdConf(bytes: Uint8Array): Outcome<ClamdConf, string> {
  const conf: { -readonly [K in Exclude<keyof ClamdConf, 'addresses'>]?: string } = {};
  const addresses: string[] = [];
  for (const [i, raw] of Buffer.from(bytes).toString('utf8').split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, name, quoted, bare] = /^([A-Za-z0-9]+)(?:\s+(?:"([^"]*)"|(.*)))?$/.exec(line) ?? [];
    if (name === undefined) return failed(`line ${i + 1} is not NAME VALUE`);
    if (name === 'Example') return failed(`line ${i + 1} says Example, so that no clamd reads it`);
    const value = quoted ?? bare ?? '';
    if (name === 'TCPAddr') addresses.push(value);
    const key = KEYS.get(name);
    if (key === undefined) continue;
    const problem = key in conf ? 'a second time' : key === 'tcp' ? portProblem(value) : value.startsWith('/') && !/[\0-\x1f]/.test(value) ? undefined : 'and no absolute path with it';
    if (problem !== undefined) return failed(`line ${i + 1} has ${name} ${problem}`);
    conf[key] = value;
  }
  return ok({ ...conf, ...(addresses.length === 0 ? {} : { addresses }) });
}

/** The address by which a clamd that listens on these is asked from this machine; undefined where none is of the loopback interface. */
export function loopbackOf(addresses: readonly string[]): '127.0.0.1' | '::1' | undefined {
  if (addresses.length === 0 || addresses.some((a) => a === '127.0.0.1' || a === 'localhost' || a === '0.0.0.0')) return '127.0.0.1';
  return addresses.some((a) => a === '::1' || a === '::') ? '::1' : undefined;
}

const portProblem = (value: string): string | undefined => (/^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) < 65536 ? undefined : 'and no port with it');

/** What clamd wrote to its log of a reload: how many signatures it runs now, or that it kept the old ones; undefined: nothing yet. */
export function reloadInLog(text: string): { readonly signatures: number } | 'failed' | undefined {
  const lines = text.split('\n').toReversed();
  for (const line of lines) {
    const loaded = /Database correctly reloaded \((\d{1,12}) signatures\)/.exec(line)?.[1];
    if (loaded !== undefined) return { signatures: Number(loaded) };
    if (/Database (?:reload|load) failed|reload db failed/.test(line)) return 'failed';
  }
  return undefined;
}
