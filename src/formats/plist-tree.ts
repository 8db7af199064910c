/**
 * The tree of a property list's XML, which knows no more of XML than property lists have: elements, text, CDATA, comments, and Apple's
 * own DOCTYPE. Every registration is read at every run: a parser of all XML costs more to load than these take to be read.
 */
import { failed, ok, type Outcome } from '../model/index.ts';
import { DEFAULT_MAX_DEPTH, type DocumentProblem, lineFinder } from './document.ts';
import { beforeParsing, problem, resolve, type Walker, type XmlElement } from './xml-text.ts';

const APPLE_DOCTYPE = /<!DOCTYPE\s+plist\s+(?:PUBLIC\s+"-\/\/Apple(?: Computer)?\/\/DTD PLIST 1\.0\/\/EN"|SYSTEM)\s+"[^"<>[\]]*"\s*>/;
/** Blanks (a byte order mark is one), and the XML declaration: only at the start. */
const PROLOG = /^\s*(?:<\?xml\s[^<>]*?\?>)?/;
/** 1: a closing tag's slash, 2: the name, 3: attributes, 4: an empty element's slash. */
const TAG = /<(\/?)([A-Za-z_][\w:.-]*)((?:\s+[A-Za-z_][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const ATTRIBUTE = /([A-Za-z_][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

type Growing = Omit<XmlElement, 'children' | 'text'> & { readonly children: XmlElement[]; text: string };

/** The root element, or every problem found before the text is no longer XML. */
export function readPlistTree(source: string, maxDepth = DEFAULT_MAX_DEPTH): Outcome<XmlElement, readonly DocumentProblem[]> {
  // that DOCTYPE names a DTD that nobody needs to read; blanks keep every offset
  const text = source.replace(/\r\n?/g, '\n').replace(APPLE_DOCTYPE, (line) => line.replace(/[^\n]/g, ' '));
  const lineAt = lineFinder(text);
  const early = beforeParsing(text, lineAt);
  if (early !== undefined) return failed([early]);
  const reader = new TreeReader(text, { lineAt, problems: [] }, maxDepth);
  const root = reader.document();
  return root === undefined || reader.walker.problems.length > 0 ? failed(reader.walker.problems) : ok(root);
}

/** Reads on until the end, or until the text is no XML: a method that returns undefined has told why. */
class TreeReader {
  readonly walker: Walker;
  private readonly text: string;
  private readonly maxDepth: number;
  private readonly open: Growing[] = [];
  private root: XmlElement | undefined;
  private at: number;

  constructor(text: string, walker: Walker, maxDepth: number) {
    this.text = text;
    this.walker = walker;
    this.maxDepth = maxDepth;
    this.at = PROLOG.exec(text)?.[0].length ?? 0;
  }

  document(): XmlElement | undefined {
    while (this.at < this.text.length) {
      if (this.step() === 'broken') return undefined;
    }
    const unclosed = this.open.at(-1);
    if (unclosed !== undefined) this.broken(`<${unclosed.name}> is not closed`, unclosed.line);
    else if (this.root === undefined) this.broken('no element');
    return this.root;
  }

  private step(): 'read' | 'broken' {
    if (this.text[this.at] !== '<') return this.characters();
    if (this.text.startsWith('<!--', this.at)) return this.until('<!--', '-->', () => 'read');
    if (this.text.startsWith('<![CDATA[', this.at)) return this.until('<![CDATA[', ']]>', (raw) => this.add(raw));
    if (this.text.startsWith('<?', this.at)) return this.instruction();
    TAG.lastIndex = this.at;
    const tag = TAG.exec(this.text);
    if (tag === null) return this.broken('no tag begins with this <');
    const [whole, closing, name = '', attributes = '', empty] = tag;
    const line = this.walker.lineAt(this.at);
    this.at += whole.length;
    if (closing === '/') return attributes === '' && empty === '' ? this.close(name, line) : this.broken(`more than a name in </${name}>`, line);
    const begun = this.begin(name, attributes, line);
    return begun === 'read' && empty === '/' ? this.close(name, line) : begun;
  }

  private characters(): 'read' | 'broken' {
    const next = this.text.indexOf('<', this.at);
    const raw = this.text.slice(this.at, next === -1 ? undefined : next);
    this.at += raw.length;
    const inside = this.open.at(-1);
    return this.add(inside === undefined ? raw : resolve(raw, inside.line, this.walker));
  }

  /** beforeParsing has found that each of these ends. */
  private until(start: string, end: string, use: (raw: string) => 'read' | 'broken'): 'read' | 'broken' {
    const from = this.at + start.length;
    const to = this.text.indexOf(end, from);
    this.at = to + end.length;
    return use(this.text.slice(from, to));
  }

  private instruction(): 'broken' {
    const name = /^\?[\w:.-]*/.exec(this.text.slice(this.at + 1, this.at + 40))?.[0] ?? '?';
    problem(this.walker, this.walker.lineAt(this.at), `a processing instruction <${name}>`, 'elements only');
    return 'broken';
  }

  private add(text: string): 'read' | 'broken' {
    const inside = this.open.at(-1);
    if (inside !== undefined) inside.text += text;
    else if (text.trim() !== '') return this.broken('text outside the root element');
    return 'read';
  }

  private begin(name: string, attributes: string, line: number): 'read' | 'broken' {
    const element: Growing = { name, attributes: this.attributes(attributes, line), line, children: [], text: '' };
    const inside = this.open.at(-1);
    if (inside !== undefined) inside.children.push(element);
    else if (this.root === undefined) this.root = element;
    else {
      problem(this.walker, line, `a second root <${name}>`, 'one root element');
      return 'broken';
    }
    this.open.push(element);
    return this.open.length > this.maxDepth ? this.broken(`more than ${this.maxDepth} elements in each other`, line) : 'read';
  }

  private attributes(written: string, line: number): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [, name = '', double, single] of written.matchAll(ATTRIBUTE)) {
      if (found.has(name)) this.broken(`the attribute ${name} twice`, line);
      found.set(name, resolve(double ?? single ?? '', line, this.walker));
    }
    return found;
  }

  private close(name: string, line: number): 'read' | 'broken' {
    const element = this.open.pop();
    return element?.name === name ? 'read' : this.broken(`</${name}> closes ${element === undefined ? 'nothing' : `<${element.name}>`}`, line);
  }

  private broken(why: string, line = this.walker.lineAt(this.at)): 'broken' {
    problem(this.walker, line, `no well-formed XML (${why})`, 'well-formed XML');
    return 'broken';
  }
}
