/**
 * Apple property lists in XML, strictly: unique keys, whole numbers within 2^53-1, real dates, every key with a value, nothing between
 * the elements. Binary ones are bplist.ts. Dates become Date, data becomes Uint8Array.
 */
import { failed, ok } from '../model/index.ts';
import {
  type DocumentLimits,
  type DocumentOutcome,
  type DocumentProblem,
  emptyObject,
  excerpt,
  isPrototypeKey,
  MAX_PROBLEMS,
  NOT_UTF8,
  PROTOTYPE_KEY_ALLOWED,
  tooLarge,
  utf8,
} from './document.ts';
import { readPlistTree } from './plist-tree.ts';
import type { XmlElement } from './xml-text.ts';

export type { PlistValue } from './plist-write.ts';
export { writePlist } from './plist-write.ts';

/** The value of `<plist>`'s one child, or every problem. */
export function readPlist(bytes: Uint8Array, limits: DocumentLimits = {}): DocumentOutcome {
  const large = tooLarge(bytes, limits);
  if (large !== undefined) return failed([large]);
  const text = utf8(bytes);
  return text === undefined ? failed([NOT_UTF8]) : readPlistText(text, limits);
}

/** The same for a text that was decoded already. */
export function readPlistText(text: string, limits: DocumentLimits = {}): DocumentOutcome {
  const tree = readPlistTree(text, limits.maxDepth);
  if (!tree.ok) return tree;
  const reader = new PlistReader();
  const value = reader.root(tree.value);
  if (reader.problems.length > 0) return failed(reader.problems);
  return ok({ value, lineOf: (path) => reader.lines.get(JSON.stringify(path)) });
}

const WHOLE = /^[+-]?\d{1,19}$/;
const REAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

class PlistReader {
  readonly problems: DocumentProblem[] = [];
  readonly lines = new Map<string, number>();
  private readonly path: (string | number)[] = [];

  root(element: XmlElement): unknown {
    const version = element.attributes.get('version') ?? '1.0';
    if (element.name !== 'plist') return this.problem(element, `the root <${element.name}>`, '<plist version="1.0">');
    if (version !== '1.0') return this.problem(element, `plist version ${excerpt(version)}`, 'version 1.0');
    if (element.attributes.size > 1 || (element.attributes.size === 1 && !element.attributes.has('version'))) {
      return this.problem(element, 'an attribute other than version', '<plist version="1.0">');
    }
    this.onlyElements(element);
    const [only, second] = element.children;
    if (only === undefined) return this.problem(element, 'nothing in <plist>', 'one value');
    if (second !== undefined) return this.problem(second, 'a second value in <plist>', 'one value');
    return this.value(only);
  }

  private value(element: XmlElement): unknown {
    if (!this.lines.has(JSON.stringify(this.path))) this.lines.set(JSON.stringify(this.path), element.line);
    if (element.attributes.size > 0) this.problem(element, `an attribute on <${element.name}>`, 'no attribute');
    switch (element.name) {
      case 'dict':
        return this.dict(element);
      case 'array':
        return this.array(element);
      default:
        if (element.children.length > 0) return this.problem(element, `an element in <${element.name}>`, 'text only');
        return this.scalar(element);
    }
  }

  private dict(element: XmlElement): unknown {
    const out = emptyObject();
    this.onlyElements(element);
    for (let at = 0; at < element.children.length && this.problems.length < MAX_PROBLEMS; at += 2) {
      const key = element.children[at];
      const member = element.children[at + 1];
      if (key === undefined) break;
      if (key.name !== 'key') return this.problem(key, `<${key.name}> where a key belongs`, '<key>');
      this.path.push(key.text);
      this.keyProblems(key, out);
      if (member === undefined || member.name === 'key') return this.problem(key, 'a key without a value', 'a value after each key');
      this.lines.set(JSON.stringify(this.path), key.line);
      const value = this.value(member);
      if (!isPrototypeKey(key.text)) out[key.text] = value;
      this.path.pop();
    }
    return out;
  }

  private keyProblems(key: XmlElement, out: Readonly<Record<string, unknown>>): void {
    if (key.attributes.size > 0 || key.children.length > 0) this.problem(key, 'more than text in <key>', 'text only');
    if (isPrototypeKey(key.text)) this.problem(key, `the key ${key.text}`, PROTOTYPE_KEY_ALLOWED);
    else if (key.text in out) this.problem(key, 'the same key twice', 'each key once');
  }

  private array(element: XmlElement): unknown {
    this.onlyElements(element);
    return element.children.map((child, at) => {
      this.path.push(at);
      const value = this.value(child);
      this.path.pop();
      return value;
    });
  }

  private scalar(element: XmlElement): unknown {
    const { text } = element;
    switch (element.name) {
      case 'string':
        return text;
      case 'true':
      case 'false':
        return text === '' ? element.name === 'true' : this.problem(element, `text in <${element.name}>`, `<${element.name}/>`);
      case 'integer': {
        const value = WHOLE.test(text) ? Number(text) : NaN;
        return Number.isSafeInteger(value) ? value : this.problem(element, `integer ${excerpt(text)}`, 'decimal digits, up to 2^53-1');
      }
      case 'real': {
        const value = REAL.test(text) ? Number(text) : NaN;
        return Number.isFinite(value) ? value : this.problem(element, `real ${excerpt(text)}`, 'a finite number');
      }
      case 'date': {
        const value = new Date(DATE.test(text) ? text : NaN);
        const real = !Number.isNaN(value.getTime()) && value.toISOString().startsWith(text.slice(0, -1));
        return real ? value : this.problem(element, `date ${excerpt(text)}`, 'a date like 2026-11-25T06:00:00Z');
      }
      case 'data': {
        const packed = text.replace(/[\t\n\r ]/g, '');
        return BASE64.test(packed) ? Uint8Array.fromBase64(packed) : this.problem(element, 'data that is not base64', 'base64');
      }
      default:
        return this.problem(element, `<${element.name}>`, 'dict, array, string, integer, real, true, false, date or data');
    }
  }

  private onlyElements(element: XmlElement): void {
    if (element.text.trim() !== '') this.problem(element, `text ${excerpt(element.text.trim())} in <${element.name}>`, 'elements only');
  }

  private problem(element: XmlElement, found: string, allowed: string): undefined {
    this.problems.push({ line: element.line, path: [...this.path], found, allowed });
    return undefined;
  }
}
