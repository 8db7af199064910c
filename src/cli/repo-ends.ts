/** Until when a repository's signatures hold, as documents, lines and warnings: for `repo renew` and `repo rotate`. */
import { type Instant, type RepoRoleEnd, rfc3339 } from '../model/index.ts';
import { ending, type KeysMoved, renewal, type RoleEnd, type RoleEnds } from '../publisher/index.ts';
import { timeText } from '../report/index.ts';

export const endDocument = ({ role, version, expires, change }: RoleEnd): RepoRoleEnd => ({ role, version, expires: rfc3339(expires), change });

/** `  root       version 2, until 2027-11-28 00:00:00 UTC, signed now` */
export function endLines(roles: readonly RoleEnd[]): readonly string[] {
  const width = Math.max(...roles.map(({ role }) => role.length));
  return roles.map(({ role, version, expires, change }) => `  ${role.padEnd(width)}  version ${version}, until ${timeText(rfc3339(expires))}, ${change === 'made' ? 'signed now' : 'as before'}`);
}

/** Where later commands look for keys, if that is another folder now. */
export const movedWarnings = ({ keysMoved }: KeysMoved): readonly string[] =>
  keysMoved === undefined ? [] : [`Keys are looked for in ${keysMoved.to} from now on, and no more in ${keysMoved.from}: all that this repository is published with must be there.`];

/** What this command did not sign and that ends soon, or has. */
export function endWarnings(dir: string, { roles, lifetimes }: RoleEnds, now: Instant): readonly string[] {
  return roles.flatMap(({ role, expires, change }) => {
    const end = change === 'made' ? undefined : ending(role, expires, now, lifetimes);
    return end === undefined ? [] : [`${role}: ${end.text}, and was not signed now. Run: ${renewal(role, dir)}`];
  });
}
