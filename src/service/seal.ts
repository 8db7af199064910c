import { sha256Of } from '../model/index.ts';

/** A file of the service: where it lies below the root, and its text. */
export type ServiceText = {
  readonly path: string;
  readonly text: string;
  /** how it notes who wrote it */
  readonly comment: 'hash' | 'xml';
  readonly encoding: 'utf-8' | 'utf-16';
};

const SEAL = /^(?:# |<!-- )sha256=([0-9a-f]{64}) written by glued service install(?: -->)?\n$/;
const BOM = '\ufeff';

/** The bytes of a file: its text, and a last line by which we know our own unchanged work again. */
export function sealed({ text, comment, encoding }: ServiceText): Uint8Array {
  const seal = `sha256=${sha256Of(text)} written by glued service install`;
  const whole = `${text}${comment === 'hash' ? `# ${seal}\n` : `<!-- ${seal} -->\n`}`;
  return encoding === 'utf-8' ? new TextEncoder().encode(whole) : Buffer.from(`${BOM}${whole}`, 'utf16le');
}

/** Did we write these bytes, and has nobody changed them since? */
export function isOurs(bytes: Uint8Array): boolean {
  const whole = decoded(bytes);
  const at = whole.lastIndexOf('\n', whole.length - 2) + 1;
  const found = SEAL.exec(whole.slice(at))?.[1];
  return found !== undefined && found === sha256Of(whole.slice(0, at));
}

function decoded(bytes: Uint8Array): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return isUtf16 ? Buffer.from(bytes.subarray(2)).toString('utf16le') : new TextDecoder().decode(bytes);
}
