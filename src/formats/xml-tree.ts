/**
 * The one adapter of fast-xml-parser: a text becomes one tree of elements, or problems. That library takes unclosed tags, two roots
 * and unknown entities in silence, so we validate first, allow one root, know the five entities of XML 1.0 and character references
 * only, and refuse every declaration (`<!DOCTYPE`, `<!ENTITY`). Property lists have a reader of their own: plist-tree.ts.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { failed, ok, type Outcome } from '../model/index.ts';
import { DEFAULT_MAX_DEPTH, type DocumentProblem, libraryMessage, lineFinder } from './document.ts';
import { beforeParsing, problem, resolve, type Walker, type XmlElement } from './xml-text.ts';

const METADATA = XMLParser.getMetaDataSymbol();

/** The root element, or every problem found before the text is no longer XML. */
export function readXmlTree(source: string, maxDepth = DEFAULT_MAX_DEPTH): Outcome<XmlElement, readonly DocumentProblem[]> {
  const text = source.replace(/\r\n?/g, '\n');
  const lineAt = lineFinder(text);
  const early = beforeParsing(text, lineAt);
  if (early !== undefined) return failed([early]);
  const parsed = parse(text, maxDepth);
  if (!parsed.ok) return parsed;
  const problems: DocumentProblem[] = [];
  const walker: Walker = { lineAt, problems };
  const roots = parsed.value.flatMap((node) => elementOf(node, walker) ?? []);
  const [root, second] = roots;
  if (second !== undefined) problems.push({ line: second.line, path: [], found: `a second root <${second.name}>`, allowed: 'one root element' });
  if (problems.length > 0) return failed(problems);
  return root === undefined ? failed([{ path: [], found: 'no element', allowed: 'one root element' }]) : ok(root);
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
