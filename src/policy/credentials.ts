import type { Policy } from '../model/index.ts';
import { effectivePolicy } from './shown.ts';

const CREDENTIAL = /^credential:([A-Za-z0-9_-][A-Za-z0-9._-]*)$/;

/** The names that the policy's `…File` keys take from systemd (`credential:NAME`), each once, sorted. */
export function credentialNames(policy: Policy): readonly string[] {
  return [...new Set(namesIn(effectivePolicy(policy)))].sort();
}

function namesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]: [string, unknown]) => {
    const name = key.endsWith('File') && typeof one === 'string' ? CREDENTIAL.exec(one)?.[1] : undefined;
    return name === undefined ? namesIn(one) : [name];
  });
}
