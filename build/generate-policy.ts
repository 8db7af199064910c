import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { policyJsonSchema } from '../src/policy/schema.ts';
import { adml, admx, omaUri } from './policy/admx.ts';
import { managedClientProfile, plainProfile } from './policy/mobileconfig.ts';
import { reference } from './policy/reference.ts';
import { sampleJson, samplePlist, sampleXml, sampleYaml } from './policy/sample.ts';
import { at } from './support/root.ts';

/** Every file that is made from the table of policy keys; nothing else lies in policies/. */
export const POLICY_FILES: Readonly<Record<string, () => string | Uint8Array>> = {
  'docs/policy.md': reference,
  'policies/policy.json': sampleJson,
  'policies/policy.yaml': sampleYaml,
  'policies/policy.xml': sampleXml,
  'policies/policy.plist': samplePlist,
  'policies/policy.schema.json': () => `${JSON.stringify(policyJsonSchema(), null, 2)}\n`,
  'policies/macos/glued.mobileconfig': plainProfile,
  'policies/macos/glued-managed-client.mobileconfig': managedClientProfile,
  'policies/windows/glued.admx': admx,
  'policies/windows/en-US/glued.adml': adml,
  'policies/windows/oma-uri.csv': omaUri,
};

if (import.meta.main) {
  for (const [path, make] of Object.entries(POLICY_FILES)) {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), make());
  }
}
