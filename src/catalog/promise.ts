import { hash } from 'node:crypto';
import { fail, type Failure, ok, type Outcome } from '../model/index.ts';
import { remember } from './memo.ts';
import { own } from './tufjs.ts';

/** What signed metadata says of another file. `by` is the role that says it. */
export type Promised = {
  readonly by: string;
  readonly length?: number | undefined;
  readonly hashes?: Readonly<Record<string, string>> | undefined;
};

/** A file as it came: `role` is a role's name or a target's. */
export type Received = { readonly role: string; readonly from: string; readonly bytes: Uint8Array };

/** The hashes that we have faith in; others (md5) count for nothing. Strongest last. */
export const HASHES = ['sha256', 'sha512'] as const;

const digests = remember((_bytes: Uint8Array) => new Map<string, string>());

/** Each bytes are hashed once in a run, as a catalog of megabytes is looked at more than once. */
function digestOf(bytes: Uint8Array, algorithm: string): string {
  const known = digests(bytes);
  const digest = known.get(algorithm) ?? hash(algorithm, bytes, 'hex');
  known.set(algorithm, digest);
  return digest;
}

/** Is a file as long as promised? 8 where not: cut short, or another file. */
export function checkLength(what: Received, promised: Promised): Outcome<undefined, Failure> {
  const { role, from, bytes } = what;
  if (promised.length === undefined || promised.length === bytes.length) return ok();
  return fail('metadata-length', { from, role, by: promised.by, found: bytes.length, wanted: promised.length });
}

/** Has a file every hash that is promised, of those that we know? 6 where not. Metadata may come without any. */
export function checkHashes(what: Received, promised: Promised): Outcome<undefined, Failure> {
  for (const algorithm of HASHES) {
    const wanted = own(promised.hashes, algorithm);
    if (wanted === undefined) continue;
    if (digestOf(what.bytes, algorithm) !== wanted.toLowerCase()) {
      return fail('metadata-hash', { from: what.from, role: what.role, algorithm, by: promised.by });
    }
  }
  return ok();
}
