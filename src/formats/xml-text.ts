/** What every reader of XML here shares: the tree, what may not be in a text, and what an entity stands for. */
import { type DocumentProblem, excerpt, MAX_PROBLEMS } from './document.ts';

/** An element, and all that is in it. */
export type XmlElement = {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly line: number;
  readonly children: readonly XmlElement[];
  /** all text directly in the element, entities resolved, CDATA included */
  readonly text: string;
};

/** XML 1.0, 2.2: these characters may not appear at all. */
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const PROTOTYPE_TAG = /<(__proto__|constructor|prototype)[\s/>]/;
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
/** Decoded already: the bytes decide, a declaration may only agree. */
const ENCODINGS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'utf-16', 'utf16']);

/** What no document of ours may have, wherever it stands: looked for before anything is parsed. */
export function beforeParsing(text: string, lineAt: (offset: number) => number): DocumentProblem | undefined {
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

/** Where lines are found and problems go while a tree is made. */
export type Walker = { readonly lineAt: (offset: number) => number; readonly problems: DocumentProblem[] };

/** A text with its entities resolved; one that XML 1.0 does not have is a problem. */
export function resolve(raw: string, line: number, walker: Walker): string {
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

/** Adds a problem while there are not too many. */
export function problem(walker: Walker, line: number, found: string, allowed: string): void {
  if (walker.problems.length < MAX_PROBLEMS) walker.problems.push({ line, path: [], found, allowed });
}
