import type { ObjectKind } from '../support/faulty-repository.ts';
import { type Fault, refused, type Row } from './row.ts';

/** the file of this kind of another publish, or of another component, under the name that was asked for */
const instead = (on: ObjectKind, publish: 'older' | 'served' | 'later', of: 'demo' | 'other' = 'demo'): Fault => (good, given) => ({ ...good, status: 200, body: given.file(publish, on, of) });
/** one bit of a byte, counted from the end */
const flipped = (from: number): Fault => (good) => {
  const body = Uint8Array.from(good.body ?? []);
  const at = body.length - 1 - from;
  body[at] = (body[at] ?? 0) ^ 1;
  return { ...good, body };
};

/** Bytes that are whole, well sent, and not the right ones. */
export const CONTENT_ROWS: readonly Row[] = [
  // its timestamp is good, and is kept: another server that is behind it is then refused too
  refused('timestamp', 'a timestamp of a later publish with the rest of this one', instead('timestamp', 'later'), 4, /snapshot\.json answered with status 404/, { alone: { code: 4, says: /snapshot\.json answered with status 404/, requests: 3 }, second: 'older', requestsWithSecond: 3 }),
  refused('snapshot', 'the snapshot of an earlier publish', instead('snapshot', 'older'), 8, /snapshot is \d+ bytes long, and timestamp promises \d+/),
  refused('targets', 'the targets of an earlier publish', instead('targets', 'older'), 8, /targets is \d+ bytes long, and snapshot promises \d+/),
  refused('role', 'the role of a later publish', instead('role', 'later'), 8, /demo is longer than the \d+ bytes/),
  refused('role', 'the role of another component', instead('role', 'served', 'other'), 8, /demo is longer than the \d+ bytes/),
  refused('catalog', 'the catalog of another component', instead('catalog', 'served', 'other'), 8, /demo\.json is \d+ bytes long, and demo promises \d+/),
  refused('root', 'the root of today under the next number', instead('root', 'served'), 7, /root is version 1 .*names version 2/),
  refused('timestamp', 'a timestamp that went back', instead('timestamp', 'older'), 7, /timestamp went back to version \d+ .*version \d+ was verified before/, { warm: 'served', after: '2.0', requestsWithSecond: 2 }),
  refused('timestamp', 'the snapshot in place of the timestamp', instead('snapshot', 'served'), 6, /timestamp bears 0 valid signatures/),
  refused('timestamp', 'a timestamp with one bit changed', flipped(40), 6, /timestamp/),
  refused('catalog', 'a catalog with one bit changed', flipped(40), 6, /hash/),
  refused('package', 'a package with one bit changed', flipped(0), 9, /expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}|wrong bytes/),
  refused('package', 'the package of another component', instead('package', 'served', 'other'), 9, /\d+ bytes in place of \d+|wrong bytes|expected SHA-256/),
  refused('package', 'the package of an earlier release', instead('package', 'older'), 9, /expected SHA-256|wrong bytes|in place of/),
];
