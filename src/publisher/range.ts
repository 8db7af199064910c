/** Both ends included. */
export type Range = { readonly from: number; readonly to: number };

/**
 * A Range header (RFC 9110, 14.2) for a body of `size` bytes. One range only: several, another unit, or what cannot be read is answered
 * with all of it, as the RFC allows.
 */
export function parseRange(header: string | undefined, size: number): Range | 'all' | 'unsatisfiable' {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (match === null) return 'all';
  const [, first = '', last = ''] = match;
  if (first === '') {
    if (last === '') return 'all';
    const count = Math.min(Number(last), size);
    return count === 0 ? 'unsatisfiable' : { from: size - count, to: size - 1 };
  }
  const from = Number(first);
  if (last !== '' && Number(last) < from) return 'all';
  return from >= size ? 'unsatisfiable' : { from, to: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}
