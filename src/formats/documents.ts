/**
 * One door for policy documents: JSON, YAML, XML and property lists, by extension or, without a known one, by the first bytes; UTF-8
 * with or without a byte order mark, UTF-16 with one. Each reader is loaded when first needed: start-up is most of a no-op's cost.
 */
import { failed, type Outcome, ok } from '../model/index.ts';
import { type DocumentLimits, type DocumentProblem, type ReadDocument, tooLarge } from './document.ts';
import { readJsonText } from './json.ts';

export const DOCUMENT_FORMATS = ['json', 'yaml', 'xml', 'plist'] as const;
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];

/** strict: values have their types. text: every leaf is text. plist: typed, but MDMs write 0 and 1 for false and true. */
export type Typed = 'strict' | 'text' | 'plist';
/** `lines`: whether lineOf knows any (a binary property list has none); asking lineOf itself reads the text once more. */
export type PolicyDocument = ReadDocument & { readonly format: DocumentFormat; readonly typed: Typed; readonly lines: 'known' | 'none' };

const TYPED: Readonly<Record<DocumentFormat, Typed>> = { json: 'strict', yaml: 'strict', xml: 'text', plist: 'plist' };
const EXTENSIONS: readonly (readonly [string, DocumentFormat])[] = [
  ['.json', 'json'],
  ['.yaml', 'yaml'],
  ['.yml', 'yaml'],
  ['.xml', 'xml'],
  ['.plist', 'plist'],
];

/** The format that a file's name promises, or undefined. */
export function formatByName(name: string): DocumentFormat | undefined {
  return EXTENSIONS.find(([extension]) => name.toLowerCase().endsWith(extension))?.[1];
}

/** Bytes of a file of this name to a document, or every problem. */
export async function readDocument(
  bytes: Uint8Array,
  name: string,
  limits: DocumentLimits = {},
): Promise<Outcome<PolicyDocument, readonly DocumentProblem[]>> {
  const large = tooLarge(bytes, limits);
  if (large !== undefined) return failed([large]);
  const named = formatByName(name);
  const binary = await binaryPlist(bytes);
  if (binary !== undefined && (named === undefined || named === 'plist')) {
    const read = binary.readBinaryPlist(bytes, limits);
    return read.ok ? ok({ value: read.value.value, lineOf: read.value.lineOf, format: 'plist', typed: 'plist', lines: 'none' }) : read;
  }
  const text = decode(bytes);
  if (!text.ok) return text;
  const format = named ?? sniff(text.value);
  const read = await readText(text.value, format, limits);
  if (!read.ok) return read;
  return ok({ value: read.value.value, lineOf: (path) => read.value.lineOf(path), format, typed: TYPED[format], lines: 'known' });
}

async function binaryPlist(bytes: Uint8Array): Promise<typeof import('./bplist.ts') | undefined> {
  // 'bp', so that no other file loads the reader
  return bytes[0] === 0x62 && bytes[1] === 0x70 ? await import('./bplist.ts').then((m) => (m.isBinaryPlist(bytes) ? m : undefined)) : undefined;
}

/** By byte order mark; without one UTF-8. */
function decode(bytes: Uint8Array): Outcome<string, readonly DocumentProblem[]> {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
  try {
    return ok(new TextDecoder(utf16 ?? 'utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    const found = `bytes that are not ${utf16 === undefined ? 'UTF-8' : 'UTF-16'}`;
    return failed([{ path: [], found, allowed: 'UTF-8, or UTF-16 with a byte order mark' }]);
  }
}

function sniff(text: string): DocumentFormat {
  const start = text.trimStart();
  if (start.startsWith('{') || start.startsWith('[')) return 'json';
  if (!start.startsWith('<')) return 'yaml';
  return /<plist[\s>]/.test(start) ? 'plist' : 'xml';
}

async function readText(text: string, format: DocumentFormat, limits: DocumentLimits): Promise<Outcome<ReadDocument, readonly DocumentProblem[]>> {
  switch (format) {
    case 'json':
      return readJsonText(text, limits);
    case 'yaml':
      return (await import('./yaml.ts')).readYamlText(text, limits);
    case 'xml':
      return (await import('./xml.ts')).readXmlText(text, limits);
    case 'plist':
      return (await import('./plist.ts')).readPlistText(text, limits);
  }
}
