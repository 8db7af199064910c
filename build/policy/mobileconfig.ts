import { createHash } from 'node:crypto';
import { type PlistValue, writePlist } from '../../src/formats/plist.ts';
import { SAMPLE, toPlist } from './sample.ts';

/** The preference domain, which is the payload's type and the file's name in Managed Preferences. */
export const DOMAIN = 'dev.glued.agent';

/** The same name always gives the same identifier (RFC 9562, 5.8), so that the files can be compared. */
function uuidOf(name: string): string {
  const hex = createHash('sha256').update(`glued policy ${name}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-').toUpperCase();
}

function payload(type: string, name: string, content: { readonly [key: string]: PlistValue }): PlistValue {
  return {
    ...content,
    PayloadDisplayName: 'glued policy',
    PayloadIdentifier: `${DOMAIN}.${name}`,
    PayloadType: type,
    PayloadUUID: uuidOf(name),
    PayloadVersion: 1,
  };
}

function profile(name: string, content: PlistValue): Uint8Array {
  const described = { PayloadContent: [content], PayloadDescription: 'Managed policy for glued. Change the values, not the keys.', PayloadScope: 'System' };
  return writePlist(payload('Configuration', `${name}.profile`, described));
}

/** A configuration profile with a payload of our own type: macOS writes its keys into Managed Preferences. */
export function plainProfile(): Uint8Array {
  const policy = toPlist(SAMPLE);
  const content = typeof policy === 'object' && !Array.isArray(policy) ? Object.fromEntries(Object.entries(policy)) : {};
  return profile('policy', payload(DOMAIN, 'policy', content));
}

/** The older form, which some MDMs still make: com.apple.ManagedClient.preferences with forced settings of the domain. */
export function managedClientProfile(): Uint8Array {
  const forced = { [DOMAIN]: { Forced: [{ mcx_preference_settings: toPlist(SAMPLE) }] } };
  return profile('managed-client', payload('com.apple.ManagedClient.preferences', 'managed-client', { PayloadContent: forced, PayloadEnabled: true }));
}
