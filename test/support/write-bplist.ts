/** Writes binary property lists for tests (every object once more, offsets of 4 bytes, references of 2). */
export type BinaryValue = string | number | boolean | Date | Uint8Array | readonly BinaryValue[] | { readonly [key: string]: BinaryValue };

export function writeBinaryPlist(value: BinaryValue): Uint8Array {
  const objects: number[][] = [];
  const add = (one: BinaryValue): number => {
    const at = objects.push([]) - 1;
    objects[at] = encode(one, add);
    return at;
  };
  add(value);
  return assemble(objects);
}

/** A file of raw objects: for cycles, shared objects and other mischief. References take 2 bytes. */
export function assemble(objects: readonly (readonly number[])[]): Uint8Array {
  const out = [...new TextEncoder().encode('bplist00')];
  const offsets: number[] = [];
  for (const object of objects) {
    offsets.push(out.length);
    out.push(...object);
  }
  const table = out.length;
  for (const offset of offsets) out.push(...big(offset, 4));
  out.push(0, 0, 0, 0, 0, 0, 4, 2, ...big(objects.length, 8), ...big(0, 8), ...big(table, 8));
  return new Uint8Array(out);
}

export const head = (kind: number, count: number): number[] => (count < 15 ? [(kind << 4) | count] : [(kind << 4) | 15, 0x12, ...big(count, 4)]);
export const reference = (at: number): number[] => big(at, 2);

function big(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256);
}

function double(value: number): number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return [...bytes];
}

function encode(value: BinaryValue, add: (one: BinaryValue) => number): number[] {
  if (typeof value === 'boolean') return [value ? 9 : 8];
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return [0x23, ...double(value)];
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, BigInt(value));
    return [0x13, ...bytes];
  }
  if (value instanceof Date) return [0x33, ...double((value.getTime() - 978_307_200_000) / 1000)];
  if (value instanceof Uint8Array) return [...head(4, value.length), ...value];
  if (typeof value === 'string') {
    const codes = Array.from({ length: value.length }, (_, i) => value.charCodeAt(i));
    return codes.every((c) => c < 128) ? [...head(5, codes.length), ...codes] : [...head(6, codes.length), ...codes.flatMap((c) => big(c, 2))];
  }
  if (Array.isArray(value)) return [...head(10, value.length), ...value.flatMap((one: BinaryValue) => reference(add(one)))];
  const entries = Object.entries(value);
  const keys = entries.flatMap(([key]) => reference(add(key)));
  return [...head(13, entries.length), ...keys, ...entries.flatMap(([, one]) => reference(add(one)))];
}
