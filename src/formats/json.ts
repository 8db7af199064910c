/**
 * JSON as RFC 8259 has it, read strictly: duplicate keys, prototype keys, integers beyond 2^53-1, lone surrogates, bad UTF-8,
 * a byte order mark, too many bytes and too much depth are problems. JSON.parse takes the last of two keys and rounds in silence,
 * so what it gives is believed only after quickJson found nothing odd; otherwise the careful Reader says what is wrong, and where.
 */
import { failed, ok } from '../model/index.ts';
import {
  DEFAULT_MAX_DEPTH,
  type DocumentLimits,
  type DocumentOutcome,
  type DocumentProblem,
  emptyObject,
  excerpt,
  isPrototypeKey,
  lineFinder,
  MAX_PROBLEMS,
  NOT_UTF8,
  PROTOTYPE_KEY_ALLOWED,
  tooLarge,
  utf8,
} from './document.ts';
import { quickJson } from './json-quick.ts';

export type { DocumentLimits, DocumentOutcome, DocumentPath, DocumentProblem, ReadDocument } from './document.ts';

/** Bytes to a value, or every problem. Lines are found by a second reading, only when one is asked for. */
export function readJson(bytes: Uint8Array, limits: DocumentLimits = {}): DocumentOutcome {
  const large = tooLarge(bytes, limits);
  if (large !== undefined) return failed([large]);
  const text = utf8(bytes);
  return text === undefined ? failed([NOT_UTF8]) : readJsonText(text, limits);
}

/** The same for a text that was decoded already (a policy file may have a byte order mark, or be UTF-16). */
export function readJsonText(text: string, limits: DocumentLimits = {}): DocumentOutcome {
  const maxDepth = limits.maxDepth ?? DEFAULT_MAX_DEPTH;
  const lineAt = lineFinder(text);
  let value = quickJson(text, maxDepth);
  if (value === undefined) {
    const reader = new Reader(text, maxDepth, lineAt);
    value = reader.document();
    if (reader.problems.length > 0) return failed(reader.problems);
  }
  let offsets: Map<string, number> | undefined;
  return ok({
    value,
    lineOf(path) {
      if (offsets === undefined) {
        offsets = new Map();
        new Reader(text, maxDepth, lineAt, offsets).document();
      }
      const offset = offsets.get(JSON.stringify(path));
      return offset === undefined ? undefined : lineAt(offset);
    },
  });
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** A recursive descent. A method returns undefined once the syntax is broken (no JSON value is undefined): then all return. */
class Reader {
  readonly problems: DocumentProblem[] = [];
  private readonly text: string;
  private readonly maxDepth: number;
  private readonly lineAt: (offset: number) => number;
  private readonly offsets: Map<string, number> | undefined;
  private readonly path: (string | number)[] = [];
  private at = 0;

  constructor(text: string, maxDepth: number, lineAt: (offset: number) => number, offsets?: Map<string, number>) {
    this.text = text;
    this.maxDepth = maxDepth;
    this.lineAt = lineAt;
    this.offsets = offsets;
  }

  document(): unknown {
    this.space();
    const value = this.value();
    if (value === undefined) return undefined;
    this.space();
    return this.at < this.text.length ? this.broken('the end of the document') : value;
  }

  private value(): unknown {
    this.offsets?.set(JSON.stringify(this.path), this.at);
    switch (this.text[this.at]) {
      case '{':
        return this.tooDeep() ? undefined : this.object();
      case '[':
        return this.tooDeep() ? undefined : this.list();
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  private object(): unknown {
    const out = emptyObject();
    this.at++;
    this.space();
    if (this.take('}')) return out;
    for (;;) {
      const keyAt = this.at;
      const key = this.text.charCodeAt(keyAt) === QUOTE ? this.string() : this.broken('a key in double quotes');
      if (key === undefined) return undefined;
      this.path.push(key);
      if (isPrototypeKey(key)) this.problem(keyAt, `the key ${key}`, PROTOTYPE_KEY_ALLOWED);
      else if (key in out) this.problem(keyAt, 'the same key twice', 'each key once');
      this.space();
      if (!this.take(':')) return this.broken('":" after a key');
      this.space();
      const value = this.value();
      if (value === undefined) return undefined;
      this.offsets?.set(JSON.stringify(this.path), keyAt);
      this.path.pop();
      if (!isPrototypeKey(key)) out[key] = value;
      const more = this.more('}', '"," or "}"');
      if (more === 'broken') return undefined;
      if (more === 'end') return out;
    }
  }

  private list(): unknown {
    const out: unknown[] = [];
    this.at++;
    this.space();
    if (this.take(']')) return out;
    for (;;) {
      this.path.push(out.length);
      const value = this.value();
      if (value === undefined) return undefined;
      this.path.pop();
      out.push(value);
      const more = this.more(']', '"," or "]"');
      if (more === 'broken') return undefined;
      if (more === 'end') return out;
    }
  }

  /** After a member: a comma and the next one, or the end. */
  private more(end: string, allowed: string): 'more' | 'end' | 'broken' {
    this.space();
    if (this.text.charCodeAt(this.at) === COMMA) {
      this.at++;
      this.space();
      return this.problems.length < MAX_PROBLEMS ? 'more' : 'broken';
    }
    if (this.take(end)) {
      if (this.problems.length < MAX_PROBLEMS) return 'end';
      return 'broken';
    }
    this.broken(allowed);
    return 'broken';
  }

  private string(): string | undefined {
    const start = ++this.at;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) return this.text.slice(start, this.at++);
      if (code === BACKSLASH) return this.escapedString(start);
      // NaN at the end of the text is not >= 0x20 either
      if (!(code >= 0x20)) return this.broken('text that ends with a double quote and has no control character');
      this.at++;
    }
  }

  private escapedString(start: number): string | undefined {
    let out = this.text.slice(start, this.at);
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === QUOTE) {
        this.at++;
        return out.isWellFormed() ? out : this.broken('text without half a surrogate pair');
      }
      if (code === BACKSLASH) {
        const one = this.escape();
        if (one === undefined) return undefined;
        out += one;
      } else if (code >= 0x20) {
        out += this.text[this.at++];
      } else {
        return this.broken('text that ends with a double quote and has no control character');
      }
    }
  }

  private escape(): string | undefined {
    const letter = this.text[this.at + 1] ?? '';
    if (letter === 'u') {
      const hex = this.text.slice(this.at + 2, this.at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) return this.broken('four hex digits after \\u');
      this.at += 6;
      return String.fromCharCode(parseInt(hex, 16));
    }
    const one = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
    if (one === undefined) return this.broken('an escape that JSON has');
    this.at += 2;
    return one;
  }

  private word(word: string, value: unknown): unknown {
    if (!this.text.startsWith(word, this.at)) return this.broken('a JSON value');
    this.at += word.length;
    return value;
  }

  private number(): number | undefined {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text)?.[0];
    if (match === undefined) return this.broken('a JSON value');
    const value = Number(match);
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
      this.problem(this.at, `number ${match.slice(0, 40)}`, 'a whole number between -(2^53-1) and 2^53-1');
    }
    this.at += match.length;
    return value;
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private tooDeep(): boolean {
    if (this.path.length < this.maxDepth) return false;
    this.problem(this.at, 'a deeper level', `at most ${this.maxDepth} levels`);
    return true;
  }

  private broken(allowed: string): undefined {
    const rest = this.text.slice(this.at, this.at + 12);
    this.problem(this.at, rest === '' ? 'the end of the document' : `text ${excerpt(rest)}`, allowed);
    return undefined;
  }

  private problem(offset: number, found: string, allowed: string): void {
    this.problems.push({ line: this.lineAt(offset), path: [...this.path], found, allowed });
  }
}
