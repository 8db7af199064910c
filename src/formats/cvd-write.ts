/** Writes freshclam's local form of a database: a header without signatures, and a plain tar (libfreshclam's .cld). */
import { failed, ok, type Outcome } from '../model/index.ts';
import type { Pieces } from './cdiff-apply.ts';
import { CVD_HEADER_BYTES, parseCvdLine } from './cvd-header.ts';
import { BLOCK, encodeHeader, padded } from './tar.ts';

/** What tells a plain tar from a packed one: the first member's name. */
const FIRST = 'COPYING';

export type CldMember = { readonly name: string; readonly size: number; readonly read: () => Pieces };

/** The names of a database's members in the order of its list, which comes second: ClamAV must know the list before what it lists. */
export function cldOrder(infoName: string, info: string): readonly string[] {
  const listed = info.split('\n').slice(1).flatMap((line) => (line.startsWith('DSIG:') || line === '' ? [] : [line.slice(0, Math.max(0, line.indexOf(':')))]));
  return [FIRST, infoName, ...listed];
}

/** The whole file in pieces. `line` is the first of the list of members. It proves nothing: `verifyCvd` does. */
export function* cldPieces(line: string, members: readonly CldMember[]): Generator<Outcome<Uint8Array, string>, void> {
  if (!parseCvdLine(line).ok || line.length > CVD_HEADER_BYTES) return yield failed('its list of members does not begin with a header');
  yield ok(Buffer.from(line.padEnd(CVD_HEADER_BYTES), 'latin1'));
  for (const { name, size, read } of members) {
    const header = encodeHeader({ path: name, type: 'file', mode: 0o644, size, target: '' });
    if (header === undefined) return yield failed(`its member ${name} does not fit into a tar`);
    yield ok(header);
    yield* read();
    yield ok(new Uint8Array(padded(size) - size));
  }
  yield ok(new Uint8Array(2 * BLOCK));
}
