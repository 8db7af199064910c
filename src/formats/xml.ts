/**
 * A policy as XML: the root is `<policy>`, a key is an element, a list holds `<item>` elements, nothing has attributes. Every leaf is
 * text: the reader of the policy converts it by the key's type.
 */
import { failed, ok } from '../model/index.ts';
import { type DocumentLimits, type DocumentOutcome, type DocumentProblem, emptyObject, excerpt, MAX_PROBLEMS } from './document.ts';
import type { XmlElement } from './xml-text.ts';
import { readXmlTree } from './xml-tree.ts';

/** A text to groups, lists and texts, or every problem. */
export function readXmlText(text: string, limits: DocumentLimits = {}): DocumentOutcome {
  const tree = readXmlTree(text, limits.maxDepth);
  if (!tree.ok) return tree;
  const reader = new Reader();
  const value = reader.root(tree.value);
  if (reader.problems.length > 0) return failed(reader.problems);
  return ok({ value, lineOf: (path) => reader.lines.get(JSON.stringify(path)) });
}

class Reader {
  readonly problems: DocumentProblem[] = [];
  readonly lines = new Map<string, number>();
  private readonly path: (string | number)[] = [];

  root(element: XmlElement): unknown {
    if (element.name !== 'policy') this.problem(element, `the root <${element.name}>`, '<policy>');
    const value = this.value(element);
    return value === '' ? emptyObject() : value;
  }

  private value(element: XmlElement): unknown {
    this.lines.set(JSON.stringify(this.path), element.line);
    if (element.attributes.size > 0) this.problem(element, `an attribute on <${element.name}>`, 'elements without attributes');
    if (element.children.length === 0) return element.text;
    if (element.text.trim() !== '') this.problem(element, `text ${excerpt(element.text.trim())} beside elements`, 'either text or elements');
    const items = element.children.filter((child) => child.name === 'item').length;
    if (items === element.children.length) return this.list(element);
    return this.group(element);
  }

  private list(element: XmlElement): unknown {
    return element.children.map((child, at) => this.member(child, at));
  }

  private group(element: XmlElement): unknown {
    const out = emptyObject();
    for (const child of element.children) {
      if (child.name in out) {
        this.path.push(child.name);
        this.problem(child, 'the same key twice', 'each key once (a list holds <item> elements)');
        this.path.pop();
      }
      out[child.name] = this.member(child, child.name);
      if (this.problems.length >= MAX_PROBLEMS) break;
    }
    return out;
  }

  private member(child: XmlElement, key: string | number): unknown {
    this.path.push(key);
    const value = this.value(child);
    this.path.pop();
    return value;
  }

  private problem(element: XmlElement, found: string, allowed: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ line: element.line, path: [...this.path], found, allowed });
  }
}
