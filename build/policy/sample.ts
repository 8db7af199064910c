import { POLICY } from '../../src/policy/table.ts';
import type { Key, Plain } from '../../src/policy/keys.ts';
import { type PlistValue, writePlist } from '../../src/formats/plist.ts';

/** A policy to start from: two servers, a nightly run in a window, rules held back for a day, one component pinned. */
export const SAMPLE: { readonly [key: string]: Plain } = {
  schema: 1,
  id: 'sample',
  version: 1,
  servers: [{ url: 'https://content.example.com/' }, { url: 'https://content-2.example.com/', username: 'fleet', passwordFile: 'credential:content' }],
  trust: { rootFile: '/etc/glued/root.json' },
  proxy: { mode: 'system', noProxy: ['.example.com', '10.0.0.0/8'] },
  content: {
    av: { enabled: true, channel: 'stable', maxAgeHours: 24 },
    ips: { channel: 'stable', hold: { hours: 24, reason: 'a day to see what others see' } },
    product: { enabled: false },
  },
  components: { 'office-antivirus': { channel: 'beta', pin: '1.10', allowDowngrade: true } },
  rollout: { forcedOverridesHold: true },
  schedule: {
    dailyAt: ['03:30', '15:30'],
    splayMinutes: 45,
    windows: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '20:00', to: '06:00' }],
  },
  download: { maxBytesPerSecond: 1_000_000 },
  log: { level: 'info' },
};

/** `policy.json` */
export const sampleJson = (): string => `${JSON.stringify(SAMPLE, null, 2)}\n`;

/** `policy.yaml`, with the meaning of each key above it. */
export function sampleYaml(): string {
  return `# A sample policy for glued. Every key is described in docs/policy.md.\n${yamlMembers(POLICY, SAMPLE, '')}`;
}

/** `policy.xml` */
export function sampleXml(): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<policy>\n${xmlMembers(SAMPLE, '  ')}</policy>\n`;
}

/** `policy.plist` */
export const samplePlist = (): Uint8Array => writePlist(toPlist(SAMPLE));

/** Plain values are property list values too. */
export function toPlist(value: { readonly [key: string]: Plain }): PlistValue {
  return value;
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}

function yamlMembers(key: Key, value: Plain, indent: string): string {
  if (typeof value !== 'object' || isList(value)) return '';
  return Object.entries(value)
    .map(([name, member]) => {
      const of = key.kind === 'group' ? key.keys[name] : key.kind === 'map' ? key.of : undefined;
      const about = of === undefined ? '' : `${indent}# ${of.meaning}\n`;
      const isGroup = typeof member === 'object' && !isList(member);
      const text = isGroup ? `\n${yamlMembers(of ?? key, member, `${indent}  `)}` : isList(member) ? `\n${yamlItems(member, indent)}` : ` ${JSON.stringify(member)}\n`;
      return `${about}${indent}${name}:${text}`;
    })
    .join('');
}

/** Members of lists on one line each: JSON is YAML. */
function yamlItems(value: readonly Plain[], indent: string): string {
  return value.map((one) => `${indent}  - ${JSON.stringify(one)}\n`).join('');
}

function xmlMembers(value: Plain, indent: string): string {
  if (typeof value !== 'object') return '';
  const members = isList(value) ? value.map((one) => ['item', one] as const) : Object.entries(value);
  return members
    .map(([name, member]) =>
      typeof member === 'object' ? `${indent}<${name}>\n${xmlMembers(member, `${indent}  `)}${indent}</${name}>\n` : `${indent}<${name}>${xmlText(String(member))}</${name}>\n`,
    )
    .join('');
}

/** Text for XML, in elements and in attributes. */
export function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
