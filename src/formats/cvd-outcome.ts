/** What the content that a cdiff leads to is known by: a cdiff makes a `.cld` with the members of the published `.cvd`, so no hash of that file tells. */
import { type ManifestEntry, type Sha256, sha256Of } from '../model/index.ts';
import { canonicalJson } from './canonical-json.ts';
import type { CvdMember } from './cvd-tar.ts';
import { cvdKind } from './cvd.ts';
import { comparePaths } from './manifest.ts';

/** The database that a cdiff changes: its file, `daily.cvd` or `daily.cld`, and what is in it. */
export type ChangedDatabase = { readonly path: string; readonly members: readonly CvdMember[] };

/**
 * SHA-256 of canonical JSON: the changed database's name without its ending, the name, size and SHA-256 of each of its members (with
 * COPYING and the list of members, which the list itself leaves out), and every other entry of the content as its manifest has it. The
 * database's own `.sign` does not count: it fits one form only.
 */
export function outcomeDigest({ path, members }: ChangedDatabase, entries: readonly ManifestEntry[]): Sha256 {
  const others = entries.filter((e) => e.path !== path && e.path !== `${path}.sign`);
  const text = canonicalJson({
    schema: 'glued.outcome/1',
    database: path.slice(0, -1 - (cvdKind(path) ?? '').length),
    members: members.map(({ name, size, sha256 }) => ({ name, size, sha256 })).toSorted((a, b) => comparePaths(a.name, b.name)),
    others: others.toSorted((a, b) => comparePaths(a.path, b.path)),
  });
  return sha256Of(text);
}

/** Bytes of a database's members, unpacked. */
export const membersSize = (members: readonly CvdMember[]): number => members.reduce((sum, { size }) => sum + size, 0);
