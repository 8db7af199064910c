import { join } from 'node:path';
import { type Failure, fail, ok, type Outcome, type Ports } from '../model/index.ts';
import { readKey, type Signer } from './keys.ts';
import { keyName, keyNumber, RETIRED } from './layout.ts';
import type { RoleKeys } from './metadata.ts';
import { ioProblem } from './ports.ts';

type Files = Pick<Ports, 'files'>;

/** Where a role's private keys are looked for: folders, and keys that are not written yet. */
export type Keys = { readonly folders: readonly string[]; readonly fresh?: readonly Signer[] };

/** A key's file, and its place in the role's order. */
export type KeyFile = { readonly folder: string; readonly name: string; readonly number: number };

/** The files of a role's keys, lowest number first, retired ones too. A folder that is not there has none: what is missed is told by its name. */
export function keyFiles({ files }: Files, folders: readonly string[], role: string): Outcome<readonly KeyFile[], Failure> {
  const found: KeyFile[] = [];
  for (const folder of folders) {
    const listed = files.list(folder);
    if (!listed.ok && listed.failure.kind !== 'absent') return fail('repo-key-missing', { path: folder, role, problem: ioProblem(listed.failure) }, listed.failure.detail);
    for (const { name } of listed.ok ? listed.value : []) {
      const number = keyNumber(role, name);
      if (number !== undefined) found.push({ folder, name, number });
    }
  }
  return ok(found.toSorted((a, b) => a.number - b.number));
}

/** As many keys as the role's threshold asks for, all of them trusted for it; else the failure that says what is in the way. */
export function trustedSigners(ports: Files, { folders, fresh = [] }: Keys, role: string, trusted: RoleKeys): Outcome<readonly Signer[], Failure> {
  const isTrusted = (signer: Signer): boolean => trusted.keyids.some((id) => id === signer.keyid);
  const signers = new Map(fresh.filter(isTrusted).map((s) => [s.keyid, s]));
  if (signers.size >= trusted.threshold) return ok([...signers.values()]);
  const found = keyFiles(ports, folders, role);
  if (!found.ok) return found;
  let problem: Outcome<never, Failure> | undefined;
  for (const { folder, name } of found.value) {
    if (name.endsWith(RETIRED) || signers.size >= trusted.threshold) continue;
    const signer = readKey(ports, folder, name, role);
    if (!signer.ok) problem ??= signer;
    else if (isTrusted(signer.value)) signers.set(signer.value.keyid, signer.value);
    else problem ??= fail('repo-key-wrong', { path: join(folder, name), role });
  }
  if (signers.size >= trusted.threshold) return ok([...signers.values()]);
  return problem ?? missing(folders, role, signers.size, trusted.threshold);
}

function missing(folders: readonly string[], role: string, there: number, threshold: number): Outcome<never, Failure> {
  const path = folders.map((folder) => join(folder, keyName(role, 1))).join(' or ');
  const problem = there === 0 ? 'it is not there, and no later key of this role is' : `${there} of the ${threshold} keys that must sign are there`;
  return fail('repo-key-missing', { path, role, problem });
}

/** Names for `count` new keys of a role, above every number that the folders have and above `known`, the keys that it ever had. */
export function newKeyNames(ports: Files, folders: readonly string[], role: string, known: number, count: number): Outcome<readonly string[], Failure> {
  const found = keyFiles(ports, folders, role);
  if (!found.ok) return found;
  const last = Math.max(known, ...found.value.map((f) => f.number));
  return ok(Array.from({ length: count }, (_, i) => keyName(role, last + 1 + i)));
}
