/**
 * YAML 1.2, core schema, as the one adapter of the yaml library: `no`, `010`, `1.10` and dates mean what 1.2 says. Duplicate keys,
 * tags, %YAML 1.1, merge keys that merge, several documents, and aliases beyond MAX_ALIASES are problems.
 */
import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Pair, parseDocument } from 'yaml';
import { failed, ok } from '../model/index.ts';
import {
  DEFAULT_MAX_DEPTH,
  type DocumentLimits,
  type DocumentOutcome,
  type DocumentProblem,
  emptyObject,
  excerpt,
  isPrototypeKey,
  libraryMessage,
  lineFinder,
  MAX_PROBLEMS,
  PROTOTYPE_KEY_ALLOWED,
} from './document.ts';

/** Aliases followed: ten levels of ten would be ten thousand million. Each look-up walks the document, so there are few. */
const MAX_ALIASES = 100;
const MAX_NODES = 20_000;

/** A text to a value, or every problem. */
export function readYamlText(text: string, limits: DocumentLimits = {}): DocumentOutcome {
  try {
    const document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      strict: true,
      // ours below knows paths, and is not quadratic
      uniqueKeys: false,
      merge: false,
      prettyErrors: false,
      // 'silent' would take the first of several documents without a word
      logLevel: 'error',
    });
    const reader = new Reader(text, document, limits.maxDepth ?? DEFAULT_MAX_DEPTH);
    const value = reader.document();
    if (reader.problems.length > 0) return failed(reader.problems);
    return ok({ value, lineOf: (path) => reader.lines.get(JSON.stringify(path)) });
  } catch (error) {
    return failed([{ path: [], found: `no YAML (${libraryMessage(error)})`, allowed: 'YAML 1.2' }]);
  }
}

class Reader {
  readonly problems: DocumentProblem[] = [];
  readonly lines = new Map<string, number>();
  private readonly lineAt: (offset: number) => number;
  private readonly source: Document;
  private readonly maxDepth: number;
  private readonly path: (string | number)[] = [];
  private nodes = 0;
  private aliases = 0;

  constructor(text: string, source: Document, maxDepth: number) {
    this.lineAt = lineFinder(text);
    this.source = source;
    this.maxDepth = maxDepth;
  }

  document(): unknown {
    for (const error of [...this.source.errors, ...this.source.warnings].slice(0, MAX_PROBLEMS)) {
      const line = this.lineAt(error.pos[0]);
      this.problems.push({ line, path: [], found: `no plain YAML (${libraryMessage(error)})`, allowed: 'one document of YAML 1.2' });
    }
    const yaml = this.source.directives?.yaml;
    if (yaml?.explicit === true && yaml.version !== '1.2') this.problem(0, `%YAML ${yaml.version}`, '%YAML 1.2, or no directive');
    return this.problems.length > 0 ? undefined : this.value(this.source.contents, 0);
  }

  private value(node: unknown, offset: number): unknown {
    if (++this.nodes > MAX_NODES) {
      if (this.nodes === MAX_NODES + 1) this.problem(offset, 'values without end', `at most ${MAX_NODES} values`);
      return undefined;
    }
    if (this.path.length > this.maxDepth) return this.problem(offset, 'a deeper level', `at most ${this.maxDepth} levels`);
    if (node === null || node === undefined) return null;
    if (isAlias(node)) return this.alias(node, offset);
    if (isScalar(node)) {
      const at = node.range?.[0] ?? offset;
      this.note(at);
      this.refuseTag(node.tag, at);
      return this.scalar(node.value, node.source, at);
    }
    if (isSeq(node)) {
      this.note(node.range?.[0] ?? offset);
      this.refuseTag(node.tag, node.range?.[0] ?? offset);
      return this.list(node.items, node.range?.[0] ?? offset);
    }
    if (isMap(node)) {
      this.note(node.range?.[0] ?? offset);
      this.refuseTag(node.tag, node.range?.[0] ?? offset);
      return this.map(node.items, node.range?.[0] ?? offset);
    }
    return this.problem(offset, 'something that is no value', 'keys, lists, text, numbers, true, false');
  }

  private alias(node: Alias, offset: number): unknown {
    if (++this.aliases > MAX_ALIASES) {
      this.nodes = MAX_NODES + 1;
      return this.problem(offset, 'aliases that grow without end', `at most ${MAX_ALIASES} aliases, followed`);
    }
    const target = node.resolve(this.source);
    return target === undefined ? this.problem(offset, `an alias to nothing, *${node.source}`, 'a value') : this.value(target, offset);
  }

  private list(items: readonly unknown[], offset: number): unknown {
    const out: unknown[] = [];
    for (const item of items) {
      this.path.push(out.length);
      out.push(this.value(item, offset));
      this.path.pop();
      if (this.full()) break;
    }
    return out;
  }

  private map(items: readonly Pair[], offset: number): unknown {
    const out = emptyObject();
    for (const pair of items) {
      const keyNode = pair.key;
      const at = isScalar(keyNode) ? (keyNode.range?.[0] ?? offset) : offset;
      const key = isScalar(keyNode) && typeof keyNode.value === 'string' ? keyNode.value : undefined;
      if (key === undefined || (isScalar(keyNode) && keyNode.tag !== undefined)) {
        this.problem(at, 'a key that is no plain text', 'text as keys (put it in quotes)');
        continue;
      }
      this.path.push(key);
      if (isPrototypeKey(key)) this.problem(at, `the key ${key}`, PROTOTYPE_KEY_ALLOWED);
      else if (key in out) this.problem(at, 'the same key twice', 'each key once');
      this.note(at);
      const value = this.value(pair.value, at);
      if (!isPrototypeKey(key)) out[key] = value;
      this.path.pop();
      if (this.full()) break;
    }
    return out;
  }

  private scalar(value: unknown, source: string | undefined, offset: number): unknown {
    if (typeof value === 'string') return value.isWellFormed() ? value : this.problem(offset, 'half a surrogate pair', 'text');
    if (typeof value !== 'number') return value;
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
      return this.problem(offset, `number ${excerpt(source ?? String(value))}`, 'a finite number, whole ones up to 2^53-1');
    }
    return value;
  }

  private refuseTag(tag: string | undefined, offset: number): void {
    if (tag !== undefined) this.problem(offset, `the tag ${excerpt(tag)}`, 'plain values, without tags');
  }

  /** The first place wins: a key's line, not its value's, nor an alias's target. */
  private note(offset: number): void {
    const key = JSON.stringify(this.path);
    if (!this.lines.has(key)) this.lines.set(key, this.lineAt(offset));
  }

  private full(): boolean {
    return this.problems.length >= MAX_PROBLEMS || this.nodes > MAX_NODES;
  }

  private problem(offset: number, found: string, allowed: string): undefined {
    if (!(this.problems.length >= MAX_PROBLEMS)) this.problems.push({ line: this.lineAt(offset), path: [...this.path], found, allowed });
    return undefined;
  }
}
