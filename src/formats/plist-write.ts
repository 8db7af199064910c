/** Values to an XML property list: the same value gives the same bytes (keys sorted, tabs, one final newline). */
export type PlistValue =
  | string
  | number
  | boolean
  | Date
  | Uint8Array
  | readonly PlistValue[]
  | { readonly [key: string]: PlistValue };

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`;

/** Characters that XML cannot hold become U+FFFD. A number that is not finite, or beyond 2^53-1, is a bug and throws. */
export function writePlist(value: PlistValue): Uint8Array {
  return new TextEncoder().encode(`${HEAD}${element(value, '')}</plist>\n`);
}

function element(value: PlistValue, indent: string): string {
  if (typeof value === 'string') return `${indent}<string>${escaped(value)}</string>\n`;
  if (typeof value === 'boolean') return `${indent}<${value}/>\n`;
  if (typeof value === 'number') return `${indent}${numberElement(value)}\n`;
  if (value instanceof Date) return `${indent}<date>${value.toISOString().slice(0, 19)}Z</date>\n`;
  if (value instanceof Uint8Array) return `${indent}<data>${value.toBase64()}</data>\n`;
  if (isList(value)) {
    const members = value.map((member) => element(member, `${indent}\t`)).join('');
    return members === '' ? `${indent}<array/>\n` : `${indent}<array>\n${members}${indent}</array>\n`;
  }
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${indent}\t<key>${escaped(key)}</key>\n${element(member, `${indent}\t`)}`)
    .join('');
  return members === '' ? `${indent}<dict/>\n` : `${indent}<dict>\n${members}${indent}</dict>\n`;
}

/** Array.isArray does not narrow a readonly list. */
function isList(value: PlistValue): value is readonly PlistValue[] {
  return Array.isArray(value);
}

function numberElement(value: number): string {
  if (Number.isSafeInteger(value)) return `<integer>${value}</integer>`;
  if (!Number.isFinite(value) || Number.isInteger(value)) throw new RangeError(`no property list holds the number ${value}`);
  return `<real>${value}</real>`;
}

function escaped(text: string): string {
  return (
    text
      .toWellFormed()
      // XML 1.0, 2.2
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/\r/g, '&#13;')
  );
}
