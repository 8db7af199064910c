/**
 * One tar header (POSIX.1-2017 pax, "ustar Interchange Format"), both ways. Only what our packages use: files, folders, symbolic
 * links, and extended headers for what does not fit.
 */

export const BLOCK = 512;
export type TarType = 'file' | 'folder' | 'link';
export type TarHeader = { readonly path: string; readonly type: TarType | 'extended'; readonly mode: number; readonly size: number; readonly target: string };

const FLAGS = { file: '0', folder: '5', link: '2', extended: 'x' } as const satisfies Record<TarHeader['type'], string>;
const NAMES: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a fifo',
  '7': 'a contiguous file',
  g: 'a global header',
  L: 'a GNU long name',
  K: 'a GNU long link',
  S: 'a GNU sparse file',
};
const MAX_OCTAL = 0o77777777777;

/** Blocks that hold `size` bytes, in bytes. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** A header block, or undefined where a field does not fit: then an extended header goes before it. */
export function encodeHeader(header: TarHeader): Uint8Array | undefined {
  const name = splitName(header.path);
  const target = Buffer.from(header.target);
  if (name === undefined || target.length > 100 || header.size > MAX_OCTAL) return undefined;
  const block = Buffer.alloc(BLOCK);
  name.name.copy(block, 0);
  octal(block, 100, 8, header.mode);
  octal(block, 108, 8, 0);
  octal(block, 116, 8, 0);
  octal(block, 124, 12, header.size);
  octal(block, 136, 12, 0);
  block.write(FLAGS[header.type], 156, 'latin1');
  target.copy(block, 157);
  block.write('ustar\u000000', 257, 'latin1');
  octal(block, 329, 8, 0);
  octal(block, 337, 8, 0);
  name.prefix.copy(block, 345);
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** The header in the block at `at`, or what is wrong with it. */
export function decodeHeader(bytes: Uint8Array, at: number): TarHeader | string {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset + at, BLOCK);
  const stated = parseOctal(block, 148, 8);
  if (stated === undefined || stated !== checksum(block)) return 'a tar header has a wrong checksum';
  if (block.toString('latin1', 257, 265) !== 'ustar\u000000') return 'a tar header is not in the ustar format';
  const flag = block.toString('latin1', 156, 157);
  const type = typeOf(flag);
  const path = field(block, 0, 100);
  const prefix = field(block, 345, 155);
  const target = field(block, 157, 100);
  const size = parseOctal(block, 124, 12);
  if (path === undefined || prefix === undefined || target === undefined) return 'a name in a tar header is not UTF-8';
  const full = prefix === '' ? path : `${prefix}/${path}`;
  if (type === undefined) return `the entry ${JSON.stringify(full)} is ${NAMES[flag] ?? `of the unknown type ${JSON.stringify(flag)}`}`;
  if (size === undefined) return `the entry ${JSON.stringify(full)} has no valid size`;
  return { path: full, type, mode: parseOctal(block, 100, 8) ?? 0, size, target };
}

function typeOf(flag: string): TarHeader['type'] | undefined {
  switch (flag) {
    case '0':
    case '\0':
      return 'file';
    case '2':
      return 'link';
    case '5':
      return 'folder';
    case 'x':
      return 'extended';
    default:
      return undefined;
  }
}

/** At most 100 bytes of name after at most 155 of prefix, cut at a slash. */
function splitName(path: string): { name: Buffer; prefix: Buffer } | undefined {
  const whole = Buffer.from(path);
  if (whole.length <= 100) return { name: whole, prefix: Buffer.alloc(0) };
  const cut = whole.lastIndexOf(0x2f, 155);
  const first = whole.indexOf(0x2f, whole.length - 101);
  const at = first !== -1 && first <= cut && first < whole.length - 1 ? first : -1;
  return at > 0 ? { name: whole.subarray(at + 1), prefix: whole.subarray(0, at) } : undefined;
}

function octal(block: Buffer, at: number, length: number, value: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
}

/** Spaces, octal digits, then only spaces and NULs: as text this would cost a tenth of a whole unpacking. */
function parseOctal(block: Uint8Array, at: number, length: number): number | undefined {
  const end = at + length;
  let i = at;
  while (i < end && block[i] === 0x20) i++;
  const first = i;
  let value = 0;
  for (; i < end; i++) {
    const digit = (block[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  if (i === first) return undefined;
  for (; i < end; i++) if (block[i] !== 0 && block[i] !== 0x20) return undefined;
  return value;
}

/** The sum of all bytes, the checksum's own field counted as eight spaces. */
function checksum(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  return sum;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function field(block: Buffer, at: number, length: number): string | undefined {
  if (block[at] === 0) return '';
  const end = block.indexOf(0, at);
  const bytes = block.subarray(at, end === -1 || end > at + length ? at + length : end);
  return decodeText(bytes);
}

/** UTF-8, or undefined where it is none. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** `LENGTH KEY=VALUE\n` records of an extended header; the length counts itself. */
export function encodeRecords(records: readonly (readonly [string, string])[]): Uint8Array {
  return Buffer.concat(
    records.map(([key, value]) => {
      const rest = Buffer.from(` ${key}=${value}\n`);
      let length = rest.length + 1;
      while (rest.length + String(length).length !== length) length = rest.length + String(length).length;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
}

/** The records of an extended header, or what is wrong with them. */
export function decodeRecords(bytes: Uint8Array): ReadonlyMap<string, string> | string {
  const records = new Map<string, string>();
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < all.length; ) {
    const digits = /^([1-9][0-9]{0,7}) /.exec(all.toString('latin1', at, at + 9))?.[1];
    const end = digits === undefined ? NaN : at + Number(digits);
    const record = digits !== undefined && end <= all.length ? decodeText(all.subarray(at + digits.length + 1, end)) : undefined;
    const equals = record?.indexOf('=') ?? -1;
    if (record === undefined || equals < 1 || !record.endsWith('\n')) return 'an extended tar header cannot be read';
    const key = record.slice(0, equals);
    if (records.has(key)) return `an extended tar header has ${JSON.stringify(key)} twice`;
    records.set(key, record.slice(equals + 1, -1));
    at = end;
  }
  return records;
}
