/**
 * The one adapter of fast-xml-parser: a text becomes one tree of elements, or problems. That library takes unclosed tags, two roots
 * and unknown entities in silence, so we validate first, allow one root, know the five entities of XML 1.0 and character references
 * only, and refuse every declaration (`<!DOCTYPE`, `<!ENTITY`) but Apple's own line on a plist.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { failed, ok, type Outcome } from '../model/index.ts';
import { DEFAULT_MAX_DEPTH, type DocumentProblem, excerpt, libraryMessage, lineFinder, MAX_PROBLEMS } from './document.ts';

export type XmlElement = {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly line: number;
  readonly children: readonly XmlElement[];
  /** all text directly in the element, entities resolved, CDATA included */
  readonly text: string;
};

export type XmlRules = { readonly doctype: 'refuse' | 'apple'; readonly maxDepth?: number };

const APPLE_DOCTYPE = /<!DOCTYPE\s+plist\s+(?:PUBLIC\s+"-\/\/Apple(?: Computer)?\/\/DTD PLIST 1\.0\/\/EN"|SYSTEM)\s+"[^"<>[\]]*"\s*>/;
/** XML 1.0, 2.2: these characters may not appear at all. */
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const PROTOTYPE_TAG = /<(__proto__|constructor|prototype)[\s/>]/;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
/** Decoded already: the bytes decide, a declaration may only agree. */
const ENCODINGS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'utf-16', 'utf16']);
const METADATA = XMLParser.getMetaDataSymbol();

/** The root element, or every problem found before the text is no longer XML. */
export function readXmlTree(source: string, rules: XmlRules): Outcome<XmlElement, readonly DocumentProblem[]> {
  const text = blankDoctype(source.replace(/\r\n?/g, '\n'), rules);
  const lineAt = lineFinder(text);
  const early = beforeParsing(text, lineAt);
  if (early !== undefined) return failed([early]);
  const parsed = parse(text, rules.maxDepth ?? DEFAULT_MAX_DEPTH);
  if (!parsed.ok) return parsed;
  const problems: DocumentProblem[] = [];
  const walker: Walker = { lineAt, problems };
  const roots = parsed.value.flatMap((node) => elementOf(node, walker) ?? []);
  const [root, second] = roots;
  if (second !== undefined) problems.push({ line: second.line, path: [], found: `a second root <${second.name}>`, allowed: 'one root element' });
  if (problems.length > 0) return failed(problems);
  return root === undefined ? failed([{ path: [], found: 'no element', allowed: 'one root element' }]) : ok(root);
}

/** Apple's DOCTYPE names a DTD that nobody needs to read; blanks keep every offset. */
function blankDoctype(text: string, rules: XmlRules): string {
  return rules.doctype === 'apple' ? text.replace(APPLE_DOCTYPE, (line) => line.replace(/[^\n]/g, ' ')) : text;
}

function beforeParsing(text: string, lineAt: (offset: number) => number): DocumentProblem | undefined {
  const control = NOT_XML.exec(text);
  if (control !== null) {
    return { line: lineAt(control.index), path: [], found: `character ${excerpt(control[0])}`, allowed: 'characters that XML 1.0 has' };
  }
  const declaration = findDeclaration(text);
  if (declaration !== undefined) {
    const found = `a declaration ${/^<!\w*/.exec(text.slice(declaration, declaration + 20))?.[0] ?? ''}`;
    return { line: lineAt(declaration), path: [], found, allowed: 'elements only: no DOCTYPE, no ENTITY' };
  }
  const tag = PROTOTYPE_TAG.exec(text);
  if (tag !== null) return { line: lineAt(tag.index), path: [], found: `the element <${tag[1]}>`, allowed: 'a known element' };
  const encoding = /^<\?xml[^>]*?encoding=["']([^"']*)["']/.exec(text)?.[1];
  if (encoding !== undefined && !ENCODINGS.has(encoding.toLowerCase())) {
    return { line: 1, path: [], found: `encoding ${excerpt(encoding)}`, allowed: 'UTF-8 or UTF-16' };
  }
  return undefined;
}

/** Where the first `<!` is that begins neither a comment nor CDATA (or one that does not end). In one pass, whatever the text. */
function findDeclaration(text: string): number | undefined {
  for (let at = text.indexOf('<!'); at !== -1; ) {
    const close = text.startsWith('<!--', at) ? '-->' : text.startsWith('<![CDATA[', at) ? ']]>' : undefined;
    const end = close === undefined ? -1 : text.indexOf(close, at + 4);
    if (close === undefined || end === -1) return at;
    at = text.indexOf('<!', end + close.length);
  }
  return undefined;
}

function parse(text: string, maxNestedTags: number): Outcome<readonly unknown[], readonly DocumentProblem[]> {
  try {
    const valid = XMLValidator.validate(text);
    if (valid !== true) {
      return failed([{ line: valid.err.line, path: [], found: `no well-formed XML (${libraryMessage(valid.err.msg)})`, allowed: 'well-formed XML' }]);
    }
    const nodes: unknown = new XMLParser({
      preserveOrder: true,
      captureMetaData: true,
      processEntities: false,
      parseTagValue: false,
      parseAttributeValue: false,
      trimValues: false,
      ignoreAttributes: false,
      attributeNamePrefix: '',
      cdataPropName: '#cdata',
      maxNestedTags,
    }).parse(text);
    return ok(Array.isArray(nodes) ? nodes : []);
  } catch (error) {
    return failed([{ path: [], found: `no well-formed XML (${libraryMessage(error)})`, allowed: 'well-formed XML' }]);
  }
}

type Walker = { readonly lineAt: (offset: number) => number; readonly problems: DocumentProblem[] };

/** An element of the library's ordered form: `{name: [children], ':@': {attributes}, [METADATA]: {startIndex}}`. */
function elementOf(node: unknown, walker: Walker): XmlElement | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  const entry = Object.entries(node).find(([key]) => key !== ':@');
  if (entry === undefined || entry[0].startsWith('#')) return undefined;
  const [name, members] = entry;
  const line = walker.lineAt(startOf(node));
  if (name === '?xml') return undefined;
  if (name.startsWith('?')) {
    problem(walker, line, `a processing instruction <${name}>`, 'elements only');
    return undefined;
  }
  const children: XmlElement[] = [];
  let text = '';
  for (const member of Array.isArray(members) ? members : []) {
    const child = elementOf(member, walker);
    if (child === undefined) text += textOf(member, line, walker);
    else children.push(child);
  }
  return { name, attributes: attributesOf(node, line, walker), line, children, text };
}

function startOf(node: object): number {
  const symbol = Object.getOwnPropertySymbols(node).find((one) => one === METADATA);
  const metadata: unknown = symbol === undefined ? undefined : Reflect.get(node, symbol);
  return typeof metadata === 'object' && metadata !== null && 'startIndex' in metadata && typeof metadata.startIndex === 'number'
    ? metadata.startIndex
    : 0;
}

function attributesOf(node: object, line: number, walker: Walker): ReadonlyMap<string, string> {
  const attributes: unknown = Reflect.get(node, ':@');
  const entries = typeof attributes === 'object' && attributes !== null ? Object.entries(attributes) : [];
  return new Map(entries.map(([key, value]) => [key, resolve(String(value), line, walker)]));
}

function textOf(node: unknown, line: number, walker: Walker): string {
  if (typeof node !== 'object' || node === null) return '';
  if ('#text' in node) return resolve(String(node['#text']), line, walker);
  if ('#cdata' in node && Array.isArray(node['#cdata'])) {
    return node['#cdata'].map((part: unknown) => (typeof part === 'object' && part !== null && '#text' in part ? String(part['#text']) : '')).join('');
  }
  return '';
}

function resolve(raw: string, line: number, walker: Walker): string {
  if (raw.includes(']]>')) problem(walker, line, 'the text "]]>"', 'text with > written as &gt;');
  return raw.replace(/&([^;&\s]*);?/g, (whole, name: string) => {
    const known = whole.endsWith(';') ? entity(name) : undefined;
    if (known === undefined) problem(walker, line, `the entity ${excerpt(whole)}`, '&lt; &gt; &amp; &quot; &apos; or a character reference');
    return known ?? '';
  });
}

function entity(name: string): string | undefined {
  if (Object.hasOwn(ENTITIES, name)) return ENTITIES[name];
  const match = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
  if (match === null) return undefined;
  const code = match[1] === undefined ? Number(match[2]) : parseInt(match[1], 16);
  if (code > 0x10ffff) return undefined;
  const character = String.fromCodePoint(code);
  return NOT_XML.test(character) || !character.isWellFormed() ? undefined : character;
}

function problem(walker: Walker, line: number, found: string, allowed: string): void {
  if (walker.problems.length < MAX_PROBLEMS) walker.problems.push({ line, path: [], found, allowed });
}
