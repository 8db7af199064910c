import type { Ports } from '../../../model/index.ts';
import { countedAs } from './extensions.ts';
import { headerAt } from './headers.ts';
import type { Placed } from './layout.ts';

type Files = Pick<Ports, 'files'>['files'];

const READ_BYTES = 1024 * 1024;
/** A rule's head is looked for in the first bytes of its line. */
const HEAD_BYTES = 256;
const YARA_RULE = /^\s*(?:(?:private|global)\s+)*rule\s+[A-Za-z_]\w*/;
const SIGNATURE = /^[^#\s]/;
const NEWLINE = 10;

/** The signatures that a release says it holds, by headers, lines and rules; and the bytes of its files. */
export function sizeOf(files: Files, placed: readonly Placed[]): { readonly signatures: number; readonly bytes: number } {
  return {
    signatures: placed.reduce((sum, p) => sum + signaturesIn(files, p), 0),
    bytes: placed.reduce((sum, p) => sum + p.entry.size, 0),
  };
}

function signaturesIn(files: Files, { entry, kept }: Placed): number {
  switch (countedAs(entry.path)) {
    case 'container':
      return headerAt(files, kept)?.signatures ?? 0;
    case 'lines':
      return linesLike(files, kept, SIGNATURE);
    case 'yara':
      return linesLike(files, kept, YARA_RULE);
    default:
      return 0;
  }
}

/** How many lines begin like this. What cannot be read counts as nothing: the test says why it is no good. */
function linesLike(files: Files, path: string, pattern: RegExp): number {
  const opened = files.open(path);
  if (!opened.ok) return 0;
  const buffer = new Uint8Array(READ_BYTES);
  let found = 0;
  let head = '';
  for (;;) {
    const count = opened.value.read(buffer);
    if (!count.ok || count.value === 0) break;
    const bytes = buffer.subarray(0, count.value);
    for (let start = 0; start < bytes.length; ) {
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline < 0 ? bytes.length : newline;
      if (head.length < HEAD_BYTES) head += Buffer.from(bytes.subarray(start, Math.min(end, start + HEAD_BYTES))).toString('latin1');
      start = end + 1;
      if (newline < 0) break;
      if (pattern.test(head)) found++;
      head = '';
    }
  }
  opened.value.close();
  return pattern.test(head) ? found + 1 : found;
}
