import { fail, type Failure, failureText, ok, type Outcome, sha256Of } from '../model/index.ts';
import { type Envelope, openEnvelope } from './envelope.ts';
import { MAX_BYTES } from './limits.ts';
import { rememberBytes } from './memo.ts';
import { type Rooted, startFrom } from './trusted-set.ts';
import type { Vault } from './vault.ts';

/** Where the policy's root is said to be from. */
export const ROOT_FILE = 'trust.rootFile';

/** Where trust starts: the cached root, or the policy's where that is missing, broken, or descends from another root file. */
export type Start = {
  readonly trust: Rooted;
  /** `policy-anew`: the root file was changed; the cached root is to be replaced by it */
  readonly from: 'cache' | 'policy' | 'policy-anew';
};

/** What was verified of it is known as long as its bytes are the same. */
const opening = rememberBytes((role, bytes) => openEnvelope(role, ROOT_FILE, bytes, MAX_BYTES.root));

/** The root to walk forward from. Fails with 21 where the policy's root file is needed and is none. */
export function startingRoot(vault: Vault, rootBytes: Uint8Array): Outcome<Start, Failure> {
  const cached = vault.read('root');
  const anchor = vault.store.getTag('root', ROOT_FILE);
  const changed = cached !== undefined && anchor !== undefined && anchor !== sha256Of(rootBytes);
  if (cached !== undefined && !changed) {
    const trust = startFrom(cached);
    if (trust.ok) return ok({ trust: trust.value, from: 'cache' });
    vault.discard('root', trust.failure);
  }
  if (changed) vault.notes.push('The file that `trust.rootFile` names has changed: trust starts from it again, not from the cached root.');
  const envelope = opening('root', rootBytes);
  const trust = envelope.ok ? startFrom(envelope.value) : envelope;
  if (trust.ok) return ok({ trust: trust.value, from: changed ? 'policy-anew' : 'policy' });
  return fail('trust-root-invalid', { problem: failureText(trust.failure).replace(/\.$/, '') });
}

/** Keeps a root together with the mark of the root file that it descends from, so that a changed file is noticed. */
export function keepRoot(vault: Vault, envelope: Envelope, rootBytes: Uint8Array): Outcome<undefined, Failure> {
  const kept = vault.keep(envelope);
  if (kept.ok) vault.store.putTag('root', ROOT_FILE, sha256Of(rootBytes));
  return kept;
}

