import { failed, ok, type Outcome } from '../../../model/index.ts';
import { parseSelector, regular, type Selector } from './selector.ts';

/** Where a filter stands, for what is told of it. */
export type Place = { readonly file: string; readonly line: number };
export type Change = Place & { readonly selects: Selector; readonly pattern: RegExp; readonly replacement: string };

/** What an administrator's four files ask for. */
export type Filters = {
  readonly disable: readonly Selector[];
  readonly enable: readonly Selector[];
  readonly drop: readonly Selector[];
  readonly modify: readonly Change[];
};

/** A line that cannot be read. */
export type BadLine = Place & { readonly found: string; readonly problem: string };

export const FILTER_FILES = ['disable.conf', 'enable.conf', 'drop.conf', 'modify.conf'] as const;
export type FilterFile = (typeof FILTER_FILES)[number];

export const NO_FILTERS: Filters = { disable: [], enable: [], drop: [], modify: [] };

/** Reads one of the files, in suricata-update's syntax; every line that is no good, otherwise. `file` is its path, for messages. */
export function parseFilterFile(name: FilterFile, file: string, text: string): Outcome<Filters, readonly BadLine[]> {
  const bad: BadLine[] = [];
  const selectors: Selector[] = [];
  const modify: Change[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    // a remark at a line's end begins with a space and a #; in modify.conf that may stand in a pattern, where it is part of it
    const line = (name === 'modify.conf' || raw.trimStart().startsWith('#') ? raw : raw.replace(/\s#.*$/, '')).trim();
    if (line === '' || line.startsWith('#')) continue;
    const place = { file, line: i + 1 };
    const read = name === 'modify.conf' ? parseChange(line, place) : parseSelector(line);
    if (!read.ok) bad.push({ ...place, found: line, problem: read.failure });
    else if (typeof read.value === 'function') selectors.push(read.value);
    else modify.push(read.value);
  }
  if (bad.length > 0) return failed(bad);
  const key = name === 'disable.conf' ? 'disable' : name === 'enable.conf' ? 'enable' : 'drop';
  return ok(name === 'modify.conf' ? { ...NO_FILTERS, modify } : { ...NO_FILTERS, [key]: selectors });
}

/** `SELECTOR "FROM" "TO"`, and `modifysid SELECTOR "FROM" | "TO"` as oinkmaster had it. */
function parseChange(line: string, place: Place): Outcome<Change, string> {
  const words = wordsOf(line);
  if (words === undefined) return failed('a quote is not closed');
  const [selector, from, to, ...more] = words[0] === 'modifysid' ? words.slice(1).filter((word, i) => word !== '|' || i !== 2) : words;
  if (selector === undefined || from === undefined || to === undefined || more.length > 0) return failed('it is not SELECTOR "FROM" "TO"');
  const selects = parseSelector(selector);
  if (!selects.ok) return selects;
  const pattern = regular(from, 'g');
  return pattern.ok ? ok({ ...place, selects: selects.value, pattern: pattern.value, replacement: to.replace(/\$\{(\w+)\}/g, '\\g<$1>') }) : pattern;
}

/** Words as a POSIX shell cuts them: quotes of both kinds, a backslash that escapes `"` and itself within double ones; ` #` ends the line. */
function wordsOf(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let rest = line.trim();
  while (rest !== '' && !rest.startsWith('#')) {
    const [whole, ...parts] = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"']+))(?=\s|$)/s.exec(rest) ?? mixed(rest);
    if (whole === undefined) return undefined;
    const [double, single, bare] = parts;
    words.push(double === undefined ? (single ?? bare ?? '') : double.replace(/\\(["\\])/g, '$1'));
    rest = rest.slice(whole.length).trimStart();
  }
  return words;
}

/** A word with quotes inside it: `re:"a b"`. The quotes go. */
function mixed(rest: string): readonly (string | undefined)[] {
  const [whole] = /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'])+(?=\s|$)/s.exec(rest) ?? [];
  return whole === undefined ? [] : [whole, undefined, undefined, whole.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'/gs, (_, double?: string, single?: string) => double?.replace(/\\(["\\])/g, '$1') ?? single ?? '')];
}
